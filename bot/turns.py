"""First come, first served: work that gets ready at its own pace, but goes on in the order in which it came."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

Ready = TypeVar("Ready")


class Turns:
    """A line of people: each gets ready while waiting, one at a time is served, nobody overtakes."""

    def __init__(self) -> None:
        self._last: asyncio.Future[None] | None = None

    @asynccontextmanager
    async def take(self, getting_ready: Awaitable[Ready]) -> AsyncIterator[Ready]:
        """Queue at once, get ready, and run the block when everybody before has left it, also when they failed."""
        before, mine = self._last, asyncio.get_running_loop().create_future()
        self._last = mine
        try:
            ready = await getting_ready
            if before is not None:
                await asyncio.shield(before)
            yield ready
        finally:
            _leave(mine, before)


def _leave(mine: asyncio.Future[None], before: asyncio.Future[None] | None) -> None:
    """Whoever leaves early still keeps the place: the next one waits for those before as well."""
    if before is None or before.done():
        mine.set_result(None)
    else:
        before.add_done_callback(lambda _: mine.set_result(None))
