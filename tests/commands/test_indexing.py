"""How far the index is: told where it takes long, and only there."""

from io import StringIO

import pytest
from rich.console import Console

from bot.console.indexing import LONG, telling


@pytest.mark.parametrize(("items", "told"), [(LONG - 1, False), (LONG, True)])
def test_only_what_takes_long_is_told(items: int, told: bool) -> None:
    shown = StringIO()
    with telling(Console(file=shown, force_terminal=True)) as tell:
        tell(150)
        tell(items)
    assert (f"Search index: {items}" in shown.getvalue()) is told
    assert told or not shown.getvalue()
