"""Work that follows behind: vectors of whole threads, retention. Never urgent, always resumable."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.model import ItemVector, Part, Ref, Thread
from bot.world import World

BATCH = 50
"""Texts at a time, where nobody waits for the embedder."""
A_FEW = 6
"""Texts at a time, where somebody may: a live message waits no longer than that."""
THREAD_CHARACTERS = 320
"""A thread's vector is made of its question and as much of its answers as fits: the encoder averages, and more
text only blurs it."""


async def embed(
    world: World, *, at_once: int = BATCH, resting: int = 0, progress: Callable[[int], None] | None = None
) -> int:
    """Make the vectors that are missing or outdated, `at_once` so many; returns how many. `resting`: see
    `lacking_vectors`."""
    done = 0
    for part in (Part.OWN, Part.THREAD):
        while made := await _embed_some(world, part, at_once, resting):
            done += made
            if progress:
                progress(done)
    return done


async def _embed_some(world: World, part: Part, at_once: int, resting: int) -> int:
    model = world.embedder.model
    async with world.store.snapshot() as tx:
        refs = await tx.lacking_vectors(part, model, at_once, resting=resting)
        threads = await tx.threads(refs)
        known = {ref: text_of(threads[ref], part) for ref in refs if ref in threads}
        vectors = await tx.vectors(_filled(threads), Part.OWN, model) if part is Part.THREAD else {}
    missing = [ref for ref in known if ref not in vectors]
    made = await world.embedder.embed([known[ref] for ref in missing]) if missing else ()
    vectors = {**vectors, **dict(zip(missing, made, strict=True))}
    async with world.store.transaction() as tx:
        await tx.put_vectors([ItemVector(ref=ref, part=part, model=model, vector=vectors[ref]) for ref in known])
    return len(known)


def _filled(threads: Mapping[Ref, Thread]) -> list[Ref]:
    """Threads of which only the question is read, so that its vector is theirs as well."""
    return [ref for ref, thread in threads.items() if len(thread.item.text) >= THREAD_CHARACTERS]


def text_of(thread: Thread, part: Part) -> str:
    """What a vector of this part stands for."""
    return thread.item.text if part is Part.OWN else thread_text(thread)


def thread_text(thread: Thread) -> str:
    """What a thread's vector stands for: nothing from another channel, which not every reader may read."""
    here = [answer.text for answer in thread.answers if answer.ref.channel == thread.item.ref.channel]
    parts = [thread.item.text, *here]
    return "\n".join(parts)[:THREAD_CHARACTERS]


async def purge(world: World) -> int:
    """Retention: drop messages older than the administrator keeps them; returns how many."""
    days = world.config.privacy.retention_days
    if not days:
        return 0
    before = world.clock() - timedelta(days=days)
    total = 0
    while True:
        async with world.store.transaction() as tx:
            gone = await tx.purge(before, 1000)
        total += gone
        if gone < 1000:
            return total
