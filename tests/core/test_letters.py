"""What is stuck is listed without a word of anybody, and tried again only where that is safe."""

from bot.console import checking
from bot.console.letters import letters, try_again
from bot.errors import TransportError, UnclearSend
from bot.events import EventId
from bot.model import DeadEvent
from bot.outgoing import SendState
from tests.core.conftest import Scene
from tests.core.test_sender import message, put, state


async def stuck(scene: Scene) -> list[tuple[str, str]]:
    async with scene.world.store.snapshot() as tx:
        return sorted((one.way, one.state) for one in await letters(tx))


async def break_three_ways(scene: Scene) -> None:
    await put(scene, message(scene, key="dead"))
    scene.chat.failures = [TransportError("no such channel", permanent=True)]
    await scene.sender.drain()
    await put(scene, message(scene, key="unclear"))
    scene.chat.failures, scene.chat.remembers = [UnclearSend("lost")], False
    await scene.sender.drain()
    scene.chat.remembers = True
    async with scene.world.store.transaction() as tx:
        await tx.bury(DeadEvent(event=EventId("event-x"), at=scene.clock(), error="KeyError"))


async def test_what_is_stuck_is_listed_and_the_check_says_so(scene: Scene) -> None:
    assert await stuck(scene) == []
    await break_three_ways(scene)
    assert await stuck(scene) == [("in", "dead"), ("out", "dead"), ("out", "unknown")]
    (found,) = [one for one in await checking.check(scene.world) if one.what == "letters"]
    assert not found.well
    assert "1 messages may have been sent, or not" in found.detail


async def test_trying_again_never_says_anything_twice(scene: Scene) -> None:
    await break_three_ways(scene)
    assert await try_again(scene.world) == 2
    await scene.sender.drain()
    assert await stuck(scene) == [("out", "unknown")]
    assert await state(scene, SendState.SENT) == 1
    async with scene.world.store.transaction() as tx:
        assert await tx.take_in([EventId("event-x")], scene.clock()) == {"event-x"}
