"""Ander as it lives on the fake Slack: the real record, search plane and adapter, in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from adapters.embedding import open_embedder
from adapters.slack.client import Slack
from adapters.slack.settings import Secrets, SlackSection
from adapters.slack.workspaces import OneWorkspace, Workspaces
from bot.app import App
from bot.config import Config
from bot.events import ChannelId, MessageId
from bot.jobs import tick
from bot.listening import PlatformListener
from bot.model import Item, Ref
from bot.ports import Store
from bot.reading import load_reader
from bot.sender import Sender
from bot.world import World
from storage.search import open_plane
from tests.core.fakes import Clock
from tests.slack.fake import Channel, Message
from tests.slack.fake import Slack as FakeSlack

HTTP = SlackSection(mode="http", port=0)
SOCKET = SlackSection()


def secrets_of(fake: FakeSlack) -> Secrets:
    """What the environment would hold."""
    return Secrets(
        bot_token=fake.bot_token,
        app_token=fake.app_token,
        signing_secret=fake.state.app.signing_secret,
        client_id=fake.state.app.client_id,
        client_secret=fake.state.app.client_secret,
        base=fake.url,
    )


def chat_on(
    fake: FakeSlack,
    clock: Callable[[], datetime],
    section: SlackSection = SOCKET,
    workspaces: Workspaces | None = None,
) -> Slack:
    """The adapter, connected to the fake, in a hurry."""
    secrets = secrets_of(fake)
    one = workspaces or OneWorkspace(secrets.bot_token, secrets.base)
    return Slack(section, secrets, one, clock=clock, settling=0.0, pause=0.05)


class Life:
    """Everything around one Ander. `settle` lets all that is due happen."""

    def __init__(self, fake: FakeSlack, chat: Slack, world: World, clock: Clock) -> None:
        self.fake, self.chat, self.world, self.clock = fake, chat, world, clock
        self.app, self.sender = App(world, load_reader()), Sender(world)
        self.running: asyncio.Task[None] | None = None

    @property
    def listener(self) -> PlatformListener:
        return PlatformListener(self.app, "slack", self.sender.wake)

    async def begin(self) -> None:
        """Connect, and wait until Slack can speak to us."""
        self.running = asyncio.create_task(self.chat.run(self.listener))
        listening = asyncio.create_task(self.chat.listening.wait())
        await asyncio.wait([self.running, listening], return_when=asyncio.FIRST_COMPLETED, timeout=20)
        if not listening.done():
            listening.cancel()
            self.running.result()
            raise AssertionError("it does not listen")
        if self.chat.port is not None:
            self.fake.state.app.request_url = f"http://127.0.0.1:{self.chat.port}/slack/events"
        await self.settle()

    async def end(self) -> None:
        """As SIGTERM does."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None

    async def settle(self, **forward: float) -> None:
        """Everything said is taken in, time goes on by so much, what is due is done, what waits is sent."""
        await self.fake.settled()
        await self.world.plane.catch_up()
        self.clock.forward(**forward)
        await tick(self.world, np.random.default_rng(7))
        await self.sender.drain()
        await self.fake.settled()

    async def caught_up(self, team: str, before: str | None = None) -> None:
        """Wait until Ander has looked up what it missed in a workspace, later than the mark `before`."""
        for _ in range(500):
            if await self.listener.bookmark(f"heard:{team}") not in (None, before):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it does not catch up")

    async def item(self, message: Message) -> Item | None:
        """What was made of a message."""
        ref = Ref(ChannelId(f"slack:{message.channel}"), MessageId(message.ts))
        async with self.world.store.snapshot() as tx:
            return (await tx.items([ref])).get(ref)

    async def has(self, message: Message) -> bool:
        """Whether the record holds a message."""
        ref = Ref(ChannelId(f"slack:{message.channel}"), MessageId(message.ts))
        async with self.world.store.snapshot() as tx:
            return await tx.message(ref) is not None

    async def noticed(self, channel: Channel) -> bool:
        """Whether Ander may read in a channel."""
        id = ChannelId(f"slack:{channel.id}")
        async with self.world.store.snapshot() as tx:
            known = (await tx.channels([id])).get(id)
        return known is not None and known.noticed_at is not None


@asynccontextmanager
async def living(
    fake: FakeSlack,
    store: Store,
    folder: Path,
    clock: Clock,
    *,
    chat: Slack | None = None,
    config: Config | None = None,
    section: SlackSection = SOCKET,
) -> AsyncIterator[Life]:
    """A Life that has not begun; ended at the end."""
    embedder = open_embedder("lexical")
    plane = await open_plane(store, folder / "search", embedder.model, embedder.dim)
    mine = chat or chat_on(fake, clock, section)
    config = replace_data(config or Config(), folder)
    world = World(store=store, plane=plane, embedder=embedder, chats={"slack": mine}, clock=clock, config=config)
    life = Life(fake, mine, world, clock)
    try:
        yield life
    finally:
        await life.end()
        await plane.close()


def replace_data(config: Config, folder: Path) -> Config:
    """The same configuration with its data in a folder."""
    return config.model_copy(update={"data": folder})
