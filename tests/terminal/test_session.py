"""A conversation typed line by line, through the real door: what is seen, by whom, and what can be pressed."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from adapters.embedding import open_embedder
from adapters.terminal.client import Terminal, serving
from adapters.terminal.session import chat
from bot.app import App
from bot.config import Config
from bot.errors import InputError
from bot.events import ChannelId, ChannelKind, PersonId, WorkspaceId
from bot.jobs import tick
from bot.model import Channel, ItemKind, Person
from bot.ports import Store
from bot.reading import load_reader
from bot.sender import Sender
from bot.world import World
from storage.search import open_plane

START = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def move(self, span: timedelta) -> None:
        self.now += span


class Screen:
    """Types lines and reads the screen."""

    def __init__(self, world: World, terminal: Terminal, clock: Clock) -> None:
        self.world, self.terminal, self.clock = world, terminal, clock
        self._app, self._sender = App(world, load_reader()), Sender(world)

    async def type(self, *lines: str, person: str = "eva", channel: str = "care") -> str:
        waiting = iter(lines)

        async def read_line(prompt: str) -> str | None:
            return next(waiting, None)

        console = Console(file=io.StringIO(), width=80, color_system=None)
        await chat(
            listen=self._app.listen,
            settle=self._settle,
            world=self.world,
            terminal=self.terminal,
            person=person,
            channel=channel,
            console=console,
            read_line=read_line,
            move=self.clock.move,
        )
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    async def _settle(self) -> None:
        await tick(self.world, np.random.default_rng(1))
        await self._sender.drain()
        await self.world.plane.catch_up()


@pytest.fixture
async def screen(store: Store, tmp_path: Path) -> AsyncIterator[Screen]:
    clock, terminal = Clock(), Terminal()
    embedder = open_embedder("lexical", allow_download=False)
    plane = await open_plane(store, tmp_path / "search", embedder.model, embedder.dim)
    config = Config(data=tmp_path)
    chats = serving(terminal, ("terminal", "slack"))
    world = World(store=store, plane=plane, embedder=embedder, chats=chats, clock=clock, config=config)
    yield Screen(world, terminal, clock)
    await plane.close()


async def test_who_and_where_are_made_when_new_and_the_notice_comes_first(screen: Screen) -> None:
    seen = await screen.type("good morning")
    assert seen.index("I am Ander") < seen.index("good morning")
    async with screen.world.store.snapshot() as tx:
        assert (await tx.people())[PersonId("terminal:eva")].name == "eva"
        assert await tx.memberships(PersonId("terminal:eva")) == {ChannelId("terminal:#care")}
        assert [m.text for m in await tx.recent(ChannelId("terminal:#care"), 5)] == ["good morning"]


async def test_asking_answering_and_marking(screen: Screen) -> None:
    await screen.type(
        "How do I connect the tablet to the wifi of a client?",
        "/as tilda",
        "> 1 Forget the network and add it again, with the random address switched off.",
        "/as eva",
        "+2 ✅",
    )
    async with screen.world.store.snapshot() as tx:
        questions = [i for c in await tx.communities() for i in await tx.items_since(c, START - timedelta(days=1))]
        thread = (await tx.threads([questions[0].ref]))[questions[0].ref]
    assert [q.kind for q in questions] == [ItemKind.QUESTION]
    assert [(a.author, a.confirmed) for a in thread.answers] == [("terminal:tilda", True)]
    assert questions[0].status == "resolved"


async def test_commands_are_answered_to_who_asked(screen: Screen) -> None:
    seen = await screen.type("/ander help", "!ander me")
    assert "only eva sees this" in seen
    assert "Your settings" in seen


async def test_buttons_are_pressed_by_number_and_by_their_owner_only(screen: Screen) -> None:
    seen = await screen.type("/ander forget-me", "/as tilda", "#1", "/as eva", "#2", "#9")
    assert "#1 Yes, forget me" in seen
    assert "somebody else's" in seen
    assert "Nothing was wiped." in seen
    assert "There is no button #9." in seen


async def test_what_is_private_to_another_is_only_announced(screen: Screen) -> None:
    await screen.type("hello", person="tilda")
    out = screen.terminal.sent[-1]
    assert out.purpose == "notice"
    seen = await screen.type("/as tilda", "/ander me", "/as eva", "/quit")
    assert seen.count("Your settings") == 1


async def test_changing_and_taking_back(screen: Screen) -> None:
    seen = await screen.type("frist", "/edit 1 first", "/as tilda", "/delete 1", "/as eva", "/delete 1")
    assert "not yours" in seen
    async with screen.world.store.snapshot() as tx:
        assert await tx.recent(ChannelId("terminal:#care"), 5) == []


@pytest.mark.parametrize("line", ["> 9 what?", "+9 ✅", "/nonsense", "/as "])
async def test_a_mistake_is_explained_and_the_talk_goes_on(screen: Screen, line: str) -> None:
    seen = await screen.type(line, "still here")
    assert "no message 9" in seen or "Try: " in seen
    assert "still here" in seen


async def test_a_private_channel_lets_nobody_in(screen: Screen) -> None:
    home = WorkspaceId("terminal:home")
    async with screen.world.store.transaction() as tx:
        hidden = Channel(id=ChannelId("terminal:#beech"), workspace=home, name="beech", kind=ChannelKind.PRIVATE)
        await tx.put_channels([hidden])
    seen = await screen.type("/channel beech", "where am I")
    assert "#beech is private" in seen
    with pytest.raises(InputError, match="private"):
        await screen.type("hello", channel="beech")
    async with screen.world.store.snapshot() as tx:
        assert await tx.members(hidden.id) == frozenset()


async def test_imported_people_can_be_spoken_for(screen: Screen) -> None:
    home = WorkspaceId("slack:T1")
    async with screen.world.store.transaction() as tx:
        await tx.put_people([Person(id=PersonId("slack:U1"), workspace=home, name="Eva Smit")])
        channel = Channel(id=ChannelId("slack:C1"), workspace=home, name="general", kind=ChannelKind.PUBLIC)
        await tx.put_channels([channel])
    seen = await screen.type("hello", "/ander me", person="slack:U1", channel="slack:C1")
    assert "only Eva Smit sees this" in seen
    assert "Eva Smit" in await screen.type("/recent", person="eva", channel="general")


async def test_time_can_pass(screen: Screen) -> None:
    before = screen.clock.now
    assert "It is now" in await screen.type("/wait 2d")
    assert screen.clock.now - before >= timedelta(days=2)


async def test_what_people_type_cannot_move_the_cursor(screen: Screen) -> None:
    assert "\x1b" not in await screen.type("\x1b[2Jhello", "/ander search \x1b[31mred", person="e\x1bva")
