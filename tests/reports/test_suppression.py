"""Nobody is shown by subtraction: the rule, worked examples, and the differencing test."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.suppression import Cell, K, mask, of_people, publish, share


def test_five_is_the_smallest_number_spoken_of() -> None:
    assert K == 5


def test_a_small_cell_takes_a_neighbour_with_it() -> None:
    # 3 alone could be had back from the total 28: 28 - 7 - 18. With 7 hidden too, only 3 + 7 = 10 is known.
    cells = {"a": of_people(3), "b": of_people(7), "c": of_people(18)}
    assert publish(cells) == {"a": None, "b": None, "c": 18}


def test_two_small_cells_hide_each_other_only_when_more_than_one_division_fits() -> None:
    # 1 + 1 = 2: a reader would know both are 1, so 9 is hidden as well.
    assert publish({"a": of_people(1), "b": of_people(1), "c": of_people(9)}) == dict.fromkeys("abc")
    # 4 + 4 = 8: both are below five, so both must be 4.
    assert publish({"a": of_people(4), "b": of_people(4), "c": of_people(9)}) == dict.fromkeys("abc")
    # 4 + 3 + 3 = 10 can be divided in many ways: 12 may stay.
    cells = {"a": of_people(4), "b": of_people(3), "c": of_people(3), "d": of_people(12)}
    assert publish(cells) == {"a": None, "b": None, "c": None, "d": 12}


def test_nobody_is_no_secret_unless_it_must_hide_another() -> None:
    assert publish({"a": of_people(0), "b": of_people(8)}) == {"a": 0, "b": 8}
    assert publish({"a": of_people(0), "b": of_people(3), "c": of_people(0)}) == dict.fromkeys("abc")


def test_people_count_not_the_value() -> None:
    # Nine answers by two people speak of two people.
    assert publish({"a": Cell(9, 2), "b": Cell(5, 5), "c": Cell(30, 20)}) == dict.fromkeys("abc")
    assert publish({"a": Cell(9, 2), "b": Cell(8, 8), "c": Cell(30, 20)}) == {"a": None, "b": None, "c": 30}


def test_a_share_needs_five_on_both_sides_or_nobody_on_one() -> None:
    assert share(of_people(6), of_people(6)) == 0.5
    assert share(of_people(6), of_people(4)) is None  # the four who did not are a group too
    assert share(of_people(8), of_people(0)) == 1.0
    assert share(of_people(0), of_people(0)) is None


def test_rows_and_columns_are_completed_until_both_hold() -> None:
    #        x   y   z        x   y   z
    #   r    2  10  10   →    ·   ·  10
    #   s    9   8  20        ·   ·  20
    values = {("r", "x"): 2, ("r", "y"): 10, ("r", "z"): 10, ("s", "x"): 9, ("s", "y"): 8, ("s", "z"): 20}
    rows = [[(row, column) for column in "xyz"] for row in "rs"]
    columns = [[(row, column) for row in "rs"] for column in "xyz"]
    hidden = mask({key: of_people(n) for key, n in values.items()}, rows + columns)
    assert hidden == {("r", "x"), ("r", "y"), ("s", "x"), ("s", "y")}


@pytest.mark.parametrize(("size", "most"), [(2, 40), (3, 26), (4, 17), (5, 12)])
def test_no_masked_number_can_be_worked_out_from_what_is_shown(size: int, most: int) -> None:
    """Differencing, exhaustively: of all tables of `size` cells with up to `most` people, those that publish
    the same (cells and total) are put together; in each group every masked cell takes at least two values.
    The reader may know the rule itself."""
    same = defaultdict[tuple[tuple[float | None, ...], int | None], list[tuple[int, ...]]](list)
    for table in product(range(most + 1), repeat=size):
        if sum(table) <= most:
            shown = publish({i: of_people(n) for i, n in enumerate(table)})
            total = sum(table) if sum(table) == 0 or sum(table) >= K else None
            same[tuple(shown.values()), total].append(table)
    for (shown_values, _), tables in same.items():
        for place, value in enumerate(shown_values):
            possible = {table[place] for table in tables}
            assert possible == {value} if value is not None else len(possible) > 1


Table = dict[tuple[int, int], int]
tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=2, max_size=4)
)


@given(tables)
def test_with_rows_and_columns_known_another_table_fits_as_well(rows: list[list[int]]) -> None:
    """Differencing in two dimensions: each masked cell lies on a rectangle or ring of masked cells along
    which people could be moved without changing any sum, so no masked cell is determined by the margins."""
    cells = {(r, c): of_people(n) for r, row in enumerate(rows) for c, n in enumerate(row)}
    lines = [[k for k in cells if k[0] == r] for r in range(len(rows))]
    lines += [[k for k in cells if k[1] == c] for c in range(len(rows[0]))]
    hidden = mask(cells, lines)
    possible = any(sum(cells[k].people for k in line) < K for line in lines if hidden & set(line))
    if not possible:  # a whole line of fewer than five is hidden with its sum by the callers
        assert all(_ring(start, hidden, cells) for start in hidden)


def _ring(start: tuple[int, int], hidden: frozenset[tuple[int, int]], cells: dict[tuple[int, int], Cell]) -> bool:
    """Whether one person can be moved into or out of `start` and round, along masked cells, back to it."""
    return any(_walk(start, start, sign, True, {start}, hidden, cells) for sign in (1, -1))


def _walk(
    start: tuple[int, int],
    here: tuple[int, int],
    sign: int,
    along_row: bool,
    seen: set[tuple[int, int]],
    hidden: frozenset[tuple[int, int]],
    cells: dict[tuple[int, int], Cell],
) -> bool:
    if sign < 0 and cells[here].people == 0:
        return False
    axis = 0 if along_row else 1
    if not along_row and here != start and here[1] == start[1] and len(seen) >= 4:
        return True
    for there in hidden:
        if there not in seen and there[axis] == here[axis]:
            found = _walk(start, there, -sign, not along_row, seen | {there}, hidden, cells)
            if found:
                return True
    return False
