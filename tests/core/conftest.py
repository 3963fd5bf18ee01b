"""A small world: the real store and search plane, the lexical embedder, a chat that keeps what it is given."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.embedding import open_embedder
from bot.app import App
from bot.config import Config
from bot.events import (
    AnderAdded,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    Event,
    EventId,
    MemberJoined,
    MessageId,
    MessagePosted,
    PersonChanged,
    PersonId,
    ReactionAdded,
    WorkspaceId,
)
from bot.model import Item, Ref
from bot.ports import Store
from bot.reading import load_reader
from bot.sender import Sender
from bot.world import World
from storage.search import open_plane
from tests.core.fakes import Clock, FakeChat

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = WorkspaceId("fake:home")


class Scene:
    """Speaks for people in channels, in order, a minute apart; knows the app, the sender and the chat."""

    def __init__(self, world: World, chat: FakeChat, clock: Clock) -> None:
        self.world, self.chat, self.clock = world, chat, clock
        self.app = App(world, load_reader())
        self.sender = Sender(world)
        self._count = 0

    def event(self) -> EventId:
        self._count += 1
        return EventId(f"event-{self._count}")

    async def hear(self, *events: Event, live: bool = True) -> None:
        await self.app.listen(events, live=live)

    async def person(self, name: str, *channels: str, **what: object) -> PersonId:
        id = PersonId(f"fake:{name}")
        await self.hear(
            PersonChanged(event=self.event(), person=id, workspace=HOME, name=name, at=self.clock(), **what),  # type: ignore[arg-type]
            *(
                MemberJoined(event=self.event(), channel=ChannelId(f"fake:{c}"), person=id, at=self.clock())
                for c in channels
            ),
        )
        return id

    async def channel(self, name: str, kind: ChannelKind = ChannelKind.PUBLIC) -> ChannelId:
        """A channel in which the notice stands already."""
        id = ChannelId(f"fake:{name}")
        event = ChannelChanged(event=self.event(), channel=id, workspace=HOME, name=name, kind=kind, at=self.clock())
        await self.hear(event, AnderAdded(event=self.event(), channel=id, at=self.clock()))
        await self.sender.drain()
        return id

    def posted(self, who: str, where: str, text: str, **more: object) -> MessagePosted:
        self.clock.forward(minutes=1)
        event = self.event()
        return MessagePosted(
            event=event,
            channel=ChannelId(f"fake:{where}"),
            message=MessageId(event.replace("event", "m")),
            author=PersonId(f"fake:{who}"),
            text=text,
            at=self.clock(),
            **more,  # type: ignore[arg-type]
        )

    async def say(self, who: str, where: str, text: str, **more: object) -> Ref:
        posted = self.posted(who, where, text, **more)
        await self.hear(posted)
        return Ref(posted.channel, posted.message)

    async def react(self, who: str, ref: Ref, name: str) -> None:
        person = PersonId(f"fake:{who}")
        await self.hear(
            ReactionAdded(
                event=self.event(), channel=ref.channel, message=ref.id, person=person, name=name, at=self.clock()
            )
        )

    async def item(self, ref: Ref) -> Item | None:
        async with self.world.store.snapshot() as tx:
            return (await tx.items([ref])).get(ref)

    async def settle(self) -> None:
        """Let the search plane and the outbox catch up."""
        await self.world.plane.catch_up()
        await self.sender.drain()


@pytest.fixture
async def scene(store: Store, tmp_path: Path) -> AsyncIterator[Scene]:
    clock = Clock(START)
    chat = FakeChat()
    embedder = open_embedder("lexical")
    plane = await open_plane(store, tmp_path / "search", embedder.model, embedder.dim)
    world = World(
        store=store, plane=plane, embedder=embedder, chats={"fake": chat}, clock=clock, config=Config(data=tmp_path)
    )
    made = Scene(world, chat, clock)
    await made.channel("help")
    clock.forward(minutes=1)
    yield made
    await plane.close()


@pytest.fixture
def minute() -> timedelta:
    return timedelta(minutes=1)
