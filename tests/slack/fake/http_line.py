"""HTTP mode: signed requests to the app's one url, after https://docs.slack.dev/authentication/verifying-requests-from-slack
and https://docs.slack.dev/apis/events-api.
"""

import asyncio
import json
from collections.abc import Awaitable
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from tests.slack.fake.delivering import Delivery, NotTaken
from tests.slack.fake.faults import EventFault
from tests.slack.fake.model import Json
from tests.slack.fake.state import State


class HttpLine:
    """Posts to `app.request_url` and reads the answer."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.slow = "http_timeout"
        self._session: aiohttp.ClientSession | None = None

    async def verify_url(self) -> bool:
        """The handshake when an administrator enters the url: whether the app echoed the challenge."""
        challenge = self.state.secret(52)
        body = {"type": "url_verification", "token": self.state.app.verification, "challenge": challenge}
        answer = await self._post(json.dumps(body), "application/json", {})
        return answer.get("challenge", answer.get("text")) == challenge

    async def begin(self, delivery: Delivery, number: int, reason: str, fault: EventFault | None) -> Awaitable[Json]:
        """Send it; faults that concern sockets show as an answer that does not arrive."""
        headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}
        if delivery.kind == "events_api":
            body, kind = json.dumps(delivery.payload), "application/json"
        elif delivery.kind == "slash_commands":
            body, kind = urlencode(delivery.payload), "application/x-www-form-urlencoded"
        else:
            body = urlencode({"payload": json.dumps(delivery.payload)})
            kind = "application/x-www-form-urlencoded"
        return asyncio.ensure_future(self._taken(body, kind, headers, deaf=fault is EventFault.CUT))

    async def _taken(self, body: str, kind: str, headers: dict[str, str], *, deaf: bool) -> Json:
        answer = await self._post(body, kind, headers)
        if deaf:
            raise NotTaken("http_error")
        return answer

    async def _post(self, body: str, kind: str, headers: dict[str, str]) -> Json:
        url = self.state.app.request_url
        if url is None:
            raise NotTaken("connection_failed")
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with self._session.post(url, data=body.encode(), headers=headers | self._signed(body, kind)) as got:
                text = await got.text()
                if got.status != 200:
                    raise NotTaken("http_error", final=got.headers.get("X-Slack-No-Retry") == "1")
                return _read(text, got.content_type)
        except aiohttp.ClientError:
            raise NotTaken("connection_failed") from None

    def _signed(self, body: str, kind: str) -> dict[str, str]:
        stamp = str(self.state.seconds())
        signature = SignatureVerifier(self.state.app.signing_secret).generate_signature(timestamp=stamp, body=body)
        return {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or "",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    async def close(self) -> None:
        """The end of the fake."""
        if self._session is not None:
            await self._session.close()


def _read(text: str, content_type: str) -> Json:
    if not text:
        return {}
    if content_type == "application/json":
        answer: Json = json.loads(text)
        return answer
    return {"text": text}
