"""Socket Mode, after https://docs.slack.dev/apis/events-api/using-socket-mode.

`apps.connections.open` gives a url with a ticket that opens one socket, once. Each envelope goes to one random open
socket; the app acknowledges with its id.
"""

import asyncio
import json
import random
import uuid
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import WSMsgType, web

from tests.slack.fake.delivering import Delivery, NotTaken
from tests.slack.fake.faults import EventFault
from tests.slack.fake.model import Json
from tests.slack.fake.pace import Pace
from tests.slack.fake.state import State

MOST = 10
"""Open sockets per app."""

Reason = Literal["warning", "refresh_requested", "link_disabled"]


@dataclass(slots=True, eq=False)
class Socket:
    """One open socket, and who waits for what on it."""

    id: str
    ws: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    leaving: bool = False
    pings: int = 0


class Sockets:
    """The sockets of the app, and the tickets to open more."""

    def __init__(self, state: State, pace: Pace, rng: random.Random) -> None:
        self.state, self.pace, self.rng = state, pace, rng
        self.slow = "timeout"
        self.tickets: dict[str, bool] = {}
        self.open: list[Socket] = []
        self.opened = 0
        self.refused: list[str] = []
        self.stray: list[str] = []
        self._came = asyncio.Event()
        self._farewells: set[asyncio.Task[None]] = set()

    def ticket(self) -> str:
        """The url of a socket."""
        ticket = self.state.secret()
        self.tickets[ticket] = False
        return f"{self.state.base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.state.app.id}"

    # ── connections ───────────────────────────────────────────────────────────────────────────────────────────

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """The handler of /link/."""
        ticket = request.query.get("ticket", "")
        if self.tickets.get(ticket) is not False:
            self.refused.append(ticket)
            return web.Response(status=408, text="expired")
        self.tickets[ticket] = True
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        socket = Socket(id=self.state.secret(8), ws=ws)
        if len([one for one in self.open if not one.leaving]) >= MOST:
            await self._say_goodbye(socket, "too_many_websockets")
            await ws.close()
            return ws
        await self._serve(socket)
        return ws

    async def _serve(self, socket: Socket) -> None:
        await socket.ws.send_json(self._hello())
        self.open.append(socket)
        self.opened += 1
        self._came.set()
        self.state.changed()
        try:
            await socket.ws.ping(b"Ping from applink-fake")
            async for message in socket.ws:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(socket, message.data)
                elif message.type is WSMsgType.PING:
                    await self._pong(socket, message.data)
        except ConnectionError:
            pass
        finally:
            self._drop(socket)

    async def _pong(self, socket: Socket, data: bytes) -> None:
        socket.pings += 1
        await socket.ws.pong(data)
        self.state.changed()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open) + 1,
            "debug_info": {"host": "applink-fake", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.state.app.id},
        }

    def _acknowledge(self, socket: Socket, text: str) -> None:
        try:
            answer = json.loads(text)
            envelope = answer["envelope_id"]
        except (ValueError, KeyError, TypeError):
            self.stray.append(text)
            return
        holder = next((one for one in [socket, *self.open] if envelope in one.waiting), None)
        waiting = holder.waiting.pop(envelope) if holder else None
        if waiting is None or waiting.done():
            self.stray.append(text)
            return
        waiting.set_result(answer.get("payload") or {})

    def _drop(self, socket: Socket) -> None:
        if socket in self.open:
            self.open.remove(socket)
        for waiting in socket.waiting.values():
            if not waiting.done():
                waiting.set_exception(NotTaken("timeout"))
                waiting.exception()  # nobody may be waiting any more
        socket.waiting.clear()
        self.state.changed()

    # ── disconnecting ─────────────────────────────────────────────────────────────────────────────────────────

    async def disconnect(self, reason: Reason) -> None:
        """Tell every socket that it ends. After a warning it stays for `pace.warning`, else it is closed at once."""
        for socket in list(self.open):
            await self._end(socket, reason)

    async def _end(self, socket: Socket, reason: Reason) -> None:
        socket.leaving = reason != "warning"
        await self._say_goodbye(socket, reason)
        if reason == "warning":
            task = asyncio.ensure_future(self._end_later(socket))
            self._farewells.add(task)
            task.add_done_callback(self._farewells.discard)
        else:
            await socket.ws.close()

    async def _end_later(self, socket: Socket) -> None:
        await asyncio.sleep(self.pace.warning)
        await self._end(socket, "refresh_requested")

    async def _say_goodbye(self, socket: Socket, reason: str) -> None:
        try:
            await socket.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-fake"}})
        except ConnectionError:
            self._drop(socket)

    async def cut(self) -> None:
        """Every socket breaks without a word."""
        for socket in list(self.open):
            self._cut(socket)

    def _cut(self, socket: Socket) -> None:
        transport = socket.ws._req.transport if socket.ws._req else None
        if transport is not None:
            transport.abort()
        self._drop(socket)

    async def close(self) -> None:
        """The end of the fake."""
        for task in list(self._farewells):
            task.cancel()
        for socket in list(self.open):
            await socket.ws.close()

    # ── the line ──────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, delivery: Delivery, number: int, reason: str, fault: EventFault | None) -> Awaitable[Json]:
        """Send an envelope to one random socket."""
        socket = self.rng.choice(await self._candidates())
        envelope = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        waiting = socket.waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            await socket.ws.send_json(_envelope(delivery, envelope, number, reason))
        except ConnectionError:
            self._drop(socket)
            raise NotTaken("timeout") from None
        if fault is EventFault.CUT:
            self._cut(socket)
        elif fault is EventFault.REFRESH:
            await self._end(socket, "refresh_requested")
        return waiting

    async def _candidates(self) -> list[Socket]:
        """The open sockets; while there are none, an envelope waits for as long as for an acknowledgement."""
        while not (found := [one for one in self.open if not one.leaving and not one.ws.closed]):
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), self.pace.ack)
            except TimeoutError:
                raise NotTaken("timeout") from None
        return found


def _envelope(delivery: Delivery, id: str, number: int, reason: str) -> Json:
    envelope: Json = {
        "envelope_id": id,
        "type": delivery.kind,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        envelope |= {"retry_attempt": number, "retry_reason": reason}
    return envelope
