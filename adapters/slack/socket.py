"""Socket Mode: Slack speaks to Ander through a web socket that Ander opens, so that no address has to be public.

Each url opens one socket, once. A socket that Slack wants to end is replaced before it closes, so that nothing waits;
when it breaks, a new one is opened with a growing pause. An envelope is acknowledged on the socket it came on, after
what it told is on disk; without that Slack sends it again.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from adapters.untrusted import Raw, words
from bot.errors import TransportError

log = logging.getLogger(__name__)

HEARTBEAT = 15.0
"""Seconds between pings of ours; without an answer within half of it the socket counts as broken."""
_HELLO = 10.0
_LONGEST_PAUSE = 30.0
_LONG_ENOUGH = 60.0
"""Seconds after which a socket that breaks is no sign of a lasting trouble."""
_LARGEST = 4 * 2**20
_AT_ONCE = 500
"""Envelopes of one socket that may be under way; more wait in Slack's buffers."""

Hear = Callable[[Raw], Awaitable[Raw | None]]
"""Takes an envelope; returns what to acknowledge it with, None not to acknowledge it."""


@dataclass(slots=True, kw_only=True)
class Sockets:
    """Keeps one socket open until cancelled. `url` asks Slack for a fresh one and raises TransportError, permanent when
    trying again will not help. `opened` is called for each socket after Slack said hello, with the seconds there was
    none before it; `closed` when it ended."""

    url: Callable[[], Awaitable[str]]
    hear: Hear
    session: aiohttp.ClientSession
    opened: Callable[[float], None] = lambda _: None
    closed: Callable[[], None] = lambda: None
    heartbeat: float = HEARTBEAT
    first_pause: float = 1.0
    _open: int = 0
    _last: float | None = None
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled. Raises TransportError(permanent=True) when only the administrator can help."""
        failures = 0
        now = asyncio.get_running_loop().time
        try:
            while True:
                begun = now()
                try:
                    await self._one()
                except (TransportError, aiohttp.ClientError, TimeoutError, OSError) as failed:
                    if isinstance(failed, TransportError) and not failed.retryable:
                        raise
                    failures = 1 if now() - begun > _LONG_ENOUGH else failures + 1
                    await asyncio.sleep(self._pause(failed, failures))
        finally:
            for task in list(self._leaving):
                task.cancel()
            await asyncio.gather(*self._leaving, return_exceptions=True)

    def _pause(self, failed: Exception, failures: int) -> float:
        asked = failed.retry_after if isinstance(failed, TransportError) else None
        pause = asked or min(self.first_pause * 2 ** (failures - 1), _LONGEST_PAUSE)
        log.warning("no socket to Slack (%s); next try in %.1f s", type(failed).__name__, pause)
        return pause

    async def _one(self) -> None:
        """Open a socket and read it until it is to be replaced. Raises ClientError when it ends before."""
        url = await self.url()
        async with asyncio.timeout(_HELLO):  # not wait_for: that one can swallow being cancelled
            ws = await self.session.ws_connect(url, heartbeat=self.heartbeat, max_msg_size=_LARGEST)
        socket = _Socket(ws=ws, hear=self.hear)
        try:
            async with asyncio.timeout(_HELLO):
                await socket.hello()
        except BaseException:
            await ws.close()
            raise
        self._begin()
        reading = asyncio.create_task(self._read(socket), name="slack socket")
        self._leaving.add(reading)
        reading.add_done_callback(self._leaving.discard)
        try:
            await socket.ending.wait()
        except BaseException:
            reading.cancel()
            raise
        if not socket.farewell:
            await reading
            raise aiohttp.ClientConnectionError("the socket ended without a word")

    async def _read(self, socket: "_Socket") -> None:
        try:
            await socket.read()
        finally:
            self._open -= 1
            self.closed()
            if not self._open:
                self._last = asyncio.get_running_loop().time()

    def _begin(self) -> None:
        now = asyncio.get_running_loop().time()
        gap = now - self._last if self._last is not None and not self._open else 0.0
        self._open += 1
        self.opened(gap)


@dataclass(slots=True, kw_only=True)
class _Socket:
    """One web socket. `ending` is set when it ended or Slack asked for another; `farewell`: the latter."""

    ws: aiohttp.ClientWebSocketResponse
    hear: Hear
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    farewell: bool = False
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def hello(self) -> None:
        """Slack says so when the socket is of use. Raises ClientError when it says anything else."""
        message = await self._next()
        if message is None or message.get("type") != "hello":
            raise aiohttp.ClientConnectionError("no hello")

    async def read(self) -> None:
        """Until the socket ends; what is under way is finished first."""
        try:
            while (message := await self._next()) is not None:
                if message.get("type") == "disconnect":
                    self._leave(words(message, "reason", 60))
                elif words(message, "envelope_id", 100):
                    await self.room.acquire()
                    self._start(message)
        finally:
            self.ending.set()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.ws.close()

    def _leave(self, reason: str) -> None:
        """Slack ends the socket soon: let another be opened; this one is read as long as it speaks."""
        if reason == "link_disabled":
            log.warning("Slack says that Socket Mode was switched off for this app")
        self.farewell = True
        self.ending.set()

    def _start(self, message: Raw) -> None:
        task = asyncio.create_task(self._take(message))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.room.release()
        if not task.cancelled() and (wrong := task.exception()):
            log.error("an envelope could not be taken: %s", type(wrong).__name__)

    async def _take(self, message: Raw) -> None:
        answer = await self.hear(message)
        if answer is None:
            return
        body: Raw = {"envelope_id": message["envelope_id"]}
        try:
            await self.ws.send_json(body | ({"payload": answer} if answer else {}))
        except (ConnectionError, aiohttp.ClientError, RuntimeError):
            log.info("the socket closed before an acknowledgement; Slack will send it again")

    async def _next(self) -> Raw | None:
        """The next JSON object; None at the end."""
        while True:
            received = await self.ws.receive()
            if received.type is aiohttp.WSMsgType.TEXT:
                found = _parse(received.data)
                if found is not None:
                    return found
            elif received.type not in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.CONTINUATION):
                return None


def _parse(text: Any) -> Raw | None:
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
