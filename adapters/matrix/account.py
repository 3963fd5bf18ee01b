"""Ander's account on its homeserver: the connection, the keys, and the rooms it is in."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.matrix.keys import Keys, Opened
from adapters.matrix.rooms import Recent, Room
from adapters.matrix.server import Refused, Server, room_path
from adapters.matrix.settings import MatrixSection
from adapters.matrix.state import Session
from adapters.matrix.translate import Us
from adapters.untrusted import Raw, child, items
from bot.events import PersonId


@dataclass(slots=True, kw_only=True)
class Account:
    """Shared between what comes in and what goes out; both run in one thread."""

    session: Session
    server: Server
    keys: Keys
    settings: MatrixSection
    rooms: dict[str, Room] = field(default_factory=dict)
    directs: dict[str, list[str]] = field(default_factory=dict)
    """Person's user id → the rooms of two with them, as the account data has it."""
    spoke_in: dict[PersonId, str] = field(default_factory=dict)
    """The direct room in which somebody last spoke to us."""
    arrivals: deque[datetime] = field(default_factory=deque)
    """When we last joined rooms: so many strangers' invitations cannot keep us busy."""
    entered: set[str] = field(default_factory=set)
    """Rooms that we joined in this run, so that what is asked again is not done again."""
    awaited: set[str] = field(default_factory=set)
    """Rooms that replace one we are in, and wait for an invitation to."""
    events: Recent[Raw] = field(default_factory=Recent)
    """Our own last messages, opened: what they asked."""

    @property
    def us(self) -> Us:
        """Who we are to others."""
        name = self.session.user[1:].partition(":")[0]
        return Us(user=self.session.user, names=frozenset({"ander", name}), bots=self.settings.bots)

    def note_directs(self, content: Raw) -> None:
        """Take in `m.direct`: whom we have rooms of two with."""
        self.directs = {user: [room for room in items(content, user) if isinstance(room, str)] for user in content}
        for room in self.rooms.values():
            room.direct = room.direct or self.is_direct(room.id)

    def is_direct(self, room: str) -> bool:
        """Whether a room is one of two, by the account data."""
        return any(room in rooms for rooms in self.directs.values())

    def spaces_of(self, room: str) -> tuple[str, ...]:
        """Ids and names of the spaces we are in that hold a room."""
        spaces = (space for space in self.rooms.values() if space.is_space and room in space.children)
        return tuple(sorted(name for space in spaces for name in (space.channel, space.title)))

    async def remember_direct(self, user: str, room: str) -> None:
        """A room of two, for this and every later run. Raises TransportError."""
        known = self.directs.setdefault(user, [])
        if room not in known:
            known.append(room)
            await self._keep_directs()

    async def forget_directs(self, user: str) -> None:
        """No room is one of two with them any more. Raises TransportError."""
        if self.directs.pop(user, None) is not None:
            await self._keep_directs()

    async def _keep_directs(self) -> None:
        await self.server.put(f"/user/{self.session.user}/account_data/m.direct", dict(self.directs))

    async def event(self, room: str, id: str) -> Raw | None:
        """One event, opened if it was closed; None when there is none that we may read. Raises TransportError."""
        if known := self.events.get(id):
            return known
        try:
            raw = await self.server.get(room_path(room, "event", id))
        except Refused as refused:
            if refused.retryable:
                raise
            return None
        return self.readable(raw, room)

    def readable(self, raw: Raw, room: str) -> Raw | None:
        """An event as its sender wrote it; None when we cannot open it."""
        if raw.get("type") != "m.room.encrypted":
            return raw
        opened = self.keys.open(raw, room)
        return opened.raw if isinstance(opened, Opened) else None

    async def own_messages(self, room: str, *, limit: int = 100) -> list[Raw]:
        """Our last messages in a room, opened, newest first. Raises TransportError."""
        wanted = {"types": ["m.room.message", "m.room.encrypted"], "senders": [self.session.user]}
        query = {"dir": "b", "limit": str(limit), "filter": json.dumps(wanted)}
        answer = await self.server.get(room_path(room, "messages"), query)
        found = [self.readable(raw, room) for raw in items(answer, "chunk") if isinstance(raw, dict)]
        self.keys.commit()
        return [raw for raw in found if raw is not None and raw.get("sender") == self.session.user]

    def may_be_read_by(self, room: str) -> set[str]:
        """Who will hold the key of what we say in a room."""
        known = self.rooms[room]
        return {*known.members, *known.invited}


def now() -> datetime:
    """The time on this machine: clamps what servers say about theirs."""
    return datetime.now(UTC)


def content_of(raw: Raw) -> Raw:
    """What an event holds."""
    return child(raw, "content")
