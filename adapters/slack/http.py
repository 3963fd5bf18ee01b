"""Slack over HTTP, and the pages by which workspaces install Ander: a small server behind an address of ours.

Put a proxy with a certificate before it; it listens on this machine only unless told otherwise.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.door import Door

log = logging.getLogger(__name__)

EVENTS, INSTALL, REDIRECT, HEALTH = "/slack/events", "/slack/install", "/slack/oauth_redirect", "/health"
LARGEST = 2 * 2**20
"""Bytes of a request."""


def application(door: Door, *, events: bool) -> web.Application:
    """The pages: what Slack posts to (unless it speaks by socket), and how to install where several may."""
    app, pages = web.Application(client_max_size=LARGEST), _Pages(door)
    app.router.add_get(HEALTH, pages.health)
    if events:
        app.router.add_post(EVENTS, pages.events)
    if door.flow is not None:
        app.router.add_get(INSTALL, pages.install)
        app.router.add_get(REDIRECT, pages.callback)
    return app


class _Pages:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def health(self, request: web.Request) -> web.Response:  # noqa: ARG002 # aiohttp gives it
        return web.Response(text="well")

    async def events(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self._door.from_http(await _read(request)))

    async def install(self, request: web.Request) -> web.Response:
        assert self._door.flow is not None  # noqa: S101 # else there is no such page
        return await to_aiohttp_response(await self._door.flow.handle_installation(await _read(request)))

    async def callback(self, request: web.Request) -> web.Response:
        assert self._door.flow is not None  # noqa: S101 # else there is no such page
        return await to_aiohttp_response(await self._door.flow.handle_callback(await _read(request)))


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve while inside; gives the port. Raises OSError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        real: int = runner.addresses[0][1]
        log.info("listening for Slack on %s:%d", host, real)
        yield real
    finally:
        await runner.cleanup()


async def serve(app: web.Application, host: str, port: int) -> None:
    """Serve until cancelled."""
    async with serving(app, host, port):
        await asyncio.Event().wait()


async def _read(request: web.Request) -> AsyncBoltRequest:
    try:
        return await to_bolt_request(request)
    except (UnicodeDecodeError, ValueError, TypeError, AttributeError) as unreadable:
        raise web.HTTPBadRequest(text="no request of Slack's") from unreadable
