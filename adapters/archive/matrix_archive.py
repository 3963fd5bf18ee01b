"""An Element JSON export as a file: its beginning tells which room it is, the rest streams by."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal

from adapters.archive.chunking import Group, Meter, Part, in_chunks
from adapters.archive.contract import Chunk, Limits, Position, Problem
from adapters.archive.files import Files
from adapters.archive.json_stream import BROKEN, BrokenJson, JsonStream
from adapters.archive.matrix_export import (
    Room,
    is_direct,
    matrix_events,
    moment_of,
    room_event,
    room_id,
    server_of,
)
from adapters.archive.notes import Notes
from adapters.untrusted import sound
from bot.errors import InputError
from bot.events import WorkspaceId

_HEAD = 200  # events in which a room tells what it is
_MESSAGES = "messages"


@dataclass(slots=True)
class _Head:
    """How the file begins."""

    name: str = ""
    is_export: bool = False
    events: list[Any] = field(default_factory=list)


def room_file(files: Files, limits: Limits) -> str | None:
    """The file in an archive that is an Element export, None when there is none. Raises InputError when the only
    file there is cannot be read as JSON."""
    names = [name for name in files.sizes if name.count("/") <= 1 and name.lower().endswith(".json")]
    if len(files.sizes) == 1:
        names = list(files.sizes)
    for name in sorted(names, key=lambda name: (not name.endswith("export.json"), name))[:20]:
        try:
            if _head(files, name, limits).is_export:
                return name
        except BrokenJson as broken:
            if len(files.sizes) == 1:
                raise InputError(f"{name} cannot be imported: {broken}. Make a new export") from broken
    return None


def _head(files: Files, name: str, limits: Limits) -> _Head:
    """Raises BrokenJson when the file breaks off before the messages."""
    head = _Head()
    try:
        with files.open(name) as file:
            stream = JsonStream(file, limits.value)
            if stream.peek() != "{":
                return head
            for key in stream.members():
                if key == _MESSAGES and stream.peek() == "[":
                    head.is_export = True
                    with suppress(BrokenJson):  # half an export is still one
                        head.events = [event for _, event in zip(range(_HEAD), stream.array(), strict=False)]
                    break
                value = stream.value()
                if key == "room_name" and isinstance(value, str):
                    head.name = sound(value[:80]).strip()
    except BROKEN as error:
        raise BrokenJson(f"it is damaged ({error})") from error
    return head


class MatrixArchive:
    """An `Archive` of Element's making: one room."""

    platform: Literal["slack", "matrix"] = "matrix"

    def __init__(self, files: Files, file: str, limits: Limits) -> None:
        self.name = files.name
        self.size = files.sizes[file]
        self._files = files
        self._file = file
        self._limits = limits
        self._notes = Notes()
        self._meter = Meter()

    @property
    def problems(self) -> list[Problem]:
        return self._notes.list(self.name)

    def close(self) -> None:
        self._files.close()

    def events(self, *, after: Position | None = None) -> Iterator[Chunk]:
        """See `Archive.events`."""
        self._notes = Notes()
        head = _head(self._files, self._file, self._limits)
        times = [at for event in head.events if (at := moment_of(event))]
        if any(is_direct(event) for event in head.events):
            what = "it is a direct conversation, which is never read as practice; it was left out"
            self._notes.add(self.name, what)
        elif times:
            room = self._room(head)
            parts = [
                Part(name="room", size=0, groups=partial(_room, room, min(times))),
                Part(name=_MESSAGES, size=self.size, groups=partial(self._messages, room)),
            ]
            yield from in_chunks(parts, after, self._meter)
        else:
            self._notes.add(self.name, "it holds no messages", "Make a new export")

    def _room(self, head: _Head) -> Room:
        name = head.name or self._file.rpartition("/")[2].removesuffix(".json")
        id = next((found for event in head.events if (found := room_id(event))), None)
        # rooms of version 12 name no server: the first to speak made the room
        server = (id or "").partition(":")[2] or next((s for event in head.events if (s := server_of(event))), "")
        if id is None:
            self._notes.add(self.name, f"no message says which room it is from; the room is called “#{name}”")
        workspace = WorkspaceId(f"matrix:{server}")
        return Room(id=id or f"#{name}", name=name, workspace=workspace, limits=self._limits, notes=self._notes)

    def _messages(self, room: Room) -> Iterator[Group]:
        do = "What came before it was imported. Make a new export to get the rest; it adds only that"
        try:
            with self._files.open(self._file) as file:
                stream = JsonStream(file, self._limits.value)
                for raw in _array(stream):
                    self._meter.bytes = stream.read
                    yield matrix_events(raw, room)
                if stream.repaired:
                    self._notes.add(self._file, "bytes that are no UTF-8 were replaced by �")
        except BrokenJson as broken:
            self._notes.add(self._file, str(broken), do)
        except BROKEN as error:
            self._notes.add(self._file, f"it cannot be read ({error})", do)


def _array(stream: JsonStream) -> Iterator[Any]:
    for key in stream.members():
        if key == _MESSAGES:
            yield from stream.array()
        else:
            stream.value()


def _room(room: Room, at: datetime) -> Iterator[Group]:
    yield (room_event(room, at),)
