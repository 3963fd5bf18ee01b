"""Where everything from Slack comes in, by socket or by HTTP: one Bolt app, one function behind it.

Bolt reads requests and answers handshakes, and its OAuth flow leads installations; who may do what is not its business
here, so it stops before it authorises anybody, which would cost a call to Slack for each event.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock as SecondsClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.untrusted import Raw
from bot.ports import Clock

log = logging.getLogger(__name__)

Kind = Literal["event", "command", "interaction"]
Take = Callable[[Kind, Raw], Awaitable[bool]]
"""Takes something in; False when it could not be kept and Slack should bring it again."""


class Door:
    """One Bolt app. `flow`: how workspaces install Ander, when several may."""

    def __init__(
        self, take: Take, *, clock: Clock, signing_secret: str = "", flow: AsyncOAuthFlow | None = None
    ) -> None:
        self._signature = SignatureVerifier(signing_secret, _Seconds(clock)) if signing_secret else None
        self.flow = flow
        self.app = AsyncApp(
            name="ander",
            token="-",  # noqa: S106 # Bolt wants one, and takes the environment's otherwise; nothing is called with it
            request_verification_enabled=False,  # see from_http: Bolt's own falls over a timestamp that is no number
            before_authorize=_Stop(take),
        )

    async def from_socket(self, envelope: Raw) -> Raw | None:
        """What to acknowledge an envelope with; None not to acknowledge it."""
        try:
            request = SocketModeRequest.from_dict(envelope)
            response = await run_async_bolt_app(self.app, request) if request else BoltResponse(status=200)
        except (AttributeError, KeyError, TypeError, ValueError) as malformed:  # Bolt expects every field as documented
            log.warning("an envelope that Bolt cannot read was let go: %s", type(malformed).__name__)
            return {}
        return {} if response.status == 200 else None

    async def from_http(self, request: AsyncBoltRequest) -> BoltResponse:
        """What to answer to a request. 401 for what Slack did not sign, or signed more than five minutes ago."""
        if not self._is_signed(request):
            return BoltResponse(status=401, body='{"error": "not signed by Slack"}')
        return await self.app.async_dispatch(request)

    async def install(self, request: AsyncBoltRequest) -> BoltResponse:
        """The page with the button by which a workspace installs Ander."""
        return await self._led().handle_installation(request)

    async def installed(self, request: AsyncBoltRequest) -> BoltResponse:
        """Where Slack sends whoever agreed."""
        return await self._led().handle_callback(request)

    def _led(self) -> AsyncOAuthFlow:
        assert self.flow is not None  # noqa: S101 # else there is no such page
        return self.flow

    def _is_signed(self, request: AsyncBoltRequest) -> bool:
        stamped = request.headers.get("x-slack-request-timestamp", [""])[0]
        signature = request.headers.get("x-slack-signature", [""])[0]
        if self._signature is None or not (stamped.isascii() and stamped.isdigit()):
            return False
        return self._signature.is_valid(request.raw_body, stamped, signature)


class _Stop(AsyncMiddleware):
    """Takes a payload and goes no further, but for Slack's handshake. A class, for Bolt looks into the payload before
    it calls a plain function, and falls over what it does not expect there."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 # Bolt gives it
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse | None:
        """See AsyncMiddleware."""
        if req.body.get("type") == "url_verification":
            return await next()
        taken = await self._take(kind_of(req.body), req.body)
        return BoltResponse(status=200) if taken else BoltResponse(status=503, body="not kept; please try again")


class _Seconds(SecondsClock):
    """The time that signatures are held against."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock().timestamp()


def kind_of(body: Mapping[str, Any]) -> Kind:
    """What sort of payload it is."""
    if body.get("type") == "event_callback":
        return "event"
    return "command" if "command" in body else "interaction"
