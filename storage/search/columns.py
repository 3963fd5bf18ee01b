"""Columns in memory that grow: one value or row per item, by the item's number."""

from collections.abc import Iterator
from typing import Any, NamedTuple

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


class Stretches(NamedTuple):
    """Numbers in a row, several times: from each start up to its end."""

    starts: Numbers
    ends: Numbers

    @classmethod
    def covering(cls, numbers: NDArray[Any]) -> "Stretches":
        """Just these numbers, which ascend."""
        if not len(numbers):
            return cls(_NONE, _NONE)
        breaks = np.flatnonzero(np.diff(numbers) != 1)
        return cls(numbers[np.append(0, breaks + 1)], numbers[np.append(breaks, -1)] + 1)

    def size(self) -> int:
        """How many numbers there are."""
        return int((self.ends - self.starts).sum())

    def long(self) -> bool:
        """Whether going from one stretch to the next takes little beside what is done with their numbers."""
        return len(self.starts) * _LONG <= self.size()

    def pairs(self) -> list[tuple[int, int]]:
        """Each start with its end."""
        return list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))

    def numbers(self) -> Numbers:
        """All of them, ascending."""
        sizes = self.ends - self.starts
        return np.repeat(self.starts - np.cumsum(sizes) + sizes, sizes) + np.arange(self.size())

    def at(self, places: Numbers) -> Numbers:
        """The numbers at some places in `numbers`."""
        ends = np.cumsum(self.ends - self.starts)
        which = np.searchsorted(ends, places, side="right")
        return self.ends[which] - ends[which] + places

    def of(self, column: Column) -> Column:
        """A column's values there, as far as it goes."""
        if self.long():
            return np.concatenate([column[:0], *(column[start:end] for start, end in self.pairs())])
        numbers = self.numbers()
        return column.take(numbers[numbers < len(column)])

    def pieces(self, size: int) -> "Iterator[Stretches]":
        """The same, so many numbers at a time."""
        after = np.cumsum(self.ends - self.starts)
        for begin in range(0, self.size(), size):
            end = min(begin + size, self.size())
            first, last = np.searchsorted(after, [begin, end - 1], side="right")
            starts, ends = self.starts[first : last + 1].copy(), self.ends[first : last + 1].copy()
            starts[0] = self.ends[first] - (after[first] - begin)
            ends[-1] -= after[last] - end
            yield Stretches(starts, ends)


_LONG = 8
_NONE = np.zeros(0, np.int64)
