"""What was acknowledged is there, whatever happens to the process or the disk."""

import asyncio
import random
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import replace

import pytest

from bot.errors import StoreFull, StoreRefused
from bot.events import EventId
from bot.outgoing import SendState
from bot.ports import Store
from storage import open_store
from tests.storage.examples import NOW, message, ref, where

KILLS = 20


async def start(url: str, *args: object) -> Process:
    """A process that writes."""
    module = [sys.executable, "-m", "tests.storage.writer", url, *map(str, args)]
    return await asyncio.create_subprocess_exec(*module, stdout=PIPE)


async def read(process: Process, lines: int) -> list[str]:
    """So many of its lines, or until it ends."""
    assert process.stdout is not None
    found = list[str]()
    while len(found) < lines and (line := await process.stdout.readline()):
        found.append(line.decode().strip())
    return found


async def rest(process: Process) -> list[str]:
    """What else it said; its last line may be cut off."""
    assert process.stdout is not None
    text = (await process.stdout.read()).decode()
    return text.split("\n")[:-1]


async def lacking(store: Store, numbers: list[str]) -> set[str]:
    """Which of these transactions are not there whole."""
    async with store.snapshot() as tx:
        unseen = await tx.unseen([EventId(number) for number in numbers])
        said = {one.ref.id for one in await tx.recent(where("care"), 1_000_000)}
        waiting = {one.key for one in await tx.out(SendState.NEW, 1_000_000)}
    return set(unseen) | (set(numbers) - (said & waiting))


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_by_kill_9(store_url: str) -> None:
    dice, acknowledged = random.Random(9), list[str]()
    for _ in range(KILLS):
        process = await start(store_url, dice.choice([1, 16]))
        acknowledged += await read(process, dice.randrange(1, 60))
        process.kill()
        acknowledged += await rest(process)
        await process.wait()
    assert len(acknowledged) > KILLS
    path = store_url.partition("///")[2]
    store = await open_store(store_url)
    assert await lacking(store, acknowledged) == set()
    await store.close()
    with sqlite3.connect(path) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        events, messages, letters = (
            conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("inbox", "messages", "outbox")
        )
        assert events == messages == letters
    conn.close()


@pytest.mark.parametrize("limit", [400_000, 700_000])
async def test_a_full_disk_is_said_and_survived(store_url: str, limit: int) -> None:
    """The limit is met in the write-ahead log, at whatever statement that happens to be."""
    process = await start(store_url, 1, limit)
    lines = await rest(process)
    await process.wait()
    said = [line for line in lines if not line.isdigit()]
    assert len(said) == 1
    assert said[0].startswith("full: There is no room to write")
    numbers = [line for line in lines if line.isdigit()]
    assert len(numbers) > 3
    store = await open_store(store_url)
    assert await lacking(store, numbers) == set()
    async with store.snapshot() as tx:
        assert await tx.message(ref(str(len(numbers) - 1))) is None, "the one that was refused"
    await store.close()


async def test_a_full_database_fails_the_transaction_whole(store: Store) -> None:
    """Full in the middle of a transaction that goes on as if nothing had happened."""
    writer = store._writer  # type: ignore[attr-defined] # to narrow the disk
    await writer.begin()
    await writer.rollback()
    pages = (await writer._ask("PRAGMA page_count"))[0][0]
    await writer._say(f"PRAGMA max_page_count={pages + 4}")
    big = [message(str(n), text="words " * 500) for n in range(50)]
    with pytest.raises(StoreFull, match="Make room"):  # noqa: PT012 # the block is what must not be kept
        async with store.transaction() as tx:
            await tx.take_in([EventId("a")], NOW)
            with pytest.raises(StoreFull):
                await tx.add_messages(big)
            with pytest.raises(StoreFull):
                await tx.take_in([EventId("b")], NOW)
    await writer._say("PRAGMA max_page_count=1000000")
    async with store.transaction() as tx:
        assert await tx.unseen([EventId("a"), EventId("b")]) == {"a", "b"}
        assert len(await tx.add_messages(big)) == 50


async def test_a_connection_that_breaks_is_replaced(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.take_in([EventId("a")], NOW)
    await store._writer._raw.close()  # type: ignore[attr-defined] # behind everybody's back
    ends = list[object]()
    for _ in range(3):
        try:
            async with store.transaction() as tx:
                ends.append(await tx.take_in([EventId("b")], NOW))
        except Exception as wrong:
            ends.append(type(wrong).__name__)
    assert ends[-1] in (frozenset(), {"b"})


async def test_a_row_that_breaks_a_rule_is_refused_and_the_record_is_well(store: Store) -> None:
    """What was handed in is wrong, not the record: whoever handed it in must not try again."""
    broken = replace(message("1"), author=None)  # type: ignore[arg-type]
    with pytest.raises(StoreRefused):
        async with store.transaction() as tx:
            await tx.add_messages([broken])
    async with store.transaction() as tx:
        assert await tx.add_messages([message("2")])
