"""Transactions that share a commit, and what happens to each when something goes wrong with one or all."""

import asyncio

import pytest

from bot.errors import StoreError, StoreFull
from bot.events import EventId
from bot.ports import Store
from storage.turns import Seat, Turns
from tests.storage.examples import NOW, item, ref


class Line:
    """A connection that remembers what it was told, and fails where it is asked to."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.open = False
        self.failing: dict[str, StoreError] = {}

    async def _say(self, word: str) -> None:
        self.said.append(word)
        await asyncio.sleep(0)
        if word in self.failing:
            raise self.failing.pop(word)

    async def begin(self) -> None:
        await self._say("begin")
        self.open = True

    async def save(self) -> None:
        await self._say("save")

    async def back(self) -> None:
        await self._say("back")

    async def commit(self) -> None:
        await self._say("commit")
        self.open = False

    async def rollback(self) -> None:
        self.said.append("rollback")
        self.open = False

    def under_way(self) -> bool:
        return self.open


async def sit(turns: Turns, *, wrong: Exception | None = None) -> str:
    """A transaction that does nothing but perhaps go wrong."""
    async with turns.seat():
        await asyncio.sleep(0)
        if wrong:
            raise wrong
    return "kept"


async def all_of(*work: object) -> list[object]:
    return list(await asyncio.gather(*work, return_exceptions=True))  # type: ignore[call-overload]


async def test_who_waits_together_shares_a_commit() -> None:
    line = Line()
    turns = Turns(line)
    assert await all_of(*(sit(turns) for _ in range(5))) == ["kept"] * 5
    assert line.said.count("commit") == 1
    await turns.close()


async def test_one_that_goes_wrong_undoes_itself_only() -> None:
    line = Line()
    turns = Turns(line)
    wrong = ValueError()
    assert await all_of(sit(turns), sit(turns, wrong=wrong), sit(turns)) == ["kept", wrong, "kept"]
    assert line.said == ["begin", "save", "save", "back", "save", "commit"]
    await turns.close()


async def test_a_failing_commit_fails_everybody_and_then_it_goes_on() -> None:
    line = Line()
    line.failing["commit"] = StoreFull("full")
    turns = Turns(line)
    ends = await all_of(sit(turns), sit(turns))
    assert [type(end) for end in ends] == [StoreFull, StoreFull]
    assert ends[0] is not ends[1]
    assert await sit(turns) == "kept"
    await turns.close()


@pytest.mark.parametrize("word", ["begin", "save", "back"])
async def test_any_failing_statement_fails_the_group_and_then_it_goes_on(word: str) -> None:
    line = Line()
    line.failing[word] = StoreError("no")
    turns = Turns(line)
    ends = await all_of(sit(turns), sit(turns, wrong=ValueError()))
    assert any(isinstance(end, StoreError) for end in ends)
    assert await sit(turns) == "kept"
    assert line.said[-1] == "commit"
    await turns.close()


async def test_a_lost_transaction_fails_everybody_in_it() -> None:
    line = Line()
    turns = Turns(line)

    async def lose() -> None:
        async with turns.seat() as seat:
            line.open = False  # as SQLite does when the disk is full
            seat.trouble = StoreFull("full")

    ends = await all_of(sit(turns), lose())
    assert [type(end) for end in ends] == [StoreFull, StoreFull]
    assert "commit" not in line.said
    await turns.close()


async def test_trouble_that_was_swallowed_is_not_kept() -> None:
    turns = Turns(Line())

    async def swallow() -> None:
        async with turns.seat() as seat:
            seat.trouble = StoreError("a statement failed")

    assert [type(end) for end in await all_of(swallow(), sit(turns))] == [StoreError, str]
    await turns.close()


async def test_cancelling_one_that_waits_leaves_the_others() -> None:
    line = Line()
    turns = Turns(line)
    tasks = [asyncio.create_task(sit(turns)) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[2].cancel()
    ends = await all_of(*tasks)
    assert [isinstance(end, asyncio.CancelledError) for end in ends] == [True, False, True, False]
    assert line.said[-1] == "commit"
    await turns.close()


async def test_nobody_gets_a_turn_after_the_end() -> None:
    turns = Turns(Line())
    waiting = asyncio.create_task(sit(turns))
    await asyncio.sleep(0)
    await turns.close()
    assert await waiting == "kept"
    with pytest.raises(StoreError, match="closed"):
        await sit(turns)


async def test_a_seat_can_be_told_twice() -> None:
    seat = Seat()
    seat.tell(None)
    seat.tell(StoreError("late"))
    assert await seat.done is None


# ── the same with a real record ───────────────────────────────────────────────────────────────────────────────────


async def write(store: Store, number: int, *, wrong: bool = False) -> None:
    async with store.transaction() as tx:
        await tx.take_in([EventId(str(number))], NOW)
        if wrong:
            raise ValueError(number)


async def test_a_hundred_writers(store: Store) -> None:
    ends = await all_of(*(write(store, number, wrong=number % 3 == 0) for number in range(100)))
    async with store.snapshot() as tx:
        unseen = await tx.unseen([EventId(str(number)) for number in range(100)])
    assert unseen == {str(number) for number, end in enumerate(ends) if end is not None}
    assert len(unseen) == 34


async def test_cancelled_in_the_middle_of_a_statement(store: Store) -> None:
    """Whoever shares the commit must not notice."""
    for moment in range(12):
        tasks = [asyncio.create_task(write(store, moment * 10 + number)) for number in range(3)]
        for _ in range(moment):
            await asyncio.sleep(0)
        tasks[1].cancel()
        first, second, third = await all_of(*tasks)
        assert (first, third) == (None, None)
        async with store.snapshot() as tx:
            unseen = await tx.unseen([EventId(str(moment * 10 + number)) for number in range(3)])
        assert unseen <= {str(moment * 10 + 1)}
        assert second is None or isinstance(second, asyncio.CancelledError)


async def test_a_transaction_is_over_after_its_block(store: Store) -> None:
    async with store.transaction() as tx:
        pass
    with pytest.raises(StoreError, match="over"):
        await tx.put_items([item("q")])
    async with store.snapshot() as later:
        assert await later.items([ref("q")]) == {}
