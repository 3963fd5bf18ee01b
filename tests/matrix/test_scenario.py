"""From the notice to the report, over a real homeserver: in a public room in the clear, and in an encrypted one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from adapters.embedding import open_embedder
from bot.app import App
from bot.config import Config
from bot.jobs import tick
from bot.listening import PlatformListener
from bot.model import Item, Ref, Status
from bot.ports import Store
from bot.reading import load_reader
from bot.sender import Sender
from bot.world import World
from storage.search import open_plane
from tests.matrix.fixtures import Town
from tests.matrix.homeserver import Homeserver
from tests.matrix.member import Member

pytestmark = pytest.mark.timeout(300)

KNOWN = "How do I keep slugs away from the lettuce in the vegetable garden?"
EXPLAINED = "Put a ring of coffee grounds and copper tape around the lettuce; slugs in the garden will not cross it."
ASKED = "Does anybody know how to keep slugs away from the lettuce in our vegetable garden?"


class ShiftedClock:
    """The real time, and then some."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Life(Town):
    """The whole of Ander over the real store, connected to the homeserver."""

    clock: ShiftedClock
    world: World

    async def start(self, store: Store) -> None:
        """Everything wired as `ander run` does; time stands still for jobs until told."""
        await self.begin()
        self.clock = ShiftedClock()
        embedder = open_embedder("lexical")
        self._plane = await open_plane(store, self.folder / "search", embedder.model, embedder.dim)
        self.world = World(
            store=store,
            plane=self._plane,
            embedder=embedder,
            chats={"matrix": self.chat},
            clock=self.clock,
            config=self._config(),
        )
        self.sender = Sender(self.world)
        self.listener = PlatformListener(App(self.world, load_reader()), "matrix", self.sender.wake)
        self.connect()
        self._stopping = asyncio.Event()
        self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """As `Sender.run`, but ends between two rounds."""
        while not self._stopping.is_set():
            await self.sender.drain()
            await asyncio.sleep(0.1)

    def _config(self) -> Config:
        return Config(data=self.folder / "data")

    async def stop(self) -> None:
        self._stopping.set()
        await self._sending
        await self.end()
        await self._plane.close()

    async def until_there(self, room: str) -> None:
        for _ in range(600):
            if await self.noticed(room):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"no notice stands in {room}")

    async def noticed(self, room: str) -> bool:
        async with self.world.store.snapshot() as tx:
            channels = await tx.channels()
        return any(one.id == f"matrix:{room}" and one.noticed_at for one in channels.values())

    async def item(self, room: str, message: str) -> Item | None:
        ref = Ref(f"matrix:{room}", message)  # type: ignore[arg-type]
        async with self.world.store.snapshot() as tx:
            return (await tx.items([ref])).get(ref)

    async def until_item(self, room: str, message: str, status: Status | None = None) -> Item:
        """The item made of a message, once it is there and so."""
        for _ in range(600):
            item = await self.item(room, message)
            if item is not None and status in (None, item.status):
                return item
            await asyncio.sleep(0.05)
        raise AssertionError(f"{item} did not become {status}")

    async def pass_time(self, **amount: float) -> None:
        """Time does its work, an hour at a time."""
        until = self.clock() + timedelta(**amount)
        while self.clock() < until:
            self.clock.ahead += timedelta(hours=1)
            await tick(self.world, np.random.default_rng(1))
            self.sender.wake()


@pytest.fixture
async def life(homeserver: Homeserver, store: Store, tmp_path: Path) -> AsyncIterator[Life]:
    made = Life(homeserver, tmp_path)
    await made.start(store)
    yield made
    await made.stop()


async def _public_room(life: Life, host: Member, name: str, *others: Member) -> str:
    room = await life.room(host.account, name)
    for one in others:
        await one.account.join(room)
    for one in (host, *others):
        await one.sync()
    return room


async def _encrypted_room(life: Life, host: Member, name: str, *others: Member) -> str:
    room = await life.encrypted_room(host, name, preset="private_chat")
    for one in others:
        await host.account.invite(room, one.account.user)
        await one.sync()
        await one.sync()
    await host.sync()
    return room


@pytest.mark.parametrize("make", [_public_room, _encrypted_room])
async def test_from_notice_to_report(life: Life, make) -> None:  # type: ignore[no-untyped-def]
    eva, bo, carla, dirk = [await life.member(name) for name in ("eva", "bo", "carla", "dirk")]
    elsewhere = await _public_room(life, dirk, "elders", carla)
    room = await make(life, eva, "hulp", bo)

    notice = await eva.receives("from now on I read along here", by=life.ander)
    assert notice["content"]["msgtype"] == "m.notice"
    assert notice["content"]["m.mentions"] == {}

    # somebody elsewhere knows about it
    asked = await dirk.say(elsewhere, KNOWN)
    await life.until_item(elsewhere, asked)
    told = await carla.reply(elsewhere, asked, EXPLAINED)
    await life.until_item(elsewhere, asked, Status.ANSWERED)
    await dirk.account.react(elsewhere, told, "✅")
    await life.until_item(elsewhere, asked, Status.RESOLVED)

    # a question with an answer, and thanks
    question = await eva.say(room, "Weet iemand hoe ik de agenda van een collega kan openen?")
    await life.until_item(room, question)
    await bo.reply(room, question, "Via Bestand, Openen, Agenda van andere gebruiker; daarna zoek je de naam.")
    await life.until_item(room, question, Status.ANSWERED)

    # a command, answered privately and encrypted
    await life.world.plane.catch_up()
    await bo.say(room, "!ander search agenda collega")
    found = await bo.receives("agenda van een collega", by=life.ander)
    assert found["room_id"] != room
    assert "Openen" in found["content"]["body"]
    assert bo.client.rooms[found["room_id"]].encrypted

    # a question that nobody answers goes to somebody outside
    lost = await eva.say(room, ASKED)
    await life.until_item(room, lost)
    await life.pass_time(days=6)
    if make is _encrypted_room:
        consent = await eva.receives("Yes, ask around", by=life.ander)
        await eva.reply(consent["room_id"], consent["event_id"], "1")
        await eva.receives("I look for somebody", by=life.ander)
        await life.pass_time(days=3)
    invitation = await carla.receives("is stuck on something you may know about", by=life.ander)
    assert ASKED in invitation["content"]["body"]
    await carla.reply(invitation["room_id"], invitation["event_id"], "2 Copper tape around the bed is enough.")
    relayed = await eva.receives("Copper tape around the bed", by=life.ander)
    assert relayed["room_id"] == room
    assert relayed["content"]["m.relates_to"]["event_id"] == lost
    await eva.reply(room, relayed["event_id"], "1")
    await carla.receives("Thank you for crossing over", by=life.ander)

    assert eva.closed == carla.closed == []
