"""Ander as it lives on a real homeserver: the real record, search plane and adapter, in this process."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from adapters.embedding import open_embedder
from bot.anders.hours import after_hours, calendar
from bot.app import App
from bot.config import CommunitySection, Config
from bot.events import ChannelId
from bot.jobs import tick
from bot.listening import PlatformListener
from bot.model import Item, Ref, Status
from bot.ports import Chat, Store
from bot.reading import load_reader
from bot.sender import Sender
from bot.world import World
from storage.search import open_plane
from tests.matrix.fixtures import Town
from tests.matrix.homeserver import Account
from tests.matrix.member import Member

ENCRYPTED = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


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
    app: App
    sender: Sender

    async def start(
        self,
        store: Store,
        communities: Mapping[str, CommunitySection] | None = None,
        others: Mapping[str, Chat] | None = None,
        clock: ShiftedClock | None = None,
    ) -> None:
        """Everything wired as `ander run` does; time stands still for jobs until told. `others`: platforms beside
        Matrix."""
        await self.begin()
        self.clock = clock or ShiftedClock()
        embedder = open_embedder("lexical")
        self._plane = await open_plane(store, self.folder / "search", embedder.model, embedder.dim)
        self.world = World(
            store=store,
            plane=self._plane,
            embedder=embedder,
            chats={"matrix": self.chat, **(others or {})},
            clock=self.clock,
            config=Config(data=self.folder / "data", communities=communities or {}),
        )
        self.app, self.sender = App(self.world, load_reader()), Sender(self.world)
        self.listener = PlatformListener(self.app, "matrix", self.sender.wake)
        self.connect()
        self._stopping, self._sending_now = asyncio.Event(), asyncio.Lock()
        self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """As `Sender.run`, but ends between two rounds."""
        while not self._stopping.is_set():
            await self.drain()
            await asyncio.sleep(0.1)

    async def drain(self) -> None:
        """Send what is due. There is one sender in a process: never two at once."""
        async with self._sending_now:
            await self.sender.drain()

    async def stop(self) -> None:
        self._stopping.set()
        await self._sending
        await self.end()
        await self._plane.close()

    # ── rooms ─────────────────────────────────────────────────────────────────────────────────────────────────────

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

    async def public_room(self, host: Member, name: str, *others: Member | Account) -> str:
        """A room in the clear that everybody may enter, with Ander and these in it."""
        room = await self.room(host.account, name)
        for one in others:
            await (one.account if isinstance(one, Member) else one).join(room)
        await _synced(host, *others)
        return room

    async def closed_room(self, host: Member, name: str, *others: Member | Account) -> str:
        """An encrypted one, by invitation."""
        room = await self.encrypted_room(host, name, preset="private_chat")
        for one in others:
            account = one.account if isinstance(one, Member) else one
            await host.account.invite(room, account.user)
            await account.join(room)
        await _synced(*others, host)
        return room

    async def until_people(self, room: str, people: set[str]) -> None:
        """These, and Ander, are who is in the room, as far as it knows."""
        wanted = {f"matrix:{user}" for user in people}
        for _ in range(600):
            async with self.world.store.snapshot() as tx:
                there = await tx.members(ChannelId(f"matrix:{room}"))
            if there == wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"in {room} are {sorted(there)}")

    # ── the record ────────────────────────────────────────────────────────────────────────────────────────────────

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

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def pass_working_hours(self, hours: float) -> None:
        """Time does its work, an hour at a time, until people have worked so long: what waits for working hours has
        its moment whatever the day is on which the tests run."""
        settings = self.world.config.ander_settings
        until = after_hours(self.clock(), hours, calendar(None, settings))
        while self.clock() < until:
            self.clock.ahead += timedelta(hours=1)
            await self._tick()

    async def skip_to_monday(self, zone: str = "Europe/Amsterdam") -> str:
        """The next Monday, at ten: reports are due. Returns the week they are about, like "2026-W49"."""
        local = self.clock().astimezone(ZoneInfo(zone))
        monday = (local + timedelta(days=7 - local.weekday())).replace(hour=10)
        self.clock.ahead += monday - local
        await self._tick()
        return (monday - timedelta(days=7)).strftime("%G-W%V")

    async def _tick(self) -> None:
        await tick(self.world, np.random.default_rng(1))
        await self.drain()


async def _synced(*people: Member | Account) -> None:
    for one in people:
        if isinstance(one, Member):
            await one.sync()
