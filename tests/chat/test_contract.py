"""What every chat adapter promises (`bot.ports.Chat`): the terminal, and Slack on its strict fake.

The fake that other tests lean on is held to the same promises.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from adapters.terminal.client import Terminal
from bot.events import ChannelId, MessageId, PersonId
from bot.model import OutgoingId, Ref
from bot.outgoing import Audience, Body, Heading, Outgoing, Quote, Target, Text
from bot.ports import Chat
from tests.core.fakes import Clock, Ear, FakeChat
from tests.slack.fake import Slack
from tests.slack.living import chat_on

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> @room *bold* [x](javascript:1) \u202egnp.exe <b>&amp;</b> [red]markup[/red]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A chat, and somebody in a channel of it in which Ander is too."""

    chat: Chat
    person: PersonId
    channel: ChannelId

    def outgoing(self, id: str, *, audience: Audience = Audience.CHANNEL) -> Outgoing:
        quote = Quote(text=HOSTILE, author="Eva", channel="#help", at=NOW)
        return Outgoing(
            purpose="test",
            target=Target(audience=audience, channel=self.channel, person=self.person),
            key=id,
            body=Body(lang="nl", parts=(Heading(text="Hoi"), Text(text=HOSTILE), quote)),
            due_at=NOW,
            id=OutgoingId(id),
        )


@asynccontextmanager
async def on_slack() -> AsyncIterator[Ground]:
    clock = Clock(NOW)
    async with Slack(clock=clock) as slack:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        person, channel = PersonId(f"slack:{eva.id}"), ChannelId(f"slack:{help.id}")
        yield Ground(chat=chat_on(slack, clock), person=person, channel=channel)
        assert not any(one.alarms or one.unfurls for one in slack.said)


@asynccontextmanager
async def in_memory(chat: Chat) -> AsyncIterator[Ground]:
    yield Ground(chat=chat, person=PersonId("chat:eva"), channel=ChannelId("chat:help"))


@pytest.fixture(params=["terminal", "fake", "slack"])
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    make = {"terminal": lambda: in_memory(Terminal()), "fake": lambda: in_memory(FakeChat()), "slack": on_slack}
    async with make[request.param]() as made:
        yield made


@pytest.mark.parametrize("audience", Audience)
async def test_what_is_sent_has_an_id_by_which_it_is_found_again(ground: Ground, audience: Audience) -> None:
    first, second = ground.outgoing("1", audience=audience), ground.outgoing("2", audience=audience)
    ids = [await ground.chat.send(first), await ground.chat.send(second)]
    assert len(set(ids)) == 2
    assert [await ground.chat.find_sent(first), await ground.chat.find_sent(second)] == ids


async def test_what_was_not_sent_is_certainly_not_there(ground: Ground) -> None:
    await ground.chat.send(ground.outgoing("1"))
    assert await ground.chat.find_sent(ground.outgoing("2")) is None


async def test_a_link_is_a_web_address_or_nothing(ground: Ground) -> None:
    link = ground.chat.link(Ref(ground.channel, MessageId("1772442000.000100")))
    assert link is None or link.startswith("https://")


async def test_membership_is_known_or_nobody_s_say(ground: Ground) -> None:
    assert await ground.chat.is_member(ground.person, ground.channel) in (True, False, None)


async def test_the_platform_has_a_name_that_its_ids_can_begin_with(ground: Ground) -> None:
    assert ground.chat.platform.isidentifier()


async def test_running_goes_on_until_it_is_cancelled() -> None:
    running = asyncio.create_task(Terminal().run(Ear()))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
