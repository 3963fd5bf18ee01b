"""What happened while nobody listened is caught up with; what a facilitator asks for is read back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.api import Api
from adapters.slack.following import Follower
from adapters.slack.history import PART
from adapters.slack.marks import mark_of
from adapters.slack.workspace import meet
from bot.errors import TransportError
from bot.events import ChannelId, Event, MessagePosted, PersonChanged, ReactionAdded
from bot.ports import Store
from tests.core.fakes import Clock, Ear
from tests.slack.fake import CallFault, Channel, Pace, Slack, User
from tests.slack.living import Life, chat_on, living
from tests.slack.moments import NOW

QUICK = Pace(ack=10, alone=0.05, retries=(0.0, 0.05))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Slack]:
    """One that gives an event up quickly, so that it has to be caught up with."""
    async with Slack(clock=clock, pace=QUICK) as running:
        yield running


async def down(slack: Slack) -> None:
    """Nobody listens; wait until everything said meanwhile was given up."""
    await slack.settled(20)


async def begin(life: Life) -> None:
    """Begin anew, and wait until everything is caught up with."""
    before = await life.listener.bookmark(f"heard:{life.fake.home.id}")
    life.clock.forward(seconds=1)
    await life.begin()
    await life.caught_up(life.fake.home.id, before)
    await life.settle()


async def test_what_was_said_edited_marked_and_deleted_meanwhile(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    bo = slack.user("bo")
    help.members.append(bo.id)
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        clock.forward(minutes=1)
        question = await slack.says(eva, help, "How do I reset the password of a locked mailbox?")
        gone = await slack.says(eva, help, "The door code changed, who knows the new one?")
        reply = await slack.says(bo, help, "No idea, sorry.", thread=question)
        await life.settle(minutes=30)
        assert await life.has(gone)
        assert await life.has(reply)
    async with living(slack, store, tmp_path / "again", clock) as life:
        await slack.edits(eva, question, "How do I reset the password of a locked mailbox in webmail?")
        await slack.deletes(eva, gone)
        await slack.deletes(bo, reply)
        answer = await slack.says(bo, help, "Open Settings, choose Security and click Reset.", thread=question)
        await slack.reacts(eva, answer, "white_check_mark")
        later = await slack.says(eva, help, "Who has the key of the bicycle shed?")
        await down(slack)
        await begin(life)
        assert [await life.has(one) for one in (answer, later)] == [True, True]
        assert [await life.has(one) for one in (gone, reply)] == [False, False]
        known = await life.item(question)
        assert known is not None
        assert known.text.endswith("in webmail?")
        assert known.status == "resolved"


async def test_what_was_asked_of_ander_meanwhile_is_answered_once(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        clock.forward(minutes=1)
        await slack.says(eva, help, f"<@{slack.bot().id}> domains")
        await life.settle(minutes=1)
    assert len(slack.whispers(eva)) == 1
    await slack.says(eva, help, f"<@{slack.bot().id}> help")
    await down(slack)
    async with living(slack, store, tmp_path / "again", clock) as life:
        await begin(life)
        assert len(slack.whispers(eva)) == 2
        assert "search" in slack.whispers(eva)[-1].text


async def test_what_was_said_to_ander_directly_meanwhile_is_answered_once(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        clock.forward(minutes=1)
        await slack.says(eva, slack.direct(eva), "domains")
        await life.settle(minutes=1)
    assert len(slack.letters(eva)) == 1
    await slack.says(eva, slack.direct(eva), "help")
    await down(slack)
    for again in range(2):
        clock.forward(minutes=30)
        async with living(slack, store, tmp_path / f"again-{again}", clock) as life:
            await begin(life)
    assert [("search" in one.text) for one in slack.letters(eva)] == [False, True]


async def test_what_was_asked_of_ander_too_long_ago_is_left(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
    clock.forward(minutes=1)
    await slack.says(eva, slack.direct(eva), "help")
    await slack.says(eva, help, f"<@{slack.bot().id}> help")
    said = await slack.says(eva, help, "Who has the key of the bicycle shed?")
    await down(slack)
    clock.forward(hours=25)
    async with living(slack, store, tmp_path / "again", clock) as life:
        await begin(life)
        assert await life.has(said)
    assert slack.letters(eva) == slack.whispers(eva) == []


async def test_catching_up_that_is_broken_off_goes_on_where_it_was(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        clock.forward(minutes=1)
    said = [await slack.says(eva, help, f"Who knows more about number {number}?") for number in range(2 * PART)]
    replies = [await slack.says(eva, help, "Nobody?", thread=one) for one in said]
    early = replies[0]
    await down(slack)
    slack.schedule.plan("conversations.replies", *[None] * (PART + 2), *[CallFault.BROKEN] * 5)
    async with living(slack, store, tmp_path / "again", clock) as life:
        life.running = asyncio.create_task(life.chat.run(life.listener))
        await called(slack, "conversations.replies", PART + 3)
        await life.end()
        assert [await life.has(one) for one in (said[0], early, said[-1])] == [True, True, False]
        mark = await mark_of(life.listener, ChannelId(f"slack:{help.id}"))
        assert mark is not None
        assert mark.through == said[PART - 2].ts  # the notice stands before them
    late = await slack.says(eva, help, "Still nobody?", thread=said[0])
    await slack.deletes(eva, early)
    await down(slack)
    async with living(slack, store, tmp_path / "at last", clock) as life:
        clock.forward(minutes=1)
        await begin(life)
        assert all([await life.has(one) for one in (*said, *replies[1:], late)])
        assert not await life.has(early)


async def called(slack: Slack, method: str, times: int) -> None:
    """Wait until it was called so often."""
    for _ in range(500):
        if len([one for one, _ in slack.server.calls if one == method]) >= times:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{method} is not called {times} times")


async def test_what_was_said_before_the_notice_is_never_read(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, eva: User
) -> None:
    help = slack.channel("help", eva)
    before = await slack.says(eva, help, "What did we say before Ander came?")
    clock.forward(minutes=1)
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        await slack.joins(slack.bot(), help)
        await life.settle(minutes=1)
    async with living(slack, store, tmp_path / "again", clock) as life:
        after = await slack.says(eva, help, "And what do we say now?")
        await down(slack)
        await begin(life)
        assert (await life.has(before), await life.has(after)) == (False, True)


async def test_being_taken_out_meanwhile_is_noticed(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        assert await life.noticed(help)
    await slack.leaves(slack.bot(), help, removed_by=eva)
    await down(slack)
    async with living(slack, store, tmp_path / "again", clock) as life:
        await begin(life)
        assert not await life.noticed(help)


async def test_the_history_a_facilitator_asks_for(slack: Slack, clock: Clock, help: Channel, eva: User) -> None:
    bo = slack.user("bo")
    help.members.append(bo.id)
    await slack.says(eva, help, "Too long ago to matter?")
    clock.forward(days=40)
    question = await slack.says(eva, help, "How do I get the printer going?")
    clock.forward(minutes=5)
    answer = await slack.says(bo, help, "Hold the green button for ten seconds.", thread=question)
    await slack.reacts(eva, answer, "white_check_mark")
    await slack.reacts(eva, answer, "tada")
    chat = chat_on(slack, clock)
    told: list[Event] = []
    async for events in chat.history(ChannelId(f"slack:{help.id}"), clock() - timedelta(days=30)):
        told += events
    assert [type(one) for one in told] == [PersonChanged, PersonChanged, MessagePosted, MessagePosted, ReactionAdded]
    live = Ear()
    assert told[2].event == f"slack:{slack.home.id}:{help.id}:{question.ts}"
    assert live.heard == []


async def test_a_history_that_slack_does_not_give_is_told(slack: Slack, clock: Clock, eva: User) -> None:
    elsewhere = slack.channel("elsewhere", eva)
    chat = chat_on(slack, clock)
    with pytest.raises(TransportError, match="not_in_channel"):
        [events async for events in chat.history(ChannelId(f"slack:{elsewhere.id}"), NOW)]


async def test_trouble_while_catching_up_is_outlived(
    slack: Slack, store: Store, tmp_path: Path, clock: Clock, help: Channel, eva: User
) -> None:
    async with living(slack, store, tmp_path, clock) as life:
        await begin(life)
        clock.forward(minutes=1)
    said = await slack.says(eva, help, "Did anybody hear this?")
    await down(slack)
    slack.schedule.plan("conversations.history", CallFault.RATE_LIMITED, CallFault.BROKEN)
    async with living(slack, store, tmp_path / "again", clock) as life:
        await begin(life)
        assert await life.has(said)


async def test_asking_again_tells_only_what_is_new(slack: Slack, clock: Clock, help: Channel, eva: User) -> None:
    async def token() -> str:
        return slack.bot_token

    ear = Ear()
    space = await meet(Api(token, base=slack.url))
    follower = Follower(space=space, listener=ear, clock=clock, line_open=lambda: True)
    await follower.catch_up(clock())
    known = len([one for one in ear.heard if isinstance(one, PersonChanged)])
    assert known == len(slack.state.users)
    clock.forward(hours=1)
    eva.is_restricted = True
    await follower.catch_up(clock())
    told = [one for one in ear.heard if isinstance(one, PersonChanged)][known:]
    assert [(one.person, one.guest) for one in told] == [(f"slack:{eva.id}", True)]
