"""Search over a big synthetic practice: `python -m bench.search --items 1000000`.

Builds a record on SQLite through the storage functions, and the index over it, in a process of its own; then searches
as the product does (permission, words and vectors, fusion, row fetch, permission again), as people who may read 1 %,
10 % and all of 2,000 channels. Beside it the engines alone. The query's vector is given: embedding is not counted.
Texts are Zipfian (50,000 words, 20 an item), vectors clustered (512 dimensions, 2,000 centres), one per item.
"""

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bot import permission
from bot.events import ChannelId, ChannelKind, MessageId, PersonId, WorkspaceId
from bot.model import Channel, Item, ItemKind, ItemVector, Part, Person, Ref
from bot.ports import Store
from bot.practice.search import Query, search
from storage import open_store
from storage.search import Plane, open_plane
from storage.search.choice import choose
from storage.search.items import OWN
from storage.search.lookup import wanted

CHANNELS, WORDS, LENGTH, DIM, CENTRES = 2_000, 50_000, 20, 512, 2_000
SHARES = {"1 %": 100, "10 %": 10, "100 %": 1}
BATCH = 2_000
MODEL = "synthetic"
AT = datetime(2026, 1, 1, tzinfo=UTC)
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
        made = near + rng.standard_normal((count, DIM)).astype(np.float32)
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))

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


async def build(folder: Path, items: int) -> None:
    """The record and the index."""
    made, store = Made(items), await opened(folder)
    start = time.perf_counter()
    await _people(store)
    for batch in made.batches():
        await _write(store, made, batch)
    print(f"record of {items:,} items: {time.perf_counter() - start:.0f} s", flush=True)
    start = time.perf_counter()
    plane = await open_plane(store, folder / "index", MODEL, DIM)
    gc.freeze()  # as `ander` does once everything is loaded
    await plane.close()
    await store.close()
    print(f"index: {time.perf_counter() - start:.0f} s", flush=True)


async def opened(folder: Path) -> Store:
    """The record."""
    return cast(Store, await open_store(f"sqlite+aiosqlite:///{folder}/ander.db", key=_KEY))


async def _people(store: Store) -> None:
    home = WorkspaceId("b")
    names = [ChannelId(f"b:c{number:04}") for number in range(CHANNELS)]
    places = [Channel(id=name, workspace=home, name=name, kind=ChannelKind.PRIVATE) for name in names]
    people = [Person(id=person(share), workspace=home, name=share) for share in SHARES]
    joined = [(name, person(share), AT) for share, step in SHARES.items() for name in names[::step]]
    async with store.transaction() as tx:
        await tx.put_channels(places)
        await tx.put_people(people)
        await tx.put_members(joined, [])


def person(share: str) -> PersonId:
    """Who may read that share."""
    return PersonId(f"b:{share}")


async def _write(store: Store, made: Made, batch: range) -> None:
    refs = [made.ref(number) for number in batch]
    texts, vectors = made.texts(batch[0], len(batch)), made.vectors(batch[0], len(batch))
    author = PersonId("b:author")
    items = [
        Item(ref=r, kind=ItemKind.QUESTION, author=author, at=AT, text=text, lang="en", community=None)
        for r, text in zip(refs, texts, strict=True)
    ]
    async with store.transaction() as tx:
        await tx.put_items(items)
        await tx.put_vectors(
            [ItemVector(ref=r, part=Part.OWN, model=MODEL, vector=v) for r, v in zip(refs, vectors, strict=True)]
        )


async def measure(folder: Path, items: int, queries: int) -> None:
    """Print the table."""
    made, store, embedder = Made(items), await opened(folder), Given()
    before = resident()
    start = time.perf_counter()
    plane = await open_plane(store, folder / "index", MODEL, DIM)
    gc.freeze()  # as `ander` does once everything is loaded
    print(f"opened in {time.perf_counter() - start:.1f} s")
    asked = [_query(made, number) for number in range(queries)]
    for share, step in SHARES.items():
        await _product(plane, store, embedder, asked, share)
        _engines(plane, asked, share, [ChannelId(f"b:c{n:04}") for n in range(0, CHANNELS, step)])
    grown = [now - then for now, then in zip(resident(), before, strict=True)]
    print(f"resident memory of the plane: {grown[0]:.0f} MB of its own + {grown[1]:.0f} MB of mapped files")
    await plane.close()
    await store.close()


def _query(made: Made, number: int) -> tuple[str, NDArray[np.float32]]:
    rng = np.random.default_rng(number + 10**6)
    start = int(rng.integers(0, made.items // BATCH + (made.items % BATCH > 0))) * BATCH
    text, vector = made.texts(start, 1)[0], made.vectors(start, 1)[0]
    words = rng.choice(text.split(), 8, replace=False)
    return " ".join(words), np.asarray(vector + rng.standard_normal(DIM).astype(np.float32) * 0.02)


async def _product(
    plane: Plane, store: Store, embedder: Given, asked: Sequence[tuple[str, NDArray[np.float32]]], share: str
) -> None:
    async def one(text: str, vector: NDArray[np.float32]) -> int:
        embedder.vector = vector
        async with store.snapshot() as tx:
            return len((await search(tx, plane, embedder, permission, Query(text=text, person=person(share)))).hits)

    async def gate(_: str, __: NDArray[np.float32]) -> int:
        async with store.snapshot() as tx:
            return len(await permission.readable(tx, person(share)))

    await _timed(f"search, {share} of channels", one, asked)
    await _timed(f"  of which the permission gate's list of {share}", gate, asked)


async def _timed(
    name: str,
    one: Callable[[str, NDArray[np.float32]], Awaitable[int]],
    asked: Sequence[tuple[str, NDArray[np.float32]]],
) -> None:
    for text, vector in asked[:10]:
        await one(text, vector)
    times, found = [], 0
    for text, vector in asked:
        start = time.perf_counter()
        found += await one(text, vector) > 0
        times.append(time.perf_counter() - start)
    _tell(name, times, f"{found} of {len(asked)} found something")


def _engines(
    plane: Plane, asked: Sequence[tuple[str, NDArray[np.float32]]], share: str, channels: list[ChannelId]
) -> None:
    index = plane.generation
    words, vectors = [], []
    choice = choose(index.items, channels, None)
    scope = index.scope(choice, None)
    for text, vector in asked:
        rare = wanted(text, index.words, scope).rare
        start = time.perf_counter()
        index.words.find(rare, 100, scope)
        middle = time.perf_counter()
        index.vectors.nearest(vector, OWN, index.items.count, choice.having(OWN))
        words.append(middle - start)
        vectors.append(time.perf_counter() - middle)
    _tell(f"  floor: tantivy alone, {share}", words)
    _tell(f"  floor: faiss alone (binary, 400), {share}", vectors)


def _tell(name: str, seconds: Sequence[float], more: str = "") -> None:
    middle, late = np.percentile(np.array(seconds) * 1000, [50, 99])
    print(f"{name:48} p50 {middle:6.1f} ms   p99 {late:6.1f} ms   {more}", flush=True)


def resident() -> tuple[float, float]:
    """MB of this process: its own memory, and files mapped into it."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))  # type: ignore[return-value]  # two names, two values


def main() -> None:
    """Build in a child, so that its memory does not count; then measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, default=100_000)
    options.add_argument("--queries", type=int, default=300)
    options.add_argument("--folder", type=Path, help="keep the record there, use it again")
    options.add_argument("--build", action="store_true", help="build only")
    given = options.parse_args()
    if given.build:
        asyncio.run(build(given.folder, given.items))
        return
    with TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "index" / "current.json").exists():
            command = [sys.executable, "-m", "bench.search", "--build", "--items", str(given.items)]
            subprocess.run([*command, "--folder", str(folder)], check=True)
        asyncio.run(measure(folder, given.items, given.queries))


if __name__ == "__main__":
    main()
