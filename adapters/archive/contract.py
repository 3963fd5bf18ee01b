"""What a reader of archives promises: events in chunks, a place to go on from, and what it could not read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

from bot.events import Event

Position = NewType("Position", str)
"""Where a chunk ended, to go on from after an interruption. Opaque; belongs to one archive."""

CHUNK = 1000
"""At most this many events in a chunk: one transaction's worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an honest archive stays under. Bytes are unpacked bytes."""

    total: int = 16 * 2**30
    member: int = 2**30
    members: int = 200_000
    depth: int = 10
    """Folders in folders."""
    ratio: int = 200
    """Unpacked ÷ packed size, of one file and of them all, from `ratio_from` bytes on; exports reach about 30."""
    ratio_from: int = 16 * 2**20
    value: int = 4 * 2**20
    """Characters of one message, person or channel, as JSON."""
    text: int = 40_000
    """Characters of a message's text; the rest is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some events in order; `bytes_done` of the archive's `size` were read when it was made."""

    events: tuple[Event, ...]
    position: Position
    bytes_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that was skipped or repaired: where it stands, what it is, what the administrator can do."""

    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.do}" if self.do else f"{self.where}: {self.what}."


class Archive(Protocol):
    """The history of a workspace or a room, as a platform exported it."""

    @property
    def name(self) -> str:
        """The file or folder, without the path to it."""
        ...

    @property
    def platform(self) -> Literal["slack", "matrix"]: ...

    @property
    def size(self) -> int:
        """Bytes (unpacked) that reading all of it takes."""
        ...

    @property
    def problems(self) -> list[Problem]:
        """What was skipped or repaired so far; complete once `events` is exhausted."""
        ...

    def events(self, *, after: Position | None = None) -> Iterator[Chunk]:
        """People, channels, members, then what was said, the clock running forward. `after` goes on behind the
        chunk with that position. Blocks (reads files). Raises InputError when `after` is not of this archive,
        or the file cannot be read any longer."""
        ...

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        ...
