"""A Slack of one's own, and slack_sdk's real clients to speak to it."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.core.fakes import Clock
from tests.slack.fake import Channel, Slack, User
from tests.slack.moments import NOW


@pytest.fixture
def clock() -> Clock:
    """Moves only when told to."""
    return Clock(NOW)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Slack]:
    """A Slack whose clock stands still."""
    async with Slack(clock=clock) as running:
        yield running


@pytest.fixture
def web(slack: Slack) -> AsyncWebClient:
    """slack_sdk's client with the bot's token, trying nothing twice."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.url, retry_handlers=[], timeout=5)


@pytest.fixture
def eva(slack: Slack) -> User:
    """A full member of the workspace."""
    return slack.user("eva")


@pytest.fixture
def help(slack: Slack, eva: User) -> Channel:
    """A public channel with Eva and the app in it."""
    return slack.channel("help", eva, slack.bot())
