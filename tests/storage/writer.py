"""A process that writes and says so, to be killed or starved by a test.

    python -m tests.storage.writer URL WRITERS [BYTES]

Prints the number of each transaction after it was committed. BYTES limits the size of files: a full disk.
"""

import asyncio
import resource
import signal
import sys

from bot.errors import StoreError, StoreFull
from bot.events import EventId
from bot.ports import Store
from storage import open_store
from tests.storage.examples import NOW, message, outgoing


async def write(store: Store, number: int, words: str = "") -> None:
    """One transaction with something of everything in it."""
    async with store.transaction() as tx:
        await tx.take_in([EventId(str(number))], NOW)
        await tx.add_messages([message(str(number), text=f"{number} {words}")])
        await tx.put_out([outgoing(str(number))])


async def write_on(store: Store, writer: int, writers: int, start: int) -> None:
    """Until somebody kills us."""
    number = start + writer
    while True:
        await write(store, number)
        print(number, flush=True)
        number += writers


async def fill_up(store: Store, size: int) -> None:
    """Until the disk is full; then make room and go on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    number = 0
    try:
        while True:
            await write(store, number, "words " * 200)
            print(number, flush=True)
            number += 1
    except StoreFull as full:
        print(f"full: {full}", flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await write(store, number + 1)
    print(number + 1, flush=True)


async def main(url: str, writers: int, limit: int) -> None:
    """Write."""
    store = await open_store(url)
    try:
        if limit:
            return await fill_up(store, limit)
        async with store.snapshot() as tx:
            newest = await tx.recent(message("0").ref.channel, 1)
        start = int(newest[0].ref.id) + 1000 if newest else 0
        await asyncio.gather(*(write_on(store, writer, writers, start) for writer in range(writers)))
    except StoreError as wrong:
        print(f"stopped: {wrong}", flush=True)
    finally:
        await store.close()


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
