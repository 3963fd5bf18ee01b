"""An app made of nothing but slack_sdk's Socket Mode client: it notes what it hears and acknowledges, or does not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake import Json, Slack


class Listener:
    """`heard` is what came; `deaf_for` so many times it does not acknowledge; `answer` goes with the rest."""

    def __init__(self, slack: Slack) -> None:
        web = AsyncWebClient(token=slack.bot_token, base_url=slack.url, retry_handlers=[])
        self.client = SocketModeClient(app_token=slack.app_token, web_client=web, ping_interval=0.2)
        self.client.socket_mode_request_listeners.append(self._hear)
        self.heard: list[SocketModeRequest] = []
        self.deaf_for = 0
        self.answer: Json | None = None

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if self.deaf_for:
            self.deaf_for -= 1
            return
        answer = self.answer if request.accepts_response_payload else None
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    @property
    def events(self) -> list[Json]:
        """The events among it."""
        return [one.payload["event"] for one in self.heard if one.type == "events_api"]


@asynccontextmanager
async def listening(slack: Slack) -> AsyncIterator[Listener]:
    """A connected one."""
    listener = Listener(slack)
    before = slack.sockets.opened
    await listener.client.connect()  # type: ignore[no-untyped-call]  # slack_sdk
    try:
        await slack.until(lambda: slack.sockets.opened > before)
        yield listener
    finally:
        await listener.client.close()  # type: ignore[no-untyped-call]  # slack_sdk
