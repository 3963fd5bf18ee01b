"""`ander run`, `forget`: what an administrator makes Ander do."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from bot import accounts, traces
from bot.app import App
from bot.console import heap
from bot.errors import AnderError, TransportError
from bot.events import PersonId
from bot.jobs import tick
from bot.listening import PlatformListener
from bot.ports import Chat
from bot.reading import Reader
from bot.reading_back import read_back
from bot.schedule import keep_ticking
from bot.sender import Sender
from bot.world import World

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0
"""How long a stop waits for what lies in the outbox."""


async def serve(world: World, reader: Reader, stop: asyncio.Event) -> None:
    """Connect the platforms, send, tick; until `stop` is set, then drain and stop.

    Raises TransportError when a platform says that only the administrator can help.
    """
    await world.embedder.embed(["hello"])  # a model takes a second to load: the first message need not wait for that
    heap.give_back()
    app, sender = App(world, reader), Sender(world)
    rng = np.random.default_rng()

    async def ticking() -> None:
        await tick(world, rng)
        sender.wake()
        await read_back(app)

    tasks = [
        asyncio.create_task(stop.wait(), name="stop"),
        asyncio.create_task(sender.run(), name="sender"),
        asyncio.create_task(keep_ticking(ticking), name="schedule"),
        asyncio.create_task(follow(world), name="search"),
    ]
    lines = [asyncio.create_task(connect(app, sender, chat), name=name) for name, chat in world.chats.items()]
    log.info("running: %s", ", ".join(world.chats) or "no platform is configured, only the schedule")
    try:
        done, _ = await asyncio.wait([*tasks, *lines], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(tasks)
        with contextlib.suppress(TimeoutError, TransportError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await sender.drain()  # while the platforms are still on the line
        await _end(lines)
    for task in done:
        task.result()


async def connect(app: App, sender: Sender, chat: Chat) -> None:
    """Let one platform speak to the app, and have its answers sent at once."""
    await chat.run(PlatformListener(app, chat.platform, sender.wake))


async def follow(world: World, *, every: float = 0.5) -> None:
    """Keep the search plane up to date."""
    while True:
        await world.plane.catch_up()
        await asyncio.sleep(every)


async def settle(world: World, sender: Sender) -> None:
    """Do what is due and send what there is to say, now."""
    await tick(world, np.random.default_rng())
    await sender.drain()


@asynccontextmanager
async def served(world: World, reader: Reader) -> AsyncIterator[None]:
    """Serve while inside, for a server that is not ours. When Ander ends by itself, the server is told to end too."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve(world, reader, stop), name="ander")

    def tell(ended: asyncio.Task[None]) -> None:
        if not (stop.is_set() or ended.cancelled()):
            log.critical("Ander ended: %s", ended.exception())
            signal.raise_signal(signal.SIGTERM)

    task.add_done_callback(tell)
    try:
        yield
    finally:
        stop.set()
        with contextlib.suppress(AnderError):  # it was told
            await task


def stop_signal() -> asyncio.Event:
    """Set at SIGTERM and Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _end(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def forget(world: World, person: PersonId) -> dict[PersonId, int]:
    """Erase a person everywhere, with all accounts they linked; returns the number of rows of each."""
    async with world.store.transaction() as tx:
        rows = await accounts.forget(tx, person, world.clock())
    for account in rows:
        await traces.scrub(world, account)
        await traces.part(world, account)
    return rows
