"""What every chat adapter promises (`bot.ports.Chat`): the terminal today, Slack and Matrix when they join.

The fake that other tests lean on is held to the same promises.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from adapters.terminal.client import Terminal
from bot.events import ChannelId, MessageId, PersonId
from bot.model import OutgoingId, Ref
from bot.outgoing import Audience, Body, Heading, Outgoing, Quote, Target, Text
from bot.ports import Chat
from tests.core.fakes import Ear, FakeChat

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> @room *bold* [x](javascript:1) \u202egnp.exe <b>&amp;</b> [red]markup[/red]"


@pytest.fixture(params=[Terminal, FakeChat])
def chat(request: pytest.FixtureRequest) -> Chat:
    make: Callable[[], Chat] = request.param
    return make()


def outgoing(id: str, *, audience: Audience = Audience.CHANNEL) -> Outgoing:
    quote = Quote(text=HOSTILE, author="Eva", channel="#help", at=NOW)
    return Outgoing(
        purpose="test",
        target=Target(audience=audience, channel=ChannelId("chat:help"), person=PersonId("chat:eva")),
        key=id,
        body=Body(lang="nl", parts=(Heading(text="Hoi"), Text(text=HOSTILE), quote)),
        due_at=NOW,
        id=OutgoingId(id),
    )


@pytest.mark.parametrize("audience", Audience)
async def test_what_is_sent_has_an_id_by_which_it_is_found_again(chat: Chat, audience: Audience) -> None:
    first, second = outgoing("1", audience=audience), outgoing("2", audience=audience)
    ids = [await chat.send(first), await chat.send(second)]
    assert len(set(ids)) == 2
    assert [await chat.find_sent(first), await chat.find_sent(second)] == ids


async def test_what_was_not_sent_is_certainly_not_there(chat: Chat) -> None:
    await chat.send(outgoing("1"))
    assert await chat.find_sent(outgoing("2")) is None


async def test_a_link_is_a_web_address_or_nothing(chat: Chat) -> None:
    link = chat.link(Ref(ChannelId("chat:help"), MessageId("1")))
    assert link is None or link.startswith("https://")


async def test_membership_is_known_or_nobody_s_say(chat: Chat) -> None:
    assert await chat.is_member(PersonId("chat:eva"), ChannelId("chat:help")) in (True, False, None)


async def test_the_platform_has_a_name_that_its_ids_can_begin_with(chat: Chat) -> None:
    assert chat.platform.isidentifier()


async def test_running_goes_on_until_it_is_cancelled() -> None:
    running = asyncio.create_task(Terminal().run(Ear()))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
