"""The demo, through the real pipeline: everything happens, and what does not is said."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters.embedding import open_embedder
from adapters.terminal.client import Terminal
from bot import directory
from bot.anders.invitation import State
from bot.app import App
from bot.demo.clock import DemoClock
from bot.demo.play import play
from bot.demo.script import Script, load_script
from bot.demo.setting import prepare
from bot.errors import InputError
from bot.outgoing import Audience, Outgoing
from bot.ports import Store
from bot.reading import load_reader
from bot.world import World
from storage.search import open_plane


class Notes:
    """A stage that keeps what is shown."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.lacking: list[str] = []
        self.scenes: list[str] = []

    def title(self, title: str, subtitle: str) -> None:
        self.told.append(subtitle)

    def chapter(self, title: str) -> None:
        self.told.append(title)

    def scene(self, title: str) -> None:
        self.scenes.append(title)

    def talk(self, at: datetime, author: str, place: str, text: str, *, thread: bool) -> None:
        self.told.append(text)

    def mark(self, at: datetime, author: str, emoji: str) -> None:
        self.told.append(emoji)

    def ander(self, out: Outgoing, whom: str) -> None:
        self.told.append(f"to {whom}")

    def press(self, at: datetime, author: str, label: str) -> None:
        self.told.append(label)

    def tell(self, text: str) -> None:
        self.told.append(text)

    gloss = count = tell

    def table(self, rows: list[tuple[str, str, str]]) -> None:
        self.told.extend(" ".join(row) for row in rows)

    def missing(self, text: str) -> None:
        self.lacking.append(text)


class Theatre:
    """Everything a performance needs."""

    def __init__(self, world: World, clock: DemoClock, terminal: Terminal) -> None:
        self.world, self.clock, self.terminal, self.stage = world, clock, terminal, Notes()

    async def play(self, script: Script, lang: str = "en") -> bool:
        app = App(self.world, load_reader())
        sent = self.terminal.sent
        return await play(app, self.world, self.clock, script, self.stage, sent=lambda: sent, lang=lang)


@pytest.fixture
async def theatre(store: Store, tmp_path: Path) -> AsyncIterator[Theatre]:
    clock, terminal = DemoClock(load_script().starts), Terminal()
    config = prepare(tmp_path / "demo")
    embedder = open_embedder(config.embedding.model, allow_download=False)
    plane = await open_plane(store, tmp_path / "search", embedder.model, embedder.dim)
    chats = {"terminal": terminal}
    world = World(store=store, plane=plane, embedder=embedder, chats=chats, clock=clock, config=config)
    async with store.transaction() as tx:
        await directory.settle(tx, world)
    yield Theatre(world, clock, terminal)
    await plane.close()


_ANDERS = ("rachid", "hanneke", "omar", "soraya", "kees", "wilma", "fatma")


@pytest.mark.timeout(300)
async def test_the_whole_story_happens(theatre: Theatre) -> None:
    assert await theatre.play(load_script()), theatre.stage.lacking
    async with theatre.world.store.snapshot() as tx:
        rows = await tx.invitations()
        dead = await tx.dead_events()
    assert dead == []
    helped = [row.person.removeprefix("terminal:") for row in rows if row.state == State.HELPFUL]
    assert sorted(helped) == sorted(_ANDERS)
    _nobody_was_shown_what_they_may_not(theatre.terminal.sent)


def _nobody_was_shown_what_they_may_not(sent: list[Outgoing]) -> None:
    members = {m.id for m in load_script().people.values() if "terminal:#team-beuk" in m.channels}
    for out in sent:
        if any(ref.channel == "terminal:#team-beuk" for ref in out.about):
            assert out.target.audience is not Audience.CHANNEL
            assert out.target.person in members


async def test_what_does_not_happen_is_said_and_the_demo_fails(theatre: Theatre) -> None:
    script = load_script()
    short = replace(script, lines=script.lines[:60])
    assert not await theatre.play(short, lang="nl")
    assert "Ander had iemand moeten uitnodigen bij de vraag waar niemand uitkwam." in theatre.stage.lacking
    assert (
        "De besloten vraag had door de leden gevonden moeten worden, en door niemand anders." in theatre.stage.lacking
    )


def test_the_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(InputError, match="something else"):
        prepare(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    prepare(folder)
    (folder / "ander.db").write_text("old")
    config = prepare(folder)
    assert not (folder / "ander.db").exists()
    assert set(config.communities) == {"zorg", "gemeente", "kiem"}
    assert config.data.resolve() == folder.resolve()
