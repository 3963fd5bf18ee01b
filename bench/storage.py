"""`python -m bench.storage [--only NAME] [--json]`: how fast the record is, beside the engine alone."""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Figure, show
from bot.events import ChannelId, EventId, MessageId, PersonId
from bot.model import AnswerLink, EvidenceKind, EvidenceRow, Item, ItemKind, ItemVector, Message, Part, Ref
from bot.ports import Store, Transaction
from storage import open_store
from tests.storage.examples import CARE, MODEL, vector

MESSAGES = 150_000
BATCH = 500
CHANNELS = 60
START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = "how do you keep the pump from losing its setting when the ward changes over at night " * 3


def message(number: int) -> Message:
    """One of many."""
    channel = ChannelId(f"chat:C{number % CHANNELS:04}")
    thread = MessageId(f"{number - number % 7 * CHANNELS}.000100") if number % 7 else None
    return Message(
        ref=Ref(channel, MessageId(f"{number}.000100")),
        thread=thread,
        reply_to=thread,
        author=PersonId(f"chat:U{number * 7919 % 900:04}"),
        at=START + timedelta(minutes=5 * number),
        text=f"{number} {WORDS[: 60 + number % 180]}",
        lang="en",
        kind="other",
    )


def batches() -> Iterator[list[Message]]:
    """MESSAGES of them."""
    for first in range(0, MESSAGES, BATCH):
        yield [message(number) for number in range(first, first + BATCH)]


VECTORS = [vector(seed) for seed in range(50)]


def filed(messages: list[Message]) -> tuple[list[Item], list[AnswerLink], list[ItemVector], list[EvidenceRow]]:
    """Every fifth message is an item: two questions for three answers."""
    items, links, vectors, evidence = list[Item](), list[AnswerLink](), list[ItemVector](), list[EvidenceRow]()
    for place, one in enumerate(messages[::5]):
        kind = ItemKind.QUESTION if place % 5 < 2 else ItemKind.ANSWER
        items.append(
            Item(ref=one.ref, kind=kind, author=one.author, at=one.at, text=one.text, lang="en", community=CARE)
        )
        if kind is ItemKind.QUESTION:
            question = one
        else:
            links.append(AnswerLink(question=question.ref, answer=one.ref, confidence=0.8))
            evidence.append(
                EvidenceRow(
                    person=one.author,
                    kind=EvidenceKind.ANSWER,
                    community=CARE,
                    domain=None,
                    at=one.at,
                    item=one.ref,
                    about=question.ref,
                )
            )
        vectors.append(ItemVector(ref=one.ref, part=Part.OWN, model=MODEL, vector=VECTORS[place % 50]))
    return items, links, vectors, evidence


Spent = dict[str, float]


async def take(spent: Spent, name: str, work: Awaitable[object]) -> None:
    """Await and note the time."""
    began = time.perf_counter()
    await work
    spent[name] = spent.get(name, 0.0) + time.perf_counter() - began


async def store_batch(tx: Transaction, messages: list[Message], spent: Spent) -> None:
    """What an import does with a batch."""
    items, links, vectors, evidence = filed(messages)
    await take(spent, "take_in", tx.take_in([EventId(f"m:{one.ref}") for one in messages], START))
    await take(spent, "add_messages", tx.add_messages(messages))
    await take(spent, "items", tx.items([item.ref for item in items]))
    await take(spent, "put_items", tx.put_items(items))
    await take(spent, "link_answers", tx.link_answers(links))
    await take(spent, "put_vectors", tx.put_vectors(vectors))
    await take(spent, "add_evidence", tx.add_evidence(evidence))


async def fill(store: Store, spent: Spent) -> float:
    """Store everything; seconds spent in the store."""
    total = 0.0
    for messages in batches():
        began = time.perf_counter()
        async with store.transaction() as tx:
            await store_batch(tx, messages, spent)
        total += time.perf_counter() - began
    return total


async def bench_import(folder: Path) -> list[Figure]:
    """Messages a second."""
    store = await open_store(f"sqlite+aiosqlite:///{folder}/import.db")
    spent: Spent = {}
    cpu = time.process_time()
    total = await fill(store, spent)
    cpu = time.process_time() - cpu
    seen = await look_up(store)
    await store.close()
    return [
        Figure(
            what=f"{MESSAGES:,} messages stored, {MESSAGES // 5:,} items with a vector",
            value=MESSAGES / total,
            unit="/s",
            more=f"{MESSAGES / cpu:,.0f} per second of processor time",
        ),
        *(
            Figure(what=f"  of a message's time: {name}", value=1e6 * seconds / MESSAGES, unit="µs")
            for name, seconds in spent.items()
        ),
        Figure(what="all of it again, looked up as seen", value=seen, unit="/s"),
    ]


async def look_up(store: Store) -> float:
    """Messages a second that turn out to be there."""
    again: Spent = {}
    began = time.perf_counter()
    async with store.snapshot() as tx:
        for messages in batches():
            await take(again, "unseen", tx.unseen([EventId(f"m:{one.ref}") for one in messages]))
    return MESSAGES / (time.perf_counter() - began)


async def writers(store: Store, count: int, seconds: float) -> tuple[float, list[float]]:
    """Transactions a second by `count` writers at once, and how long each took."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def write(writer: int) -> None:
        number = 0
        while time.perf_counter() < until:
            began = time.perf_counter()
            async with store.transaction() as tx:
                await tx.take_in([EventId(f"{count}:{writer}:{number}")], START)
            took.append(time.perf_counter() - began)
            number += 1

    await asyncio.gather(*(write(writer) for writer in range(count)))
    return len(took) / seconds, sorted(took)


def plain(folder: Path, seconds: float) -> float:
    """The floor: commits a second by sqlite3 itself, one row each."""
    conn = sqlite3.connect(folder / "plain.db", isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("CREATE TABLE t (a TEXT PRIMARY KEY, b INTEGER)")
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO t VALUES (?, ?)", (f"event {count}", count))
        conn.execute("COMMIT")
        count += 1
    conn.close()
    return count / seconds


async def bench_commits(folder: Path) -> list[Figure]:
    """Transactions a second."""
    floor = plain(folder, 3)
    store = await open_store(f"sqlite+aiosqlite:///{folder}/commits.db")
    figures = []
    for count in (1, 8, 64):
        rate, took = await writers(store, count, 3)
        p50, p99 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.99))
        figures.append(
            Figure(
                what=f"transactions, {count} writing at once",
                value=rate,
                unit="/s",
                floor=floor,
                floor_is="sqlite3 alone, a commit for each",
                more=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            )
        )
    await store.close()
    return figures


BENCHES: dict[str, Callable[[Path], Awaitable[list[Figure]]]] = {"import": bench_import, "commits": bench_commits}


async def measure(names: Iterable[str]) -> list[Figure]:
    """The figures of these benches."""
    figures = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            figures += await BENCHES[name](Path(folder))
    return figures


def main() -> None:
    """All benches, or only one."""
    parser = argparse.ArgumentParser(prog="python -m bench.storage", description=__doc__)
    parser.add_argument("--only", choices=list(BENCHES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    show("the record on SQLite", asyncio.run(measure([given.only] if given.only else BENCHES)), as_json=given.json)


if __name__ == "__main__":
    main()
