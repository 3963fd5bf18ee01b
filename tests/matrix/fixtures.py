"""A real homeserver, people on it, and Ander's client connected to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.matrix.client import Matrix
from adapters.matrix.login import login
from adapters.matrix.settings import MatrixSection
from adapters.matrix.state import load_session, save_session
from bot.events import AnderAdded, ChannelId, Event, PersonId
from bot.ports import Listener
from tests.chat.seat import Seat
from tests.core.fakes import Ear
from tests.matrix.homeserver import NAME, PASSWORD, Account, Homeserver
from tests.matrix.member import Member
from tests.matrix.proxy import Proxy

_E = TypeVar("_E", bound=Event)
_PATIENCE = 20.0


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    """One for all tests of a worker: everybody in them is new."""
    server = Homeserver(tmp_path_factory.mktemp("synapse"))
    asyncio.run(server.start())
    yield server
    server.stop()


class Town:
    """People on the homeserver, and Ander among them with an `Ear`."""

    def __init__(self, homeserver: Homeserver, folder: Path) -> None:
        self.homeserver = homeserver
        self.folder = folder
        self.ear = Ear()
        self.listener: Listener = self.ear
        self._running: asyncio.Task[None] | None = None
        self._members: list[Member] = []

    async def begin(self, **settings: object) -> None:
        """Ander's account, logged in and connected."""
        self.ander = await self.person("ander")
        self.settings = MatrixSection.model_validate(
            {"homeserver": self.homeserver.url, "user": self.ander.user, "invites": [f"@*:{NAME}"]} | settings
        )
        await login(self.settings, self.folder / "state", password=PASSWORD, token=None)
        self.chat = Matrix(self.settings, self.folder / "state")

    def connect(self) -> None:
        """Begin to listen; after a `disconnect`, as a new process would."""
        if self._running is not None:
            self.chat = Matrix(self.settings, self.folder / "state")
        self._running = asyncio.create_task(self.chat.run(self.listener))

    async def disconnect(self) -> None:
        """As a process that ends."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def end(self) -> None:
        await self.disconnect()
        for member in self._members:
            await member.close()

    async def person(self, name: str) -> Account:
        """Somebody new; their id begins with the name."""
        number = _count()
        return await self.homeserver.register(f"{name}{number}")

    async def member(self, name: str) -> Member:
        """Somebody new with a client that encrypts."""
        made = Member(await self.person(name), self.folder / f"member-{len(self._members)}")
        self._members.append(made)
        await made.sync()
        return made

    async def room(self, host: Account, name: str = "help", **how: object) -> str:
        """A room that Ander was invited to, and came."""
        room = await host.create(name, **how)
        await host.invite(room, self.ander.user)
        await self.until_there(room)
        return room

    async def until_there(self, room: str) -> None:
        """Ander is in the room, and its listener knows."""
        await self.until(lambda: self.all(AnderAdded, room))

    async def encrypted_room(self, host: Member, name: str = "help", **how: object) -> str:
        """The same, encrypted."""
        encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        room = await self.room(host.account, name, initial_state=[encryption], **how)
        await host.sync()
        return room

    def all(self, kind: type[_E], room: str | None = None) -> list[_E]:
        """What was heard of a kind, in a room."""
        wanted = ChannelId(f"matrix:{room}")
        heard = [one for one in self.ear.heard if isinstance(one, kind)]
        return [one for one in heard if room is None or getattr(one, "channel", None) == wanted]

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something to become true; fails with what was heard instead."""
        async with asyncio.timeout(_PATIENCE):
            while not true():
                if self._running is not None and self._running.done():
                    self._running.result()
                await asyncio.sleep(0.02)


async def through(proxy: Proxy, homeserver: Homeserver, folder: Path) -> Town:
    """Ander, connected through a proxy."""
    town = Town(homeserver, folder)
    await town.begin()
    session = load_session(folder / "state")
    assert session is not None
    changed = replace(session, homeserver=proxy.url)
    save_session(folder / "state", changed)
    town.settings = town.settings.model_copy(update={"homeserver": proxy.url})
    town.chat = Matrix(town.settings, folder / "state")
    town.connect()
    return town


_numbers = iter(range(1, 1_000_000))


def _count() -> int:
    return next(_numbers)


@pytest.fixture
async def town(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(homeserver, tmp_path)
    await made.begin()
    made.connect()
    yield made
    await made.end()


@pytest.fixture
async def matrix_seat(town: Town) -> Seat:
    """Ander in a public room on the homeserver, and somebody with it."""
    eva = await town.person("eva")
    room = await town.room(eva)
    return Seat(chat=town.chat, channel=ChannelId(f"matrix:{room}"), person=PersonId(f"matrix:{eva.user}"))
