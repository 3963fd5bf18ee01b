"""History is read only when a facilitator asks for it, the channel is told, and nobody is asked because of it."""

from dataclasses import replace

import pytest

from bot.errors import TransportError
from bot.events import ChannelId, CommandCalled, PersonId
from bot.model import Ref
from bot.reading_back import read_back
from tests.core.conftest import Scene

QUESTION = "How do I reset the password of a locked mailbox in the new webmail?"
HELP = ChannelId("fake:help")


@pytest.fixture
async def looked_after(scene: Scene) -> Scene:
    """#help with a past of one question, and Fay who looks after it."""
    await scene.person("fay", "help")
    past = scene.posted("eva", "help", QUESTION)
    scene.chat.past = [replace(past, at=scene.world.clock().replace(year=2026, month=2, day=20))]
    async with scene.world.store.transaction() as tx:
        communities = await tx.communities()
        await tx.put_communities([replace(c, facilitators=(PersonId("fake:fay"),)) for c in communities.values()])
    return scene


async def call(scene: Scene, who: str, text: str) -> None:
    person = PersonId(f"fake:{who}")
    await scene.hear(CommandCalled(event=scene.event(), person=person, channel=HELP, text=text, at=scene.clock()))
    await read_back(scene.app)
    await scene.settle()


def told(scene: Scene) -> list[str]:
    return [one.purpose for one in scene.chat.sent if one.purpose in ("reading-back", "suggestion")]


async def test_a_facilitator_s_wish_is_told_to_the_channel_and_done_once(looked_after: Scene) -> None:
    ref = Ref(HELP, looked_after.chat.past[0].message)  # type: ignore[union-attr, arg-type] # it is a MessagePosted
    for _twice in range(2):
        await call(looked_after, "fay", "geschiedenis 30d")
    assert await looked_after.item(ref) is not None
    assert set(told(looked_after)) == {"reading-back"}
    async with looked_after.world.store.snapshot() as tx:
        assert (await tx.channels([HELP]))[HELP].recall_from is None


async def test_nobody_else_can_wish_it(looked_after: Scene) -> None:
    await call(looked_after, "eva", "history 30d")
    assert told(looked_after) == []


async def test_a_platform_that_does_not_answer_is_asked_again_later(looked_after: Scene) -> None:
    past, looked_after.chat.past = looked_after.chat.past, []
    looked_after.chat.no_history = TransportError("busy")
    await call(looked_after, "fay", "history 30d")
    looked_after.chat.no_history, looked_after.chat.past = None, past
    await read_back(looked_after.app)
    assert await looked_after.item(Ref(HELP, past[0].message)) is not None  # type: ignore[union-attr, arg-type]
