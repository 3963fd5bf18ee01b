"""`python -m bench.matrix_live`: from a message on a real Synapse to its place in the record, at twenty a second."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from adapters.matrix.client import Matrix
from adapters.matrix.login import login
from adapters.matrix.settings import MatrixSection
from bench.live import LINES
from bot.__main__ import open_world
from bot.app import App
from bot.config import Config
from bot.events import Event, MessagePosted
from bot.listening import PlatformListener
from bot.reading import load_reader
from bot.sender import Sender
from tests.matrix.homeserver import NAME, PASSWORD, Homeserver
from tests.matrix.member import Member


class Watch(PlatformListener):
    """Notes when each message was on disk."""

    def __init__(self, app: App, sender: Sender) -> None:
        super().__init__(app, Matrix.platform, sender.wake)
        self.stored: dict[str, float] = {}

    async def listen(self, events: Sequence[Event]) -> None:
        await super().listen(events)
        now = time.perf_counter()
        self.stored |= {one.message: now for one in events if isinstance(one, MessagePosted)}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.matrix_live", description=__doc__)
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    given = parser.parse_args()
    table = Table("message to stored", "in the clear", "encrypted", box=None, header_style="bold")
    with tempfile.TemporaryDirectory() as folder:
        clear, encrypted = asyncio.run(_both(Path(folder), given.messages, given.rate))
    for name, share in (("p50", 50), ("p90", 90), ("p99", 99), ("worst", 100)):
        table.add_row(name, *(f"{np.percentile(times, share):.0f} ms" for times in (clear, encrypted)))
    Console().print(table)


async def _both(folder: Path, count: int, rate: float) -> tuple[list[float], list[float]]:
    server = Homeserver(folder / "synapse")
    await server.start()
    try:
        account = await server.register("ander")
        settings = MatrixSection(homeserver=server.url, user=account.user, invites=(f"@*:{NAME}",))
        await login(settings, folder / "matrix", password=PASSWORD, token=None)
        chat = Matrix(settings, folder / "matrix")
        async with open_world(Config(data=folder / "data"), chats={"matrix": chat}) as world:
            await world.embedder.embed(["hello"])  # as `ander run` does before it connects
            sender = Sender(world)
            watch = Watch(App(world, load_reader()), sender)
            tasks = [asyncio.create_task(chat.run(watch)), asyncio.create_task(sender.run())]
            try:
                return await _measure(server, folder, account.user, watch, count, rate)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        server.stop()


async def _measure(
    server: Homeserver, folder: Path, user: str, watch: Watch, count: int, rate: float
) -> tuple[list[float], list[float]]:
    eva = Member(await server.register("eva"), folder / "eva")
    try:
        await eva.sync()
        encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        clear = await eva.account.create("clear")
        closed = await eva.account.create("closed", initial_state=[encryption])
        for room in (clear, closed):
            await eva.account.invite(room, user)
        while sum(event["sender"] == user for event in eva.read) < 2:  # the notice stands in both
            await eva.sync()
        return await _times(eva, clear, watch, count, rate, closed=False), await _times(
            eva, closed, watch, count, rate, closed=True
        )
    finally:
        await eva.close()


async def _times(eva: Member, room: str, watch: Watch, count: int, rate: float, *, closed: bool) -> list[float]:
    """Milliseconds per message, sent at a steady pace whatever the answers do."""
    begun: dict[str, float] = {}

    async def say(number: int) -> None:
        before = time.perf_counter()
        text = LINES[number % len(LINES)]
        begun[await (eva.say(room, text) if closed else eva.account.say(room, text))] = before

    sending = []
    for number in range(count):
        sending.append(asyncio.create_task(say(number)))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*sending)
    for _ in range(600):
        if begun.keys() <= watch.stored.keys():
            break
        await asyncio.sleep(0.1)
    return [(watch.stored[id] - before) * 1000 for id, before in begun.items()]


if __name__ == "__main__":
    main()
