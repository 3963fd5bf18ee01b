"""What arrives while a batch is being taken in forms the next batch: one commit for many, in the order they came."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from bot.errors import StoreBusy
from bot.events import Event
from bot.ports import Listener

WAITING = 2000
"""Events that may wait; more are turned away, and the platform brings them again."""
BATCH = 200


class Intake:
    """A queue before `Listener.listen`. Use as a context: leaving it ends the work, and who waits hears so."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._waiting: deque[tuple[Sequence[Event], asyncio.Future[None]]] = deque()
        self._size = 0
        self._came = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def put(self, events: Sequence[Event]) -> None:
        """Returns after the events are on disk. Raises what `listen` raises; StoreBusy when too many wait."""
        if not events:
            return
        if self._size + len(events) > WAITING:
            raise StoreBusy("more happens than can be taken in")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, done))
        self._size += len(events)
        self._came.set()
        await done

    async def __aenter__(self) -> Self:
        self._worker = asyncio.create_task(self._work(), name="intake")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
        for _, done in self._waiting:
            done.cancel()
        self._waiting.clear()

    async def _work(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                await self._take_in(self._batch())

    def _batch(self) -> list[tuple[Sequence[Event], asyncio.Future[None]]]:
        batch, size = [self._waiting.popleft()], 0
        while self._waiting and size + len(self._waiting[0][0]) <= BATCH:
            size += len(self._waiting[0][0])
            batch.append(self._waiting.popleft())
        return batch

    async def _take_in(self, batch: list[tuple[Sequence[Event], asyncio.Future[None]]]) -> None:
        events = [event for some, _ in batch for event in some]
        try:
            await self._listener.listen(events)
        except asyncio.CancelledError:
            for _, done in batch:
                done.cancel()
            raise
        except Exception as wrong:
            _settle(batch, wrong)
        else:
            _settle(batch, None)
        finally:
            self._size -= len(events)


def _settle(batch: list[tuple[Sequence[Event], asyncio.Future[None]]], wrong: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if wrong is None:
            done.set_result(None)
        else:
            done.set_exception(wrong)
