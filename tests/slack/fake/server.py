"""The fake on the wire: an aiohttp server on 127.0.0.1 with the Web API, the sockets, uploads and response urls."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import hdrs, web

import tests.slack.fake.methods  # noqa: F401  (enters the methods)
from tests.slack.fake.calls import METHODS, Call, arguments
from tests.slack.fake.errors import RateLimited, Refused
from tests.slack.fake.faults import DONE, CallFault, Schedule
from tests.slack.fake.limits import Limits
from tests.slack.fake.model import Json
from tests.slack.fake.pace import Pace
from tests.slack.fake.responding import respond
from tests.slack.fake.sockets import Sockets
from tests.slack.fake.state import State

Handler = Callable[[web.Request], Awaitable[web.Response]]
BIGGEST = 50 * 1024 * 1024


class Server:
    """Listens until stopped. `calls`: (method, arguments) of every call heard, faults included. What goes wrong
    with a response_url is planned under that name."""

    def __init__(self, state: State, sockets: Sockets, limits: Limits, schedule: Schedule, pace: Pace) -> None:
        self.state, self.sockets, self.limits = state, sockets, limits
        self.schedule, self.pace = schedule, pace
        self.calls: list[tuple[str, Json]] = []
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen; `state.base` is the address afterwards."""
        app = web.Application(client_max_size=BIGGEST)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/", self.sockets.connect)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_post("/response/{team}/{key}", self._response)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.state.base = f"http://{host}:{port}"

    async def stop(self) -> None:
        """No more."""
        if self._runner is not None:
            await self._runner.cleanup()

    # ── the Web API ───────────────────────────────────────────────────────────────────────────────────────────

    async def _api(self, request: web.Request) -> web.Response:
        return await self._faulty(request, request.match_info["method"], self._answer)

    async def _faulty(self, request: web.Request, method: str, answering: Handler) -> web.Response:
        """Answer, unless something goes wrong with it."""
        fault = self.schedule.for_call(method)
        if fault is not None and fault not in DONE:
            self.calls.append((method, {}))
            return await self._fail(request, method, fault)
        answer = await answering(request)
        return answer if fault is None else await self._spoil(request, answer, fault)

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        try:
            args, bearer, in_header = await arguments(request)
            self.calls.append((method, args))
            call = Call(
                method=method,
                args=args,
                state=self.state,
                sockets=self.sockets,
                limits=self.limits,
                basic=_basic(request),
                in_header=in_header,
            )
            return web.json_response(METHODS.answer(call, bearer), headers=_scopes(call))
        except Refused as refused:
            return web.json_response(refused.answer())
        except RateLimited as limited:
            return _too_many(limited)

    async def _fail(self, request: web.Request, method: str, fault: CallFault) -> web.Response:
        if fault is CallFault.RATE_LIMITED:
            wait = timedelta(seconds=self.schedule.faults.retry_after)
            return _too_many(self.limits.refuse(method, _team(self.state, request), wait))
        if fault is CallFault.BROKEN:
            return web.Response(status=503, text="upstream connect error", content_type="text/html")
        if fault is CallFault.HUNG:
            await asyncio.sleep(self.pace.silence)
        return _hang_up(request)

    async def _spoil(self, request: web.Request, answer: web.Response, fault: CallFault) -> web.Response:
        """It is done; the app does not learn so, or late."""
        if fault is CallFault.LATE:
            await asyncio.sleep(self.pace.late)
            return answer
        if fault is CallFault.BROKEN_AFTER:
            return web.Response(status=500, text="Internal Server Error", content_type="text/html")
        if fault is CallFault.FATAL_AFTER:
            return web.json_response({"ok": False, "error": "fatal_error"})
        return _hang_up(request)

    # ── beside the Web API ────────────────────────────────────────────────────────────────────────────────────

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.state.files.get(request.match_info["file"])
        if file is None or file.content is not None:
            return web.Response(status=404, text="not found")
        content = await _bytes(request)
        if len(content) != file.length:
            return web.Response(status=400, text="length does not match")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _response(self, request: web.Request) -> web.Response:
        return await self._faulty(request, "response_url", self._respond)

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            respond(self.state, request.match_info["key"], await request.json())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        except Refused as refused:
            status = 404 if refused.code in ("no_service", "expired_url", "used_url") else 400
            return web.json_response(refused.answer(), status=status)
        return web.Response(text="ok")


def _team(state: State, request: web.Request) -> str:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = state.tokens.get(bearer)
    return token.team if token else ""


def _scopes(call: Call) -> dict[str, str]:
    """What the token may do, and what the method would have wanted."""
    if call.key is None:
        return {}
    accepted = METHODS.by_name[call.method].any_of
    return {"X-OAuth-Scopes": ",".join(sorted(call.key.scopes)), "X-Accepted-OAuth-Scopes": ",".join(accepted)}


def _too_many(limited: RateLimited) -> web.Response:
    headers = {hdrs.RETRY_AFTER: str(limited.retry_after)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _basic(request: web.Request) -> tuple[str, str] | None:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Basic "):
        return None
    login, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return login, password


async def _bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    form = await request.post()
    part = next((one for one in form.values() if isinstance(one, web.FileField)), None)
    return part.file.read() if part else b""
