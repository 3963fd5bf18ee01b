"""What goes wrong at the fake goes wrong as planned, and the same for the same seed."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.fake import CallFault, Channel, Faults, Pace, Slack, audit
from tests.slack.fake.faults import DONE, Schedule

HASTE = Pace(late=0.3, silence=0.3)
METADATA = {"event_type": "ander", "event_payload": {"key": "42"}}


def schedule(seed: int) -> list[CallFault | None]:
    rows = Schedule(Faults(seed=seed, calls=0.5))
    for _ in range(10):
        rows.for_call("conversations.history")
    return [rows.for_call("chat.postMessage") for _ in range(50)]


def test_a_seed_tells_the_whole_story_whatever_else_is_called() -> None:
    rows = Schedule(Faults(seed=7, calls=0.5))
    assert schedule(7) == [rows.for_call("chat.postMessage") for _ in range(50)]
    assert schedule(7) != schedule(8)


def test_no_row_of_faults_is_endless_and_every_kind_occurs() -> None:
    always = Schedule(Faults(seed=1, calls=1.0, most=3))
    fates = [always.for_call("chat.postMessage") for _ in range(400)]
    assert fates[3::4] == [None] * 100
    assert set(fates) == {*CallFault, None}


@pytest.mark.parametrize("fault", CallFault)
async def test_each_fault_shows_in_its_way_and_leaves_its_trace(fault: CallFault) -> None:
    async with Slack(pace=HASTE) as slack:
        channel = slack.channel("help", slack.bot())
        web = AsyncWebClient(token=slack.bot_token, base_url=slack.url, retry_handlers=[], timeout=0.2)  # type: ignore[arg-type]
        slack.schedule.plan("chat.postMessage", fault)
        with pytest.raises((SlackApiError, aiohttp.ClientError, asyncio.TimeoutError)) as caught:
            await web.chat_postMessage(channel=channel.id, text="Hello")
        assert len(channel.messages) == (1 if fault in DONE else 0)
        if fault is CallFault.RATE_LIMITED:
            assert isinstance(caught.value, SlackApiError)
            assert caught.value.response.headers["Retry-After"] == "1"


async def test_by_default_slack_sdk_says_it_twice(slack: Slack, help: Channel) -> None:
    """The trap that the audit is there to find."""
    slack.schedule.plan("chat.postMessage", CallFault.LOST)
    careless = AsyncWebClient(token=slack.bot_token, base_url=slack.url)
    await careless.chat_postMessage(channel=help.id, text="Hello", metadata=METADATA)
    assert audit(slack.said).doubled == ('{"key": "42"}',)


async def test_the_audit_finds_what_is_missing_and_what_is_double(
    slack: Slack, web: AsyncWebClient, help: Channel
) -> None:
    await web.chat_postMessage(channel=help.id, text="Hello", metadata=METADATA)
    assert audit(slack.said, ["42"]).clean
    assert audit(slack.said, ["42", "43"]).lost == ("43",)
    for _ in range(2):
        await web.chat_postMessage(channel=help.id, text="the same words")
    assert len(audit(slack.said).doubled) == 1
