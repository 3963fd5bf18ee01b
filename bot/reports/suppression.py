"""The one rule by which the report keeps people out of it: k ≥ 5 with complementary suppression.

A cell is a number with the count of distinct people behind it. Nothing is said about fewer than `K` people: a
cell with 1 to K-1 of them is masked. A masked cell could be had back by subtracting its neighbours from a
published total; therefore every line of cells that adds up to something published (a row, a column, a share
and its rest) holds either no masked cell or at least two, with at least `ENOUGH` people behind them together.
A zero is masked only for the sake of others. Idea: cell suppression, Willenborg & de Waal, Elements of
Statistical Disclosure Control (2001).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

K = 5
"""The smallest number of people the report says anything about."""

ENOUGH = 2 * K - 1
"""So many people must be behind the masked cells of one sum: 4 + 4 would be the only 8."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Cell:
    """`value`: what would be published. `people`: how many distinct people are behind it."""

    value: float
    people: int


def of_people(count: int) -> Cell:
    """A cell that counts people themselves."""
    return Cell(count, count)


def too_few(people: int) -> bool:
    """Whether so many people are too few to be spoken of. Nobody at all is no secret."""
    return 0 < people < K


def mask(cells: Mapping[Key, Cell], lines: Iterable[Sequence[Key]]) -> frozenset[Key]:
    """The keys of cells that must not be published.

    cells: every cell of the table. lines: the keys that stand in one published sum, for each such sum; a cell
    may be in several. Cells of a margin that is published itself are part of the line they sum up.
    """
    masked = {key for key, cell in cells.items() if too_few(cell.people)}
    pending = [tuple(line) for line in lines]
    before = -1
    while len(masked) != before:
        before = len(masked)
        for line in pending:
            _complete(line, cells, masked)
    return frozenset(masked)


def _complete(line: Sequence[Key], cells: Mapping[Key, Cell], masked: set[Key]) -> None:
    """Mask neighbours, zeros last, until the line gives nothing away.

    They are taken in the order of the line: always taking the smallest would itself tell which cell is small.
    """
    hidden = [key for key in line if key in masked]
    if not hidden:
        return
    spare = sorted((key for key in line if key not in masked), key=lambda key: cells[key].people == 0)
    for key in spare:
        if _ambiguous([cells[key].people for key in hidden]):
            return
        hidden.append(key)
        masked.add(key)


def _ambiguous(hidden: Sequence[int]) -> bool:
    """Whether a reader who knows this rule and the sum of the hidden numbers can divide it in more than one
    way. All ones, or all K-1, could only be that; the exhaustive test shows that nothing else gives itself
    away."""
    total, most = sum(hidden), len(hidden) * (K - 1)
    small = all(too_few(people) for people in hidden)
    return len(hidden) >= 2 and total >= ENOUGH and not (small and total in (len(hidden), most))


def publish(cells: Mapping[Key, Cell]) -> dict[Key, float | None]:
    """The values of cells whose sum is known: masked ones are None; all are, when fewer than K people are in
    it."""
    hidden: Set[Key] = mask(cells, [tuple(cells)])
    if too_few(sum(cell.people for cell in cells.values())):
        hidden = cells.keys()
    return {key: None if key in hidden else cell.value for key, cell in cells.items()}


def share(part: Cell, rest: Cell) -> float | None:
    """part ÷ (part + rest), None when there is nothing to share or when either side would speak of too few
    people."""
    whole = part.value + rest.value
    shown = publish({"part": part, "rest": rest})
    return None if shown["part"] is None or not whole else part.value / whole
