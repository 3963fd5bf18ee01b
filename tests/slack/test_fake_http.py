"""The fake's HTTP mode, against slack_bolt's own handling of requests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake import ALL_SCOPES, AppSettings, EventFault, Json, Pace, Slack
from tests.slack.fake.delivering import NotTaken

HASTE = Pace(retries=(0.0, 0.02, 0.05))


class Bolt:
    """A Bolt app behind an aiohttp server; `failing_for` so many requests it answers 500 without looking."""

    def __init__(self, slack: Slack) -> None:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.url)
        self.app = AsyncApp(
            client=client,
            token=slack.bot_token,
            signing_secret=slack.state.app.signing_secret,
            process_before_response=True,
        )
        self.events: list[Json] = []
        self.retries: list[str | None] = []
        self.failing_for = 0
        self.quit = False
        self.app.event("message")(self._hear)
        self.app.command("/ander")(self._command)

    async def _hear(self, event: Json) -> None:
        self.events.append(event)

    async def _command(self, ack: object, command: Json) -> None:
        await ack(text=f"You said {command['text']}")  # type: ignore[operator]

    async def handle(self, request: web.Request) -> web.Response:
        self.retries.append(request.headers.get("X-Slack-Retry-Num"))
        if self.failing_for:
            self.failing_for -= 1
            return web.Response(status=500, headers={"X-Slack-No-Retry": "1"} if self.quit else {})
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        answer = await self.app.async_dispatch(AsyncBoltRequest(body=await request.text(), headers=headers))
        plain = {name: values[0] for name, values in answer.headers.items()}
        return web.Response(status=answer.status, text=answer.body, headers=plain)


@asynccontextmanager
async def bolt(pace: Pace = HASTE) -> AsyncIterator[tuple[Slack, Bolt]]:
    async with Slack(pace=pace, app=AppSettings(socket_mode=False, scopes=ALL_SCOPES)) as slack:
        app = Bolt(slack)
        server = web.Application()
        server.router.add_post("/slack/events", app.handle)
        runner = web.AppRunner(server)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.state.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield slack, app
        finally:
            await runner.cleanup()


async def test_the_url_is_verified_by_its_challenge() -> None:
    async with bolt() as (slack, _):
        assert await slack.http.verify_url()
        slack.state.app.signing_secret = "another secret"
        with pytest.raises(NotTaken, match="http_error"):
            await slack.http.verify_url()


async def test_signed_events_and_commands_reach_the_app() -> None:
    async with bolt() as (slack, app):
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        await slack.says(eva, help, "Hello")
        await slack.settled()
        await slack.types_command(eva, help, "help")
        assert [one["text"] for one in app.events] == ["Hello"]
        assert [one.text for one in slack.whispers(eva)] == ["You said help"]


async def test_what_fails_is_sent_again_with_its_number() -> None:
    async with bolt() as (slack, app):
        eva = slack.user("eva")
        app.failing_for = 2
        await slack.says(eva, slack.channel("help", eva, slack.bot()), "Hello")
        await slack.settled()
        assert app.retries == [None, "1", "2"]
        assert [one.failed for one in slack.deliveries.all[0].attempts] == ["http_error", "http_error", None]


async def test_no_retry_is_obeyed() -> None:
    async with bolt() as (slack, app):
        eva = slack.user("eva")
        app.failing_for, app.quit = 1, True
        await slack.says(eva, slack.channel("help", eva, slack.bot()), "Hello")
        await slack.settled()
        assert app.retries == [None]
        assert len(slack.deliveries.lost) == 1


async def test_an_unheard_answer_means_the_event_comes_twice() -> None:
    async with bolt() as (slack, app):
        eva = slack.user("eva")
        slack.schedule.plan_events(EventFault.CUT)
        await slack.says(eva, slack.channel("help", eva, slack.bot()), "Hello")
        await slack.settled()
        assert [one["text"] for one in app.events] == ["Hello", "Hello"]


async def test_nobody_at_the_address() -> None:
    async with Slack(pace=HASTE, app=AppSettings(socket_mode=False, request_url="http://127.0.0.1:9/")) as slack:
        eva = slack.user("eva")
        delivery = await slack.types_command(eva, slack.direct(eva), "help")
        assert [one.failed for one in delivery.attempts] == ["connection_failed"]
