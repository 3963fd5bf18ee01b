"""Events in chunks, with places to go on from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.archive.contract import CHUNK, Chunk, Position
from bot.errors import InputError
from bot.events import Event

Group = tuple[Event, ...]
"""What one message, person or channel of the archive gives; often nothing. Never divided."""


@dataclass(slots=True)
class Meter:
    """Bytes read so far."""

    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of an archive that can be read by itself, such as a day: the same groups in the same order
    every time, even when what is in them depends on what was read before."""

    name: str
    size: int
    groups: Callable[[], Iterable[Group]]


def in_chunks(parts: Sequence[Part], after: Position | None, meter: Meter) -> Iterator[Chunk]:
    """The parts one after the other, from behind `after`. Raises InputError when `after` is not among them."""
    start, skip = _start(parts, after)
    done = sum(part.size for part in parts[:start])
    batch: list[Event] = []
    for part in parts[start:]:
        number, meter.bytes = 0, done
        for number, group in enumerate(part.groups(), 1):
            if number <= skip:
                continue
            if len(batch) + len(group) > CHUNK and batch:
                yield _chunk(batch, part, number - 1, meter)
                batch = []
            batch += group
        skip, done, meter.bytes = 0, done + part.size, done + part.size
        last = part, number
    if batch:
        yield _chunk(batch, *last, meter)


def _chunk(batch: list[Event], part: Part, number: int, meter: Meter) -> Chunk:
    return Chunk(events=tuple(batch), position=Position(f"{part.name}/{number}"), bytes_done=meter.bytes)


def _start(parts: Sequence[Part], after: Position | None) -> tuple[int, int]:
    if after is None:
        return 0, 0
    name, _, number = after.rpartition("/")
    for index, part in enumerate(parts):
        if part.name == name and number.isascii() and number.isdigit():
            return index, int(number)
    raise InputError(
        f"the import cannot go on at “{after}”: the archive changed since. Start it again from the beginning"
    )
