"""One story per seed, in this process: people talk, things go wrong by the seed's schedule, Ander is restarted now and
then in the midst of it; and in the end nothing is lost and nothing doubled.
"""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from adapters.embedding import open_embedder
from adapters.slack.client import Slack as SlackChat
from adapters.slack.settings import Secrets, SlackSection
from adapters.slack.workspaces import OneWorkspace
from bot.app import App
from bot.config import Config
from bot.listening import PlatformListener
from bot.ports import Embedder, Store
from bot.reading import Reader, load_reader
from bot.sender import Sender
from bot.world import World
from storage import migrating, open_store, sqlite
from storage.search import Plane, open_plane
from tests.core.fakes import Clock
from tests.slack.crowd import Crowd
from tests.slack.fake import ALL_SCOPES, AppSettings, Faults, Pace, Slack
from tests.slack.tally import Tally, caught_up, noticed, stored, tally, waiting

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TURNS = 30
HTTP_EVERY = 4
"""Every so many seeds Slack speaks by HTTP, else through sockets."""
RATES = (0.15, 0.25)
"""Of calls, and of events, that something goes wrong with."""
PACE = Pace(ack=5.0, retries=(0.0, 0.1, 0.2), late=0.15, silence=0.1, warning=0.1)
LAST_SECONDS = 120.0
"""How long it may take to catch up in the end, and to say what there is to say, on a busy machine."""
_KEY = b"the key of the tests' ledger...."


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a seed. `faults`: what went wrong, one line each; `restarts`: of Ander; `asked`: how often people
    spoke to Ander; `hasty`: posts before a Retry-After was over; `given_up`: events Slack stopped delivering."""

    seed: int
    faults: tuple[str, ...]
    restarts: int
    asked: int
    hasty: tuple[str, ...]
    given_up: int
    tally: Tally


@cache
def _reader() -> Reader:
    return load_reader()


@cache
def _embedder() -> Embedder:
    return open_embedder("lexical")


class Stage:
    """Ander in this process, over a record that outlives it."""

    def __init__(self, slack: Slack, store: Store, plane: Plane, clock: Clock, folder: Path) -> None:
        self.slack, self.store, self.plane, self.clock, self.folder = slack, store, plane, clock, folder
        self.restarts = -1
        self.began = clock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect and send."""
        self.began = self.clock()
        slack, app = self.slack, self.slack.state.app
        secrets = Secrets(
            bot_token=slack.bot_token,
            app_token=slack.app_token,
            signing_secret=app.signing_secret,
            base=slack.url,
        )
        chat = SlackChat(
            SlackSection(mode="socket" if app.socket_mode else "http", port=0),
            secrets,
            OneWorkspace(slack.bot_token, slack.url),
            clock=self.clock,
            steady=lambda: self.clock().timestamp(),
            settling=0.0,
            pause=0.05,
        )
        world = World(
            store=self.store,
            plane=self.plane,
            embedder=_embedder(),
            chats={"slack": chat},
            clock=self.clock,
            config=Config(data=self.folder),
        )
        sender = Sender(world)
        listener = PlatformListener(App(world, _reader()), "slack", sender.wake)
        self._tasks = [
            asyncio.create_task(_for_ever(chat.run(listener)), name="chat"),
            asyncio.create_task(_for_ever(sender.run(every=0.05)), name="sender"),
        ]
        self.restarts += 1
        await self.while_well(asyncio.wait_for(chat.listening.wait(), 60))
        if chat.port is not None:
            app.request_url = f"http://127.0.0.1:{chat.port}/slack/events"

    async def while_well(self, work: object) -> None:
        """Do something; raises what Ander raised if it ended meanwhile."""
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        await asyncio.wait([task, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        for one in self._tasks:
            if one.done():
                task.cancel()
                one.result()
        await task

    def caught_up(self) -> bool:
        """Whether it has looked up everything that happened before it was started last."""
        looked = caught_up(self.folder / "ander.db", self.slack.home.id)
        return looked is not None and looked >= self.began

    async def stop(self) -> None:
        """In the midst of whatever it does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _for_ever(work: object) -> None:
    await work  # type: ignore[misc]
    raise AssertionError("it ended by itself")


def template(path: Path) -> Path:
    """An empty record to copy."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sqlite.prepare(path)
        migrating.migrate(path, None)
    return path


def _prepare(folder: Path, empty: Path) -> None:
    folder.mkdir(parents=True)
    shutil.copy(empty, folder / "ander.db")


@asynccontextmanager
async def stage(slack: Slack, clock: Clock, folder: Path, empty: Path) -> AsyncIterator[Stage]:
    """Ander over a record of its own, started."""
    _prepare(folder, empty)
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'ander.db'}", key=_KEY)
    embedder = _embedder()
    plane = await open_plane(store, folder / "search", embedder.model, embedder.dim)
    made = Stage(slack, store, plane, clock, folder)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
        await plane.close()
        await store.close()


async def play(folder: Path, seed: int, *, turns: int = TURNS, empty: Path | None = None) -> Played:
    """Play the story of a seed in a folder of its own."""
    rng, clock = random.Random(seed), Clock(START)
    calls, events = RATES
    faults = Faults(seed=seed, calls=calls, events=events)
    record = folder / "ander.db"
    app = AppSettings(socket_mode=seed % HTTP_EVERY != 0, scopes=ALL_SCOPES)
    async with Slack(clock=clock, pace=PACE, faults=faults, app=app) as slack:
        crowd = _crowd(slack, rng)
        slack.schedule.calm = True
        async with stage(slack, clock, folder, empty or template(folder.parent / "empty.db")) as ander:
            await _until(ander, lambda: {one.id for one in crowd.channels} <= noticed(record))
            slack.schedule.calm = False
            for _ in range(turns):
                await _turn(crowd, ander, rng)
            await _finish(ander, crowd, record)
            given_up = len([one for one in slack.deliveries.lost if one.kind == "events_api"])
            return Played(
                seed=seed,
                faults=tuple(slack.schedule.happened),
                restarts=ander.restarts,
                asked=crowd.asked,
                hasty=tuple(one for one in slack.limits.hasty if one.startswith("chat.")),
                given_up=given_up,
                tally=tally(record, slack, crowd.story),
            )


def _crowd(slack: Slack, rng: random.Random) -> Crowd:
    people = [slack.user(f"person{number}") for number in range(5)]
    channels = [
        slack.channel("help", *people, slack.bot()),
        slack.channel("board", *people[:4], slack.bot(), type="group"),
    ]
    return Crowd(slack, rng, people[:4], channels)


async def _turn(crowd: Crowd, ander: Stage, rng: random.Random) -> None:
    await crowd.turn()
    ander.clock.forward(seconds=rng.choice((0, 0, 1, 4)))
    dice = rng.random()
    if dice < 0.03:
        await ander.stop()
        await ander.start()
    elif dice < 0.06:
        await crowd.slack.sockets.cut()
    elif dice < 0.10:
        await crowd.slack.sockets.disconnect(rng.choice(("warning", "refresh_requested")))
    elif dice < 0.60:
        await asyncio.sleep(rng.uniform(0, 0.02))  # let some of it happen before the next


async def _finish(ander: Stage, crowd: Crowd, record: Path) -> None:
    """Until everything was delivered, taken in and sent. After that nothing more may happen."""
    await crowd.slack.settled(60)
    await asyncio.gather(*crowd.calls)
    if any(one.kind == "events_api" for one in crowd.slack.deliveries.lost):  # as it does by itself once an hour
        await ander.stop()
        await ander.start()
    standing = {place for place, token in crowd.story.messages.items() if token is not None}
    with suppress(TimeoutError):
        await _until(
            ander, lambda: standing <= stored(record) and not waiting(record) and ander.caught_up(), LAST_SECONDS
        )


async def _until(ander: Stage, holds: object, seconds: float = 30.0) -> None:
    """Wait; meanwhile time passes quickly. Raises TimeoutError."""
    assert callable(holds)
    async with asyncio.timeout(seconds):
        while not holds():
            ander.clock.forward(seconds=5)
            await ander.while_well(asyncio.sleep(0.05))
