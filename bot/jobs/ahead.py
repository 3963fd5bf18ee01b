"""Reading ahead for the second reading, so that a search need not: never urgent, a little at a time."""

from bot.model import ItemVector, Part
from bot.ports import Embedder
from bot.practice.second import beginning
from bot.world import World

MOST = 200
"""Threads per tick: under ten seconds of a slow core, so that what else is due does not wait."""
BATCH = 4
"""Threads at a time: a search that comes in between waits no longer than that."""


async def read_ahead(world: World, *, most: int = MOST) -> int:
    """Make vectors of threads that lack one or changed since; returns how many. Nothing without a second embedder."""
    done = 0
    while world.second is not None and done < most:
        made = await _some(world, world.second, min(BATCH, most - done))
        if not made:
            break
        done += made
    return done


async def _some(world: World, second: Embedder, limit: int) -> int:
    async with world.store.snapshot() as tx:
        refs = await tx.lacking_vectors(Part.NEAR, second.model, limit)
        threads = [*(await tx.threads(refs)).values()]
    if not threads:
        return 0
    rows = await second.embed([beginning(thread) for thread in threads])
    async with world.store.transaction() as tx:
        await tx.put_vectors(
            [
                ItemVector(ref=thread.item.ref, part=Part.NEAR, model=second.model, vector=row)
                for thread, row in zip(threads, rows, strict=True)
            ]
        )
    return len(threads)
