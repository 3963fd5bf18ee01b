"""A second thread for what needs no Python: tantivy and faiss let go of the interpreter while they work, so that on two
cores two of their calls take as long as the longer one. Only for calls of a millisecond: many short ones would keep
waiting for the interpreter, and for each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

_POOL = ThreadPoolExecutor(1, "search")


def both(here: Callable[[], A], there: Callable[[], B]) -> tuple[A, B]:
    """What comes of both, the second done by the other thread unless that is busy until the first is done. Neither goes
    on when it returns or raises."""
    begun = _POOL.submit(there)
    try:
        mine = here()
        return mine, there() if begun.cancel() else begun.result()
    finally:
        begun.cancel()
        wait([begun])
