"""Search over a big synthetic practice: `python -m bench.search --items 1000000 [--keep FOLDER] [--json]`.

Builds a record on SQLite through the storage functions, and the index over it, in a process of its own; then searches
as the product does (permission, words and vectors, fusion, row fetch, permission again), as people who may read 1 %,
10 %, 50 % and all of 2,000 channels. The query's vector is given: embedding is not counted. The floor is the engines
alone: tantivy and faiss, one after the other, on the same queries with the same filter.

Texts are Zipfian (50,000 words, 20 an item), vectors clustered (512 dimensions, 2,000 centres): one for each item and,
for every second one, another of its thread. Beside the wall time stands the processor time of a search, which other
work on the machine does not change much; it is that of both threads of a search, which then may exceed the wall time.
Searches are a little apart, as people's are.
"""

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, show
from bot import permission
from bot.events import ChannelId, ChannelKind, MessageId, PersonId, WorkspaceId
from bot.model import Channel, Item, ItemKind, ItemVector, Part, Person, Ref, Vector
from bot.ports import Store
from bot.practice.search import Query, search
from storage import open_store
from storage.search import Plane, open_plane
from storage.search.choice import choose
from storage.search.codes import nearest_of_all
from storage.search.lookup import wanted

CHANNELS, WORDS, LENGTH, DIM, CENTRES = 2_000, 50_000, 20, 512, 2_000
SHARES = {"1 %": 100, "10 %": 10, "50 %": 2, "100 %": 1}
BATCH = 2_000
MODEL = "synthetic"
AT = datetime(2026, 1, 1, tzinfo=UTC)
AIMS = {1: 25.0, 3: 50.0}
"""Milliseconds at so many million items, 99 of 100 searches."""
AIMED = ("1 %", "10 %", "100 %")
"""Who they are for. Half of the channels is measured too: every second one, the worst way to lie apart."""
MEMORY = 450.0
"""MB per million items."""
APART = 0.003
"""Seconds between two searches."""
_KEY = b"0" * 32


class Made:
    """Item `n` of the synthetic practice, the same every time."""

    def __init__(self, items: int) -> None:
        self.items = items
        shares = 1 / np.arange(1, WORDS + 1)
        self._shares = np.cumsum(shares / shares.sum())
        self._centres = np.random.default_rng(0).standard_normal((CENTRES, DIM)).astype(np.float32)

    def texts(self, start: int, count: int) -> list[str]:
        """Texts of some items in a row."""
        drawn = np.random.default_rng(start + 1).random((count, LENGTH))
        return [" ".join(f"w{word}x" for word in row) for row in np.searchsorted(self._shares, drawn)]

    def vectors(self, start: int, count: int) -> NDArray[np.float32]:
        """Vectors of some items in a row, of length 1."""
        rng = np.random.default_rng(start + 2)
        near = self._centres[rng.integers(0, CENTRES, count)]
        return unit(near + rng.standard_normal((count, DIM)).astype(np.float32))

    def ref(self, number: int) -> Ref:
        """Items of a channel lie together, as in the record."""
        channel = number * CHANNELS // self.items
        return Ref(ChannelId(f"b:c{channel:04}"), MessageId(f"{1_700_000_000 + number}.000100"))

    def batches(self) -> Iterator[range]:
        """All numbers, some at a time."""
        return (range(s, min(s + BATCH, self.items)) for s in range(0, self.items, BATCH))


class Given:
    """An embedder that is told the answer."""

    model, dim = MODEL, DIM

    def __init__(self) -> None:
        self.vector = np.zeros(DIM, np.float32)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `bot.ports.Embedder`."""
        return np.repeat(self.vector[None], len(texts), axis=0)


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


# ── building ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def build(folder: Path, items: int) -> None:
    """The record, unless it is there, and the index."""
    store, start = await opened(folder), time.perf_counter()
    async with store.snapshot() as tx:
        there = await tx.last_change()
    if not there:
        await _fill(store, Made(items))
        _say(f"record of {items:,} items", start)
    start = time.perf_counter()
    plane = await open_plane(store, folder / "index", MODEL, DIM)
    await plane.close()
    await store.close()
    _say("index", start)


def _say(what: str, start: float) -> None:
    sys.stderr.write(f"{what}: {time.perf_counter() - start:.0f} s\n")


async def opened(folder: Path) -> Store:
    """The record."""
    return cast(Store, await open_store(f"sqlite+aiosqlite:///{folder}/ander.db", key=_KEY))


async def _fill(store: Store, made: Made) -> None:
    home = WorkspaceId("b")
    names = [ChannelId(f"b:c{number:04}") for number in range(CHANNELS)]
    places = [Channel(id=name, workspace=home, name=name, kind=ChannelKind.PRIVATE) for name in names]
    people = [Person(id=person(share), workspace=home, name=share) for share in SHARES]
    joined = [(name, person(share), AT) for share, step in SHARES.items() for name in names[::step]]
    async with store.transaction() as tx:
        await tx.put_channels(places)
        await tx.put_people(people)
        await tx.put_members(joined, [])
    for batch in made.batches():
        await _write(store, made, batch)


def person(share: str) -> PersonId:
    """Who may read that share."""
    return PersonId(f"b:{share}")


async def _write(store: Store, made: Made, batch: range) -> None:
    refs = [made.ref(number) for number in batch]
    texts, own = made.texts(batch[0], len(batch)), made.vectors(batch[0], len(batch))
    whole = unit(own[::2] + made.vectors(batch[0] + 1, len(own[::2])) / 2)
    author = PersonId("b:author")
    items = [
        Item(ref=r, kind=ItemKind.QUESTION, author=author, at=AT, text=text, lang="en", community=None)
        for r, text in zip(refs, texts, strict=True)
    ]
    async with store.transaction() as tx:
        await tx.put_items(items)
        await tx.put_vectors(_rows(refs, Part.OWN, own))
        await tx.put_vectors(_rows(refs[::2], Part.THREAD, whole))


def _rows(refs: Sequence[Ref], part: Part, vectors: NDArray[np.float32]) -> list[ItemVector]:
    return [ItemVector(ref=r, part=part, model=MODEL, vector=v) for r, v in zip(refs, vectors, strict=True)]


# ── measuring ─────────────────────────────────────────────────────────────────────────────────────────────────────

Asked = tuple[int, str, Vector]
"""The number of the item that is looked for, and the query."""


@dataclass(slots=True)
class Times:
    """Milliseconds of each call, on the clock and of the processors."""

    wall: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    async def take(self, work: Awaitable[int]) -> int:
        """Await and note."""
        wall, busy = time.perf_counter(), time.process_time()
        result = await work
        self.wall.append((time.perf_counter() - wall) * 1000)
        self.busy.append((time.process_time() - busy) * 1000)
        return result


async def measure(folder: Path, items: int, queries: int) -> list[Figure]:
    """All figures."""
    made, store = Made(items), await opened(folder)
    before, start = resident(), time.perf_counter()
    plane = await open_plane(store, folder / "index", MODEL, DIM)
    gc.freeze()  # as `ander` does once everything is loaded
    _say("opened", start)
    asked = [_query(made, number) for number in range(queries)]
    figures = [await _share(plane, store, made, asked, share) for share in SHARES]
    grown = [now - then for now, then in zip(resident(), before, strict=True)]
    figures.append(_memory(plane, grown, items))
    await plane.close()
    await store.close()
    return figures


async def _share(plane: Plane, store: Store, made: Made, asked: Sequence[Asked], share: str) -> Figure:
    embedder, who = Given(), person(share)
    channels = [ChannelId(f"b:c{n:04}") for n in range(0, CHANNELS, SHARES[share])]

    async def one(query: Asked) -> int:
        embedder.vector = query[2]
        async with store.snapshot() as tx:
            found = await search(tx, plane, embedder, permission, Query(text=query[1], person=who))
        return int(bool(found.hits) and found.hits[0].thread.item.ref == made.ref(query[0]))

    times, first = await _timed(one, asked)
    engines = _engines(plane, asked, channels)
    known = sum(made.ref(query[0]).channel in channels for query in asked)
    return Figure(
        what=f"search, {share} of channels: p99",
        value=float(np.percentile(times.wall, 99)),
        unit="ms",
        floor=float(np.percentile(engines, 99)),
        floor_is="tantivy and faiss alone",
        aim=AIMS.get(round(made.items / 1_000_000)) if share in AIMED else None,
        more=f"p50 {np.percentile(times.wall, 50):.1f}, processors {_spread(times.busy)}, right {first} of {known}",
    )


def _spread(times: Sequence[float]) -> str:
    p50, p99 = np.percentile(times, [50, 99])
    return f"{p50:.1f}/{p99:.1f}"


async def _timed(one: Callable[[Asked], Awaitable[int]], asked: Sequence[Asked]) -> tuple[Times, int]:
    for query in asked[:10]:
        await one(query)
    times, first = Times(), 0
    for query in asked:
        await asyncio.sleep(APART)
        first += await times.take(one(query))
    return times, first


def _query(made: Made, number: int) -> Asked:
    """Eight words of an item and a vector near its own."""
    rng = np.random.default_rng(number + 10**6)
    start = int(rng.integers(0, made.items // BATCH + (made.items % BATCH > 0))) * BATCH
    text, vector = made.texts(start, 1)[0], made.vectors(start, 1)[0]
    words = rng.choice(text.split(), 8, replace=False)
    return start, " ".join(words), np.asarray(vector + rng.standard_normal(DIM).astype(np.float32) * 0.02)


def _engines(plane: Plane, asked: Sequence[Asked], channels: list[ChannelId]) -> list[float]:
    """Milliseconds of each query in tantivy and faiss."""
    index = plane.generation
    choice = choose(index.items, channels, None)
    scope, took = index.scope(choice, None), []
    for _, text, vector in asked:
        rare = wanted(text, index.words, scope).rare
        start = time.perf_counter()
        index.words.find(rare, 100, scope)
        for part, codes in index.vectors.codes.items():
            nearest_of_all([look() for look in codes.looks(vector, choice.having(part))])
        took.append((time.perf_counter() - start) * 1000)
    return took


def _memory(plane: Plane, grown: Sequence[float], items: int) -> Figure:
    bits = sum(codes.size() for codes in plane.generation.vectors.codes.values()) / 2**20
    per_million = 1_000_000 / items
    return Figure(
        what="resident memory of the plane, per million items",
        value=sum(grown) * per_million,
        unit="MB",
        floor=bits * per_million,
        floor_is="the sign bits alone",
        aim=MEMORY,
        more=f"of its own {grown[0] * per_million:.0f}, mapped files {grown[1] * per_million:.0f}",
    )


def resident() -> tuple[float, float]:
    """MB of this process: its own memory, and files mapped into it."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    own, mapped = (int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return own, mapped


def main() -> None:
    """Build in a child, so that its memory does not count; then measure."""
    options = argparse.ArgumentParser(
        prog="python -m bench.search", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--items", type=int, default=100_000)
    options.add_argument("--queries", type=int, default=300)
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the record there, and use it again")
    options.add_argument("--json", action="store_true")
    options.add_argument("--build", action="store_true", help="build only")
    given = options.parse_args()
    with TemporaryDirectory() as temporary:
        folder = given.keep / str(given.items) if given.keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if given.build:
            asyncio.run(build(folder, given.items))
            return
        command = [sys.executable, "-m", "bench.search", "--build", "--items", str(given.items)]
        subprocess.run([*command, "--keep", str(given.keep or temporary)], check=True)
        if not given.keep:
            folder = folder / str(given.items)
        figures = asyncio.run(measure(folder, given.items, given.queries))
    show(f"search over {given.items:,} items", figures, as_json=given.json)


if __name__ == "__main__":
    main()
