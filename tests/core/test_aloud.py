"""Where a platform cannot whisper: what everybody in the channel may read is said in the thread, all else directly."""

from dataclasses import replace

import pytest

from bot.events import ChannelId, ChannelKind, CommandCalled, MessageId, PersonId
from bot.model import Ref
from bot.outgoing import Audience, Outgoing
from tests.core.conftest import Scene

QUESTION = "How do I reset the password of a locked mailbox in the new webmail?"
ANSWER = "Open Settings, choose Security and click Reset; the person gets a mail with a link."
AGAIN = "How can I reset the password of a locked mailbox in the webmail?"
HELP, SECRET = ChannelId("fake:help"), ChannelId("fake:secret")


@pytest.fixture
async def room(scene: Scene) -> Scene:
    """Eva and Bo in #help of a platform that cannot whisper; Eva and Cas in a private channel."""
    scene.chat.whispers = False
    await scene.channel("secret", ChannelKind.PRIVATE)
    await scene.person("eva", "help", "secret")
    await scene.person("bo", "help")
    await scene.person("cas", "secret")
    scene.clock.forward(minutes=1)
    return scene


async def call(scene: Scene, text: str, *, thread: str | None = None, who: str = "eva") -> Outgoing:
    await scene.settle()
    scene.clock.forward(minutes=1)
    await scene.hear(
        CommandCalled(
            event=scene.event(),
            person=PersonId(f"fake:{who}"),
            channel=HELP,
            text=text,
            at=scene.clock(),
            thread=MessageId(thread) if thread else None,
            message=MessageId("$command"),
        )
    )
    await scene.sender.drain()
    return scene.chat.sent[-1]


async def known(scene: Scene, where: str) -> Ref:
    asked = await scene.say("eva", where, QUESTION)
    await scene.say("cas" if where == "secret" else "bo", where, ANSWER, thread=asked.id)
    return asked


async def test_help_is_answered_in_the_thread_it_begins_or_stands_in(room: Scene) -> None:
    for thread in (None, "$root"):
        target = (await call(room, "help", thread=thread)).target
        assert (target.audience, target.channel, target.thread) == (Audience.CHANNEL, HELP, thread or "$command")


@pytest.mark.parametrize("words", ["me", "my-data", "link", "forget-me", "pause 2w", "settings"])
async def test_what_is_about_oneself_is_answered_directly(room: Scene, words: str) -> None:
    assert (await call(room, words)).target.audience is Audience.WHISPER


async def test_a_facilitator_s_own_words_are_theirs(room: Scene) -> None:
    async with room.world.store.transaction() as tx:
        communities = (await tx.communities()).values()
        await tx.put_communities([replace(one, facilitators=(PersonId("fake:eva"),)) for one in communities])
    assert (await call(room, "help")).target.audience is Audience.WHISPER


@pytest.mark.parametrize(("where", "audience"), [("help", Audience.CHANNEL), ("secret", Audience.WHISPER)])
async def test_what_is_found_is_said_aloud_when_all_may_read_it(room: Scene, where: str, audience: Audience) -> None:
    await known(room, where)
    out = await call(room, "search locked mailbox")
    assert (QUESTION in str(out.body), out.target.audience) == (True, audience)


async def test_where_there_is_more_it_is_theirs_alone(room: Scene) -> None:
    for number in range(7):
        await room.say("bo", "help", f"How do I reset the password of locked mailbox number {number} in the webmail?")
    out = await call(room, "search locked mailbox")
    assert out.target.audience is Audience.WHISPER


async def test_where_who_comes_later_may_not_look_back_nothing_found_is_said_aloud(room: Scene) -> None:
    await known(room, "help")
    async with room.world.store.transaction() as tx:
        await tx.put_channels([replace((await tx.channels([HELP]))[HELP], past_closed=True)])
    assert (await call(room, "help")).target.audience is Audience.CHANNEL
    assert (await call(room, "search locked mailbox")).target.audience is Audience.WHISPER


@pytest.mark.parametrize(("where", "audience"), [("help", Audience.CHANNEL), ("secret", Audience.WHISPER)])
async def test_that_something_was_asked_before_is_said_in_its_thread(
    room: Scene, where: str, audience: Audience
) -> None:
    await known(room, where)
    await room.settle()
    asked = await room.say("eva", "help", AGAIN)
    await room.settle()
    (out,) = [one for one in room.chat.sent if one.purpose == "suggestion"]
    assert out.target.audience is audience
    assert ("Only you see this" in str(out.body)) is (audience is Audience.WHISPER)
    assert out.target.thread == (asked.id if audience is Audience.CHANNEL else None)


async def test_where_a_platform_can_whisper_it_does(room: Scene) -> None:
    room.chat.whispers = True
    assert (await call(room, "help")).target.audience is Audience.WHISPER
