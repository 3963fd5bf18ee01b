"""`ander import`: a platform's own export, taken in through the one door; safe to stop and repeat."""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.app import DIRECTORY, App, Heed
from bot.console import heap
from bot.events import ChannelChanged, ChannelId, Event, MessagePosted, PersonChanged
from bot.jobs import upkeep
from bot.model import ItemKind

BATCH = 300
"""Events per transaction: large enough to spread the cost of a commit, small enough to stay out of the way."""
WINDOW = 2 * BATCH
"""Events parted at a time into batches of other channels than the one before: while one waits for its vectors, the next
is read."""
FOLLOW_SECONDS = 5.0
"""Between two rounds of work that follows behind."""
RESTING = 5000
"""Changes to anything since a thread changed last, before its vector is made: by then most have their answers, and
a vector is made once instead of anew with every answer."""
AHEAD = 4
"""Batches under way beside the one that is waited for."""


class Chunk(Protocol):
    """A piece of an archive, in order; `bytes_done` counts towards `Archive.size`."""

    @property
    def events(self) -> Sequence[Event]: ...
    @property
    def bytes_done(self) -> int: ...


class Archive(Protocol):
    """An export on disk."""

    @property
    def size(self) -> int: ...
    def events(self) -> Iterable[Chunk]: ...


@dataclass(slots=True, kw_only=True)
class Imported:
    """What an import came to."""

    messages: int = 0
    new: int = 0
    people: int = 0
    channels: int = 0
    questions: int = 0
    answered: int = 0
    know_how: int = 0
    seconds: float = 0.0

    def count(self, events: Sequence[Event], heed: Heed) -> None:
        """Add a batch."""
        self.messages += sum(isinstance(event, MessagePosted) for event in events)
        self.people += sum(isinstance(event, PersonChanged) for event in events)
        self.channels += sum(isinstance(event, ChannelChanged) for event in events)
        self.new += heed.messages
        self.questions += heed.kinds[ItemKind.QUESTION]
        self.know_how += heed.kinds[ItemKind.KNOW_HOW]
        self.answered += heed.answered


async def import_archive(
    app: App, archive: Archive, console: Console, *, embedded: Callable[[], Awaitable[None]] | None = None
) -> Imported:
    """Take the whole archive in. Stopping at any moment loses nothing: the next run goes on where it matters.
    `embedded` is called when no more vectors are needed, so that the embedder makes room for the search index.

    Raises InputError or HostileInput for an archive that cannot be used, StoreError when the disk fails.
    """
    began = time.monotonic()
    result, over = Imported(), asyncio.Event()
    with _progress(console) as progress:
        bar = progress.add_task("Reading", total=archive.size)
        following = asyncio.create_task(_follow(app, over))
        try:
            async for events, done, heed in _pipeline(app, archive):
                result.count(events, heed)
                progress.update(bar, completed=done, description=f"{result.messages} messages")
            over.set()
            await asyncio.wait([following])  # what it is at need not be done twice
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        bar = progress.add_task("Connecting answers", total=None)
        await upkeep.embed(app.world, progress=lambda done: progress.update(bar, description=f"Threads: {done}"))
        if embedded is not None:
            await embedded()
        await _index(app, progress)
    result.seconds = round(time.monotonic() - began, 1)
    return result


async def _follow(app: App, over: asyncio.Event) -> None:
    """Make vectors of whole threads meanwhile: the other core has time for it."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FOLLOW_SECONDS):
                await over.wait()
            return
        await upkeep.embed(app.world, resting=RESTING)
        heap.give_back()


async def _index(app: App, progress: Progress) -> None:
    """Bring the search index up to date. Last of all: each item is indexed once, not anew with every answer, and the
    index takes the memory that the embedder has left."""
    bar = progress.add_task("Search index", total=None)
    await app.world.plane.catch_up(lambda done: progress.update(bar, description=f"Search index: {done}"))


async def _pipeline(app: App, archive: Archive) -> AsyncIterator[tuple[list[Event], int, Heed]]:
    """While one batch is being kept, the next gets its vectors, and the one after that is read."""
    ahead: deque[tuple[list[Event], int, asyncio.Task[Heed]]] = deque()
    try:
        async for events, done in _batches(archive):
            who, what = _parted(events)
            await app.listen(who, live=False)  # whose words may be kept is known before anybody's are read
            ahead.append((events, done, asyncio.create_task(app.listen(what, live=False))))
            if len(ahead) > AHEAD:
                kept, at, task = ahead.popleft()
                yield kept, at, await task
        while ahead:
            kept, at, task = ahead.popleft()
            yield kept, at, await task
    finally:
        for _, _, task in ahead:
            task.cancel()


async def _batches(archive: Archive) -> AsyncIterator[tuple[list[Event], int]]:
    window: list[Event] = []
    done = 0
    chunks = iter(archive.events())
    while (chunk := await asyncio.to_thread(_next, chunks)) is not None:
        window.extend(chunk.events)
        done = chunk.bytes_done
        while len(window) >= WINDOW:
            for batch in _apart(window[:WINDOW]):
                yield batch, done
            window = window[WINDOW:]
    for batch in _apart(window):
        yield batch, done


def _apart(window: list[Event]) -> Iterator[list[Event]]:
    """The events as batches, by turns of some channels and of the others; people and places before all."""
    who: list[Event] = [event for event in window if isinstance(event, DIRECTORY)]
    what = [event for event in window if not isinstance(event, DIRECTORY)]
    halves = ([event for event in what if _where(event) in side] for side in _sides(what))
    pieces = [[half[start : start + BATCH] for start in range(0, len(half), BATCH)] for half in halves]
    for piece in (piece for pair in zip_longest(*pieces) for piece in pair if piece):
        yield who + _sorted(piece)
        who = []
    if who:
        yield who


def _sides(events: Iterable[Event]) -> tuple[set[ChannelId | None], set[ChannelId | None]]:
    """The channels in two groups with about as many events each."""
    sides = set[ChannelId | None](), set[ChannelId | None]()
    sizes = [0, 0]
    for channel, size in Counter(map(_where, events)).most_common():
        lighter = sizes.index(min(sizes))
        sides[lighter].add(channel)
        sizes[lighter] += size
    return sides


def _where(event: Event) -> ChannelId | None:
    return getattr(event, "channel", None)


def _sorted(batch: Sequence[Event]) -> list[Event]:
    """What was said, then what was done to it: so a batch's messages are one run, and batches under way beside each
    other keep their order."""
    return sorted(batch, key=lambda event: not isinstance(event, MessagePosted))


def _parted(batch: list[Event]) -> tuple[list[Event], list[Event]]:
    """People and places, and the rest. A task that began with people would let the next one's messages go first."""
    who: list[Event] = [event for event in batch if isinstance(event, DIRECTORY)]
    return who, batch[len(who) :]


def _next(chunks: Iterator[Chunk]) -> Chunk | None:
    return next(chunks, None)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def show(result: Imported, name: str, console: Console) -> None:
    """For the terminal: what came of it and what to do next."""
    rate = result.messages / result.seconds if result.seconds else 0
    console.print(
        f"[bold]{name}[/]: {result.messages} messages, {result.new} new, in {result.seconds:.0f} s ({rate:.0f}/s)"
    )
    console.print(f"  {result.people} people in {result.channels} channels")
    console.print(
        f"  {result.questions} questions, {result.answered} of them answered; {result.know_how} pieces of know-how"
    )
    console.print("Next: `ander search`, `ander open`, `ander domains suggest`, `ander report COMMUNITY`.")
