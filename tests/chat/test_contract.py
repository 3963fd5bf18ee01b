"""What every chat adapter promises (`bot.ports.Chat`): Slack on its strict fake, Matrix over a real homeserver.

The fake that other tests lean on is held to the same promises.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.terminal.client import Terminal
from bot.events import ChannelId, MessageId, PersonId
from bot.model import OutgoingId, Ref
from bot.outgoing import Audience, Body, Heading, Outgoing, Quote, Target, Text
from bot.ports import Chat
from tests.chat.seat import Seat
from tests.core.fakes import Clock, Ear, FakeChat
from tests.slack.fake import Slack
from tests.slack.living import chat_on

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> @room *bold* [x](javascript:1) \u202egnp.exe <b>&amp;</b> [red]markup[/red]"


@pytest.fixture
def terminal_seat() -> Seat:
    return Seat(chat=Terminal(), channel=ChannelId("terminal:help"), person=PersonId("terminal:eva"))


@pytest.fixture
def fake_seat() -> Seat:
    return Seat(chat=FakeChat(), channel=ChannelId("fake:help"), person=PersonId("fake:eva"))


@pytest.fixture
async def slack_seat() -> AsyncIterator[Seat]:
    clock = Clock(NOW)
    async with Slack(clock=clock) as slack:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        chat = chat_on(slack, clock)
        yield Seat(chat=chat, channel=ChannelId(f"slack:{help.id}"), person=PersonId(f"slack:{eva.id}"))
        assert not any(one.alarms or one.unfurls for one in slack.said)


@pytest.fixture(params=["terminal_seat", "fake_seat", "slack_seat", "matrix_seat"])
def seat(request: pytest.FixtureRequest) -> Seat:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Seat)
    return found


@pytest.fixture
def chat(seat: Seat) -> Chat:
    return seat.chat


def outgoing(id: str, seat: Seat, *, audience: Audience = Audience.CHANNEL) -> Outgoing:
    quote = Quote(text=HOSTILE, author="Eva", channel="#help", at=NOW)
    return Outgoing(
        purpose="test",
        target=Target(audience=audience, channel=seat.channel, person=seat.person),
        key=id,
        body=Body(lang="nl", parts=(Heading(text="Hoi"), Text(text=HOSTILE), quote)),
        due_at=NOW,
        id=OutgoingId(id),
    )


@pytest.mark.parametrize("audience", Audience)
async def test_what_is_sent_has_an_id_by_which_it_is_found_again(seat: Seat, audience: Audience) -> None:
    chat = seat.chat
    first, second = outgoing("1", seat, audience=audience), outgoing("2", seat, audience=audience)
    ids = [await chat.send(first), await chat.send(second)]
    assert len(set(ids)) == 2
    assert [await chat.find_sent(first), await chat.find_sent(second)] == ids


async def test_what_was_not_sent_is_certainly_not_there(seat: Seat) -> None:
    await seat.chat.send(outgoing("1", seat))
    assert await seat.chat.find_sent(outgoing("2", seat)) is None


async def test_a_link_is_a_web_address_or_nothing(chat: Chat, seat: Seat) -> None:
    link = chat.link(Ref(seat.channel, MessageId("1")))
    assert link is None or link.startswith("https://")


async def test_membership_is_known_or_nobody_s_say(seat: Seat) -> None:
    assert await seat.chat.is_member(seat.person, seat.channel) in (True, None)


async def test_the_platform_has_a_name_that_its_ids_can_begin_with(chat: Chat) -> None:
    assert chat.platform.isidentifier()


async def test_running_goes_on_until_it_is_cancelled() -> None:
    running = asyncio.create_task(Terminal().run(Ear()))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
