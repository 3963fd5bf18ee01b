"""The plane itself: follows the record's changes, answers searches, and replaces an index by a new one.

On disk: `current.json` names the generation in use; `lock` is held by the process that writes. Any other process
that opens the folder follows: it reads the index and keeps what changed since in its own memory.
"""

import asyncio
import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TypeVar

from bot.errors import StoreBusy, StoreError
from bot.events import ChannelId
from bot.model import Candidate, ItemKind, Part, Ref, Thread, Vector
from bot.ports import Store, Transaction
from storage.search.files import replace
from storage.search.generation import UNREADABLE, Entry, Generation

log = logging.getLogger(__name__)

FORMAT = 3  # raise it when an index made by older code would give other results
BATCH = 150  # changes or items read from the record at a time: a thread with its words and vectors takes 10 kB
LISTED = 20_000  # references listed at a time for a rebuild
SAVE_EVERY = 20_000  # changes of which the vectors are followed again after a crash, at most

Result = TypeVar("Result")


async def open_plane(
    store: Store, folder: Path, model: str, dim: int, *, progress: Callable[[int], None] | None = None
) -> "Plane":
    """The plane over `store` in `folder`, for vectors of `model` with `dim` dimensions, made or rebuilt when it is
    not there, unreadable, or of another model; followed to the end of the changes, of which `progress` hears. Raises
    StoreError when the folder cannot be written."""
    plane = Plane(store, folder, model, dim)
    try:
        await plane._open(progress)
    except BaseException:
        await plane.close()
        raise
    return plane


class Plane:
    """Implements `bot.ports.SearchPlane`."""

    def __init__(self, store: Store, folder: Path, model: str, dim: int) -> None:
        """Use `open_plane`."""
        self._store = store
        self._folder = folder
        self._model = model
        self._dim = dim
        self._busy = asyncio.Lock()
        self._lock: int | None = None
        self._now: Generation | None = None

    @property
    def follows(self) -> bool:
        """Whether another process writes the index."""
        return self._lock is None

    async def catch_up(self, progress: Callable[[int], None] | None = None) -> int:
        """See `bot.ports.SearchPlane`."""
        async with self._busy:
            return await self._catch_up(self.generation, progress)

    async def find(
        self,
        *,
        text: str,
        vector: Vector | None,
        channels: Collection[ChannelId] | None,
        kinds: Collection[ItemKind] | None = None,
        limit: int = 100,
    ) -> list[Candidate]:
        """See `bot.ports.SearchPlane`."""
        return await asyncio.to_thread(self.generation.find, text, vector, channels, kinds, limit)

    async def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """See `bot.ports.SearchPlane`. Raises StoreBusy when another process writes the index."""
        async with self._busy:
            return await self._rebuild(progress)

    async def scrub(self) -> None:
        """See `bot.ports.SearchPlane`. tantivy keeps dropped words until it merges, and merging cannot be asked
        for, so whatever holds a residue is built anew and the old files are removed."""
        async with self._busy:
            await self._catch_up(self.generation)
            if await wholly(self.generation.has_residue):
                await self._rebuild(None)

    async def close(self) -> None:
        """See `bot.ports.SearchPlane`."""
        async with self._busy:
            if self._now is not None:
                await wholly(self._leave, self._now)
            self._now = None
            if self._lock is not None:
                os.close(self._lock)
            self._lock = None

    @property
    def generation(self) -> Generation:
        """The index in use. Raises StoreError when the plane is closed."""
        if self._now is None:
            raise StoreError("the search index is closed")
        return self._now

    async def _open(self, progress: Callable[[int], None] | None) -> None:
        self._lock = await asyncio.to_thread(_claim, self._folder)
        try:
            self._now = await asyncio.to_thread(self._opened)
        except UNREADABLE as error:
            if self.follows:
                raise StoreBusy("the search index is being made by another process") from error
            self._tell(error)
            await self.rebuild(progress)
            return
        await asyncio.to_thread(_tidy, self._folder, self._now.folder)
        await self.catch_up(progress)

    def _tell(self, error: Exception) -> None:
        if (self._folder / "current.json").exists():
            why = str(error) or type(error).__name__
            log.warning("the search index in %s cannot be used and is built anew: %s", self._folder, why)
        else:
            log.info("a search index is built in %s", self._folder)

    def _opened(self) -> Generation:
        """The generation in use. Raises one of UNREADABLE."""
        current = json.loads((self._folder / "current.json").read_text())
        if current["made_for"] != self._made_for():
            raise ValueError("it was made for another model or by another version")
        return Generation(self._folder / current["generation"], self._dim, follow=self.follows)

    def _made_for(self) -> dict[str, object]:
        return {"format": FORMAT, "model": self._model, "dim": self._dim}

    async def _catch_up(self, generation: Generation, progress: Callable[[int], None] | None = None) -> int:
        done, taken = 0, BATCH
        while taken == BATCH:
            taken = await self._follow(generation)
            done += taken
            if taken and progress is not None:
                progress(done)
        if done or generation.follow:
            await wholly(_keep, generation)
        return done

    async def _follow(self, generation: Generation) -> int:
        async with self._store.snapshot() as tx:
            changes = await tx.changes_after(generation.seq, BATCH)
            refs = {change.ref for change in changes}
            entries = await self._entries(tx, refs)
        if changes:
            gone = refs - {entry.ref for entry in entries}
            await wholly(generation.apply, entries, gone, changes[-1].seq)
        return len(changes)

    async def _entries(self, tx: Transaction, refs: Collection[Ref]) -> list[Entry]:
        if not refs:
            return []
        threads = await tx.threads(refs)
        own = await tx.vectors(list(threads), Part.OWN, self._model)
        whole = await tx.vectors(list(threads), Part.THREAD, self._model)
        return [
            Entry(ref, thread.item.kind, words_of(thread), own.get(ref), whole.get(ref))
            for ref, thread in threads.items()
        ]

    async def _rebuild(self, progress: Callable[[int], None] | None) -> int:
        if self.follows:
            raise StoreBusy("the search index is in use by another process: stop that one first")
        fresh = await asyncio.to_thread(Generation, _unused(self._folder), self._dim, new=True)
        items = await self._fill(fresh, progress)
        await self._catch_up(fresh)
        await wholly(self._switch, fresh)
        return items

    async def _fill(self, fresh: Generation, progress: Callable[[int], None] | None) -> int:
        async with self._store.snapshot() as tx:
            seq = await tx.last_change()
        items, last = 0, None
        while True:
            async with self._store.snapshot() as tx:
                refs = await tx.all_refs(last, LISTED)
            if not refs:
                return items
            for start in range(0, len(refs), BATCH):
                async with self._store.snapshot() as tx:
                    entries = await self._entries(tx, refs[start : start + BATCH])
                await wholly(fresh.apply, entries, (), seq)
                items += len(entries)
                if progress is not None:
                    progress(items)
            last = refs[-1]

    def _switch(self, fresh: Generation) -> None:
        fresh.commit()
        fresh.save()
        current = {"generation": fresh.folder.name, "made_for": self._made_for()}
        replace(self._folder / "current.json", lambda file: file.write(json.dumps(current).encode()))
        old, self._now = self._now, fresh
        if old is not None:
            old.close()
        _tidy(self._folder, fresh.folder)

    def _leave(self, generation: Generation) -> None:
        if generation.unsaved:
            generation.commit()
            generation.save()
        generation.close()


async def wholly(work: Callable[..., Result], *arguments: object) -> Result:
    """Do something in a thread, to its end: a thread cannot be cancelled, and who is cancelled while it works must not
    let others at the index before it is through."""
    thread = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])
        raise


def words_of(thread: Thread) -> str:
    """The text that a question or a piece of know-how is found by: its own words and its answers'. An answer
    carried over from another channel has other readers: it must not make the question come up."""
    here = (answer.text for answer in thread.answers if answer.ref.channel == thread.item.ref.channel)
    return "\n".join([thread.item.text, *here])


def _keep(generation: Generation) -> None:
    generation.commit()
    if generation.unsaved >= SAVE_EVERY:
        generation.save()


def _claim(folder: Path) -> int | None:
    """The right to write, held until the process ends or lets go; None when another process has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"the search index cannot be kept in {folder}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _generations(folder: Path) -> Iterable[Path]:
    return (path for path in folder.iterdir() if path.is_dir() and path.name.startswith("g"))


def _unused(folder: Path) -> Path:
    last = max((int(path.name[1:]) for path in _generations(folder) if path.name[1:].isdigit()), default=0)
    return folder / f"g{last + 1}"


def _tidy(folder: Path, used: Path) -> None:
    """Remove generations that nothing uses: replaced, or left half-made by a crash."""
    for path in _generations(folder):
        if path != used:
            shutil.rmtree(path, ignore_errors=True)
