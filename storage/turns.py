"""Group commit: transactions take turns on the one connection that writes and share a commit.

A transaction is a seat. The writer lets one seat work at a time, each behind a savepoint, and commits when nobody
waits any more, or after GROUP_SECONDS, or GROUP_SEATS. Whoever sat in the group hears of it after the commit.
What goes wrong in one seat undoes that seat; what goes wrong with the whole (a full disk) fails every seat.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from bot.errors import StoreError

GROUP_SECONDS = 0.02
GROUP_SEATS = 128


class Line(Protocol):
    """The connection that writes. Every method raises StoreError."""

    async def begin(self) -> None:
        """Begin a transaction that may write."""
        ...

    async def save(self) -> None:
        """Set a savepoint."""
        ...

    async def back(self) -> None:
        """Undo what was done since the last savepoint."""
        ...

    async def commit(self) -> None:
        """On disk when it returns."""
        ...

    async def rollback(self) -> None:
        """Undo everything, whatever state the connection is in, and make it usable again if that is possible.
        Never raises."""
        ...

    def under_way(self) -> bool:
        """Whether the transaction that was begun is still there."""
        ...


class Seat:
    """One transaction's place. `trouble` is what broke more than one statement: it cannot be committed then."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[StoreError | None] = loop.create_future()
        self.left: asyncio.Future[bool] = loop.create_future()
        self.done: asyncio.Future[StoreError | None] = loop.create_future()
        self.trouble: StoreError | None = None

    def leave(self, *, well: bool) -> None:
        """The transaction's block has ended."""
        if not self.left.done():
            self.left.set_result(well)

    def tell(self, error: StoreError | None) -> None:
        """What became of it; nobody may be listening any more."""
        for ear in (self.ready, self.done):
            if not ear.done():
                ear.set_result(error)

    async def sit(self) -> bool:
        """Let the transaction work; whether it is to be kept."""
        if self.ready.done():
            return False
        self.ready.set_result(None)
        return await self.left and self.trouble is None


class Alone:
    """Work that nobody may share a transaction with."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self.work = work
        self.done: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()

    def tell(self, error: StoreError | None) -> None:
        """What became of it."""
        if not self.done.done():
            self.done.set_result(error)


class Turns:
    """The writer: one task that serves whoever waits, in order."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: deque[Seat | Alone] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        self._task = asyncio.create_task(self._serve(), name="the record's writer")

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[Seat]:
        """A turn to write. Raises StoreError when it could not begin or was not committed."""
        seat = Seat()
        self._put(seat)
        try:
            _raise(await seat.ready)
            yield seat
        except BaseException:
            seat.leave(well=False)
            raise
        seat.leave(well=True)
        _raise(await seat.done)

    async def alone(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` between two groups. Raises StoreError."""
        turn = Alone(work)
        self._put(turn)
        _raise(await turn.done)

    async def close(self) -> None:
        """Serve who is waiting, then stop."""
        self._closed = True
        self._wake.set()
        await asyncio.shield(self._task)

    def _put(self, turn: Seat | Alone) -> None:
        if self._closed:
            raise StoreError("The record is closed; nothing was stored.")
        self._waiting.append(turn)
        self._wake.set()

    async def _serve(self) -> None:
        while True:
            while self._waiting:
                turn = self._waiting.popleft()
                await (self._serve_group(turn) if isinstance(turn, Seat) else self._serve_alone(turn))
            if self._closed:
                return
            self._wake.clear()
            await self._wake.wait()

    async def _serve_alone(self, turn: Alone) -> None:
        try:
            await turn.work()
        except Exception as wrong:  # the writer must live on, whatever the work was
            turn.tell(_as_store_error(wrong))
        else:
            turn.tell(None)

    async def _serve_group(self, first: Seat) -> None:
        """From BEGIN to COMMIT. Whoever was served hears the same end."""
        kept: list[Seat] = []
        seat: Seat | None = first
        try:
            await self._line.begin()
            until = asyncio.get_running_loop().time() + GROUP_SECONDS
            while seat is not None:
                await self._serve_seat(seat, kept)
                seat = self._next(until, len(kept))
            await (self._line.commit() if kept else self._line.rollback())
        except Exception as wrong:  # the writer must live on; each seat raises it where its owner sees it
            await self._line.rollback()
            _tell([*kept, *([seat] if seat else [])], _as_store_error(wrong))
        else:
            _tell(kept, None)

    async def _serve_seat(self, seat: Seat, kept: list[Seat]) -> None:
        if seat.ready.done():  # its task was cancelled while it waited
            return
        await self._line.save()
        keep = await seat.sit()
        if not self._line.under_way():
            raise seat.trouble or StoreError("The database undid the whole transaction; nothing was stored.")
        if keep:
            kept.append(seat)
        else:
            await self._line.back()
            seat.tell(seat.trouble)

    def _next(self, until: float, seats: int) -> Seat | None:
        if seats >= GROUP_SEATS or asyncio.get_running_loop().time() >= until or not self._waiting:
            return None
        turn = self._waiting[0]
        if not isinstance(turn, Seat):
            return None
        self._waiting.popleft()
        return turn


def _tell(seats: list[Seat], error: StoreError | None) -> None:
    for seat in seats:
        seat.tell(error)


def _raise(error: StoreError | None) -> None:
    """Each seat raises an error of its own: one error raised in many places would collect their tracebacks."""
    if error is not None:
        raise type(error)(*error.args) from error


def _as_store_error(wrong: Exception) -> StoreError:
    if isinstance(wrong, StoreError):
        return wrong
    return StoreError(f"The record could not be written ({type(wrong).__name__}); nothing was stored.")
