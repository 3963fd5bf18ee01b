"""The outbox: each thing once, only to who may see it, and nothing twice when the platform is unclear."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import TransportError, UnclearSend
from bot.events import ChannelId, ChannelKind, PersonId
from bot.model import Ref
from bot.outgoing import Audience, Body, Outgoing, SendState, Target, Text
from bot.sender import ATTEMPTS, Sender
from tests.core.conftest import Scene
from tests.core.fakes import FakeChat


def message(scene: Scene, *, person: str = "eva", key: str = "k", about: tuple[Ref, ...] = ()) -> Outgoing:
    return Outgoing(
        purpose="test",
        target=Target(audience=Audience.DIRECT, person=PersonId(f"fake:{person}")),
        key=key,
        body=Body(lang="en", parts=(Text(text="hello"),)),
        due_at=scene.clock(),
        about=about,
    )


async def put(scene: Scene, *outgoing: Outgoing) -> None:
    async with scene.world.store.transaction() as tx:
        await tx.put_out(outgoing)


async def state(scene: Scene, wanted: SendState) -> int:
    async with scene.world.store.snapshot() as tx:
        return sum(one.purpose == "test" for one in await tx.out(wanted))


async def test_composed_twice_is_sent_once(scene: Scene) -> None:
    await put(scene, message(scene), message(scene))
    await put(scene, message(scene))
    await scene.sender.drain()
    await scene.sender.drain()
    assert len(scene.chat.to("eva")) == 1


async def test_a_passing_failure_is_tried_again_later(scene: Scene) -> None:
    await put(scene, message(scene))
    scene.chat.failures = [TransportError("busy", retry_after=30)]
    await scene.sender.drain()
    assert await state(scene, SendState.NEW) == 1
    await scene.sender.drain()
    assert not scene.chat.to("eva")
    scene.clock.forward(seconds=31)
    await scene.sender.drain()
    assert await state(scene, SendState.SENT) == 1


async def test_a_permanent_failure_is_dead_at_once(scene: Scene) -> None:
    await put(scene, message(scene))
    scene.chat.failures = [TransportError("no such channel", permanent=True)]
    await scene.sender.drain()
    assert await state(scene, SendState.DEAD) == 1


async def test_after_many_tries_it_is_dead(scene: Scene) -> None:
    await put(scene, message(scene))
    scene.chat.failures = [TransportError("busy") for _ in range(ATTEMPTS)]
    for _ in range(ATTEMPTS):
        await scene.sender.drain()
        scene.clock.forward(hours=1)
    assert await state(scene, SendState.DEAD) == 1


@pytest.mark.parametrize(
    ("arrived", "remembers", "expected"),
    [(True, True, SendState.SENT), (False, True, SendState.NEW), (True, False, SendState.UNKNOWN)],
)
async def test_an_unclear_send_is_looked_up_and_never_doubled(
    scene: Scene, arrived: bool, remembers: bool, expected: SendState
) -> None:
    await put(scene, message(scene))
    scene.chat.failures = [UnclearSend("the answer got lost")]
    scene.chat.takes_anyway, scene.chat.remembers = arrived, remembers
    await scene.sender.drain()
    assert await state(scene, expected) == 1
    scene.clock.forward(hours=1)
    await scene.sender.drain()
    assert len(scene.chat.to("eva")) == 1


async def test_what_a_dead_process_left_half_sent_is_looked_up(scene: Scene) -> None:
    await put(scene, message(scene))
    async with scene.world.store.transaction() as tx:
        claimed = await tx.claim_out(scene.clock(), 10, "fake")
    scene.chat.sent.extend(claimed)
    await scene.sender.recover()
    await scene.sender.drain()
    assert len(scene.chat.to("eva")) == 1
    assert await state(scene, SendState.SENT) == 1


async def test_permission_is_asked_again_when_it_is_sent(scene: Scene) -> None:
    await scene.person("guest", guest=True)
    await scene.person("member")
    ref = await scene.say("bo", "help", "How do I reset the password of a locked mailbox in the new webmail?")
    await put(scene, message(scene, person="guest", about=(ref,)), message(scene, person="member", about=(ref,)))
    await scene.sender.drain()
    assert not scene.chat.to("guest")
    assert len(scene.chat.to("member")) == 1
    assert await state(scene, SendState.WITHDRAWN) == 1


async def test_what_is_gone_is_not_shown(scene: Scene) -> None:
    await scene.person("member")
    gone = Ref(ChannelId("fake:help"), (await scene.say("bo", "help", "just a chat")).id)
    await put(scene, message(scene, person="member", about=(gone,)))
    await scene.sender.drain()
    assert await state(scene, SendState.WITHDRAWN) == 1


async def private_message(scene: Scene) -> Outgoing:
    await scene.channel("secret", ChannelKind.PRIVATE)
    await scene.person("eva", "secret")
    ref = await scene.say("eva", "secret", "How do I reset the password of a locked mailbox in the new webmail?")
    return message(scene, about=(ref,))


async def test_private_words_go_only_to_who_is_a_member_by_the_platform_s_own_word(scene: Scene) -> None:
    outgoing = await private_message(scene)
    secret = ChannelId("fake:secret")
    scene.chat.outsiders = {(PersonId("fake:eva"), secret)}
    await put(scene, outgoing)
    await scene.sender.drain()
    assert not scene.chat.to("eva")
    assert await state(scene, SendState.WITHDRAWN) == 1
    async with scene.world.store.snapshot() as tx:
        assert PersonId("fake:eva") not in await tx.members(secret)


async def test_private_words_wait_while_the_platform_does_not_answer(scene: Scene) -> None:
    outgoing = await private_message(scene)
    scene.chat.silent = True
    await put(scene, outgoing)
    await scene.sender.drain()
    assert await state(scene, SendState.NEW) == 1
    scene.chat.silent = False
    scene.clock.forward(minutes=1)
    await scene.sender.drain()
    assert len(scene.chat.to("eva")) == 1


class Hanging(FakeChat):
    """Takes a message and never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> str:
        self.busy.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_what_was_not_begun_is_not_unclear_when_the_process_dies(scene: Scene) -> None:
    await put(scene, *(message(scene, key=str(number)) for number in range(5)))
    chat = Hanging()
    dying = asyncio.create_task(Sender(replace(scene.world, chats={"fake": chat})).drain())
    await chat.busy.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await state(scene, SendState.SENDING), await state(scene, SendState.NEW)) == (1, 4)


@pytest.mark.parametrize("turns", range(4))
async def test_it_stops_also_when_it_is_woken_at_that_moment(scene: Scene, turns: int) -> None:
    running = asyncio.create_task(scene.sender.run(every=60))
    while not scene.sender._wake._waiters:  # noqa: ASYNC110 # an Event tells nobody who waits for it
        await asyncio.sleep(0)
    scene.sender.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=5)
    assert done
    assert running.cancelled()
