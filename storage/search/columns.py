"""Columns in memory that grow: one value or row per item, by the item's number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


def roomier(size: int) -> int:
    """The next size of a column that is full: an eighth more, so that little memory lies idle."""
    return size + max(1024, size // 8)


def resized(column: Column, size: int) -> Column:
    """The same column with room for `size` rows; moved by the operating system rather than copied where it can."""
    if not column.flags.owndata:
        column = column.copy()
    column.resize((size, *column.shape[1:]), refcheck=False)
    return column
