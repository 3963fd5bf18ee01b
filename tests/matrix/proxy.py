"""A small proxy between Ander and its homeserver that fails as it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

_HOP = {"host", "connection", "transfer-encoding", "content-length", "content-encoding", "accept-encoding"}


class Proxy:
    """`failing`: so many of the next requests get a 502; `losing`: so many are passed on, and the answer is lost;
    `down`: nobody answers. `seen` counts requests."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.url = ""
        self.failing = 0
        self.losing = 0
        self.down = False
        self.seen = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listen on a port of its own while inside."""
        app = web.Application(client_max_size=100_000_000)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._http:
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        self.seen += 1
        if self.down:
            return self._hang_up(request)
        if self.failing:
            self.failing -= 1
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        url, body = self._target + request.raw_path, await request.read()
        try:
            async with self._http.request(request.method, url, data=body, headers=headers) as answer:
                said = await answer.read()
        except (TimeoutError, aiohttp.ClientError):
            return web.Response(status=502)
        if self.losing and request.method == "PUT":
            self.losing -= 1
            return self._hang_up(request)
        return web.Response(status=answer.status, body=said, content_type="application/json")

    def _hang_up(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=502)
