"""Slack over HTTP, and the pages by which workspaces install Ander: an ASGI application, and a server that runs it.

Put a proxy with a certificate before it; our own server listens on this machine only unless told otherwise.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import uvicorn
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from adapters.slack import paths
from adapters.slack.door import Door
from bot.errors import ConfigError

log = logging.getLogger(__name__)

LARGEST = 2 * 2**20
"""Bytes of a request."""
GRACE = 5
"""Seconds that a stop waits for requests under way."""

KEPT = 75
"""Seconds that a connection stays open for the next request: longer than proxies keep theirs, so that they end it."""

Answer = Callable[[Door, AsyncBoltRequest], Awaitable[BoltResponse]]


def application(
    door: Callable[[], Door | None],
    *,
    events: bool,
    installs: bool,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """The pages: what Slack posts to (unless it speaks by socket), and how to install where several may. `door` gives
    None as long as nobody listens behind it: then Slack is asked to come again."""

    def page(path: str, method: str, answer: Answer) -> Route:
        async def respond(request: Request) -> Response:
            return await _respond(request, door(), answer)

        return Route(path, respond, methods=[method])

    routes = [Route(paths.HEALTH, _health)]
    if events:
        routes.append(page(paths.EVENTS, "POST", Door.from_http))
    if installs:
        routes.append(page(paths.INSTALL, "GET", Door.install))
        routes.append(page(paths.REDIRECT, "GET", Door.installed))
    return Starlette(routes=routes, lifespan=lifespan, max_body_size=LARGEST)


async def _health(request: Request) -> Response:  # noqa: ARG001 # Starlette gives it
    return PlainTextResponse("well")


async def _respond(request: Request, door: Door | None, answer: Answer) -> Response:
    if door is None:
        return PlainTextResponse("not ready yet", status_code=503)
    try:
        asked = to_async_bolt_request(request, await request.body())
    except (ClientDisconnect, UnicodeDecodeError, ValueError, TypeError, AttributeError):
        return PlainTextResponse("no request of Slack's", status_code=400)
    return to_starlette_response(await answer(door, asked))


class _Server(uvicorn.Server):
    """One that leaves the process' signals alone: who runs it says when it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn.Server."""
        yield

    def close(self) -> None:
        """Hear nobody any more, without waiting."""
        for one in getattr(self, "servers", []):  # there are none before it has started
            one.close()


@asynccontextmanager
async def serving(app: Starlette, host: str, port: int) -> AsyncIterator[int]:
    """Serve while inside; gives the port. What is under way at the end is answered first. Raises ConfigError when
    nothing can listen there."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    line = _listen(host, port)
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEPT,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[line]), name="slack http")
    real: int = line.getsockname()[1]
    log.info("listening for Slack on %s:%d", host, real)
    try:
        yield real
    finally:
        server.should_exit = True
        try:
            await running
        finally:  # cancelled meanwhile, uvicorn leaves the port taken
            server.close()
            line.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as taken:
        raise ConfigError(
            f"Ander cannot listen for Slack on {host}:{port} ({taken.strerror or taken}). Choose another `host` or "
            "`port` under [slack], or end what uses it."
        ) from taken
