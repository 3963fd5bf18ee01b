"""Taking a seat: finding the people and channels that are meant, making those that are new, and going in."""

import uuid
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import InputError
from bot.events import (
    AnderAdded,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    Event,
    EventId,
    MemberJoined,
    PersonChanged,
    PersonId,
    WorkspaceId,
)
from bot.locale import texts
from bot.model import Channel, Person
from bot.permission import may_enter
from bot.quoting import name
from bot.world import World

WORKSPACE = WorkspaceId("terminal:home")
Listen = Callable[[Sequence[Event]], Awaitable[object]]


class Seats:
    """Who and where, by id or by name."""

    def __init__(self, listen: Listen, world: World) -> None:
        self._listen = listen
        self._world = world

    async def person(self, wanted: str) -> Person:
        """The person with this id or name; a new one when nobody has it."""
        wanted = wanted.strip()
        async with self._world.store.snapshot() as tx:
            people = await tx.people()
        found = people.get(PersonId(wanted)) or people.get(PersonId(f"terminal:{wanted.lower()}"))
        found = found or next((p for p in people.values() if _called(p.name, wanted)), None)
        return found or await self._make_person(wanted)

    async def _make_person(self, wanted: str) -> Person:
        id = PersonId(wanted if ":" in wanted else f"terminal:{wanted.lower().replace(' ', '-')}")
        called = wanted.partition(":")[2] or wanted
        workspace, at = await self._workspace(), self._world.clock()
        await self._listen([PersonChanged(event=new_event(), person=id, workspace=workspace, name=called, at=at)])
        async with self._world.store.snapshot() as tx:
            return (await tx.people([id]))[id]

    async def _workspace(self) -> WorkspaceId:
        """New people and channels belong with those already there."""
        async with self._world.store.snapshot() as tx:
            known = [c.workspace for c in (await tx.channels()).values()]
        return max(set(known), key=lambda w: (known.count(w), w)) if known else WORKSPACE

    async def channel(self, wanted: str) -> Channel:
        """The channel with this id or name; a new public one when there is none."""
        bare = wanted.strip().removeprefix("#")
        async with self._world.store.snapshot() as tx:
            channels = await tx.channels()
        for id in (wanted.strip(), f"terminal:#{bare}", f"terminal:{bare}"):
            if id in channels:
                return channels[ChannelId(id)]
        found = next((c for c in channels.values() if c.name.removeprefix("#") == bare), None)
        return found or await self._make_channel(bare)

    async def _make_channel(self, bare: str) -> Channel:
        id = ChannelId(bare if ":" in bare else f"terminal:#{bare}")
        await self._announce(id, await self._workspace(), bare.partition(":")[2] or bare, ChannelKind.PUBLIC)
        async with self._world.store.snapshot() as tx:
            return (await tx.channels([id]))[id]

    async def _announce(self, id: ChannelId, workspace: WorkspaceId, called: str, kind: ChannelKind) -> None:
        at = self._world.clock()
        await self._listen(
            [ChannelChanged(event=new_event(), channel=id, workspace=workspace, name=called, kind=kind, at=at)]
        )

    async def is_member(self, person: Person, channel: Channel) -> bool:
        """Whether they are in it."""
        async with self._world.store.snapshot() as tx:
            return channel.id in await tx.memberships(person.id)

    async def enter(self, person: Person, channel: Channel, lang: str) -> None:
        """Be in the channel: join it when it is open to them. Ander reads there from its notice on.

        Raises InputError, in `lang`, when it is closed to them.
        """
        member = await self.is_member(person, channel)
        if not member and not may_enter(person, channel, member=False):
            closed = texts(lang).gettext("{channel} is private, and {name} is not in it.")
            raise InputError(closed.format(channel=place(channel), name=name(person.name)))
        if not member:
            at = self._world.clock()
            await self._listen([MemberJoined(event=new_event(), channel=channel.id, person=person.id, at=at)])
        if channel.noticed_at is None:
            await self._announce(channel.id, channel.workspace, channel.name, channel.kind)
            await self._listen([AnderAdded(event=new_event(), channel=channel.id, at=self._world.clock())])

    async def home(self, person: Person) -> Channel | None:
        """A channel the person is in, an open one first; None when there is none."""
        async with self._world.store.snapshot() as tx:
            joined = await tx.channels(await tx.memberships(person.id))
        return min(joined.values(), key=lambda c: (c.kind is not ChannelKind.PUBLIC, c.name), default=None)


def place(channel: Channel) -> str:
    """A channel as people write it."""
    return "#" + name(channel.name.removeprefix("#"))


def new_event() -> EventId:
    """Different from every other."""
    return EventId(f"terminal:{uuid.uuid4().hex}")


def _called(full: str, wanted: str) -> bool:
    wanted = wanted.casefold()
    return wanted in (full.casefold(), full.casefold().split()[0] if full.split() else "")
