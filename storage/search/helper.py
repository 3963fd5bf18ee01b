"""A second thread for what needs no Python: tantivy and faiss let go of the interpreter while they work, so that on two
cores two of their calls take as long as the longer one. Only for calls of a millisecond: many short ones would keep
waiting for the interpreter, and for each other."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

_POOL = ThreadPoolExecutor(1, "search")


def share(one: Callable[[], A], others: Sequence[Callable[[], B]]) -> tuple[A, list[B]]:
    """What comes of all these calls, each made by whichever of the two threads is free. None goes on when this returns
    or raises."""
    queue, done = deque[tuple[int, Callable[[], Any]]](enumerate((one, *others))), dict[int, Any]()

    def work() -> None:
        while queue:
            try:
                number, call = queue.popleft()
            except IndexError:  # the other one was quicker
                return
            done[number] = call()

    begun = _POOL.submit(work)
    try:
        work()
    finally:
        queue.clear()
        begun.cancel()
        wait([begun])
    if not begun.cancelled():
        begun.result()
    return done[0], [done[number] for number in range(1, 1 + len(others))]
