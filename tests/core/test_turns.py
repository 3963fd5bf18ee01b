"""The line: nobody overtakes, whoever fails or gives up does not stop those behind, nor let them pass."""

import asyncio

import pytest

from bot.turns import Turns


async def ready_after(waits: asyncio.Event | None, value: int) -> int:
    if waits is not None:
        await waits.wait()
    return value


async def serve(
    turns: Turns, value: int, served: list[int], waits: asyncio.Event | None = None, lines: str = "a"
) -> None:
    place = turns.join(lines)
    try:
        got = await ready_after(waits, value)
        await place.turn()
        served.append(got)
        if got < 0:
            raise ValueError(got)
    finally:
        place.leave()
        place.leave()


async def test_the_quick_wait_for_the_slow_before_them() -> None:
    turns, served, slow = Turns(), list[int](), asyncio.Event()
    tasks = [
        asyncio.create_task(serve(turns, 1, served, slow)),
        asyncio.create_task(serve(turns, 2, served)),
        asyncio.create_task(serve(turns, 3, served)),
    ]
    await asyncio.sleep(0)
    assert served == []
    slow.set()
    await asyncio.gather(*tasks)
    assert served == [1, 2, 3]


async def test_one_that_fails_lets_the_next_go_on() -> None:
    turns, served = Turns(), list[int]()
    with pytest.raises(ValueError, match="-1"):
        await serve(turns, -1, served)
    await serve(turns, 2, served)
    assert served == [-1, 2]


async def test_one_that_gives_up_while_waiting_lets_nobody_overtake() -> None:
    turns, served, slow = Turns(), list[int](), asyncio.Event()
    first = asyncio.create_task(serve(turns, 1, served, slow))
    await asyncio.sleep(0)
    second = asyncio.create_task(serve(turns, 2, served))
    third = asyncio.create_task(serve(turns, 3, served))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    assert served == []
    slow.set()
    await asyncio.gather(first, third)
    assert served == [1, 3]


async def test_each_line_goes_on_by_itself_and_who_stands_in_several_waits_for_all() -> None:
    turns, served, slow, slower = Turns(), list[int](), asyncio.Event(), asyncio.Event()
    tasks = [
        asyncio.create_task(serve(turns, 1, served, slow, "a")),
        asyncio.create_task(serve(turns, 2, served, slower, "b")),
        asyncio.create_task(serve(turns, 3, served, lines="c")),
        asyncio.create_task(serve(turns, 4, served, lines="ab")),
        asyncio.create_task(serve(turns, 5, served, lines="a")),
    ]
    for event, now in ((asyncio.Event(), [3]), (slow, [3, 1]), (slower, [3, 1, 2, 4, 5])):
        event.set()
        for _ in range(10):
            await asyncio.sleep(0)
        assert served == now
    await asyncio.gather(*tasks)
    assert not turns._last
