"""Forget-me reaches the platforms too: after the farewell where there is one, at once where there is none."""

from dataclasses import replace

from bot.buttons import ForgetChoice, make
from bot.console import running
from bot.errors import TransportError
from bot.events import ButtonPressed, ChannelId, CommandCalled, MembersListed, PersonId
from tests.core.conftest import Scene

EVA, ELSEWHERE = PersonId("fake:eva"), PersonId("fake:eva-elsewhere")


async def _confirms(scene: Scene) -> None:
    event, button = scene.event(), make(ForgetChoice(confirmed=True))
    await scene.hear(
        ButtonPressed(event=event, person=EVA, channel=ChannelId("fake:dm"), button=button, at=scene.clock())
    )


async def _linked(scene: Scene) -> None:
    for name in ("eva", "eva-elsewhere"):
        await scene.person(name, "help")
    async with scene.world.store.transaction() as tx:
        for one in (await tx.people([EVA, ELSEWHERE])).values():
            await tx.put_settings(replace(one, main=EVA))


async def test_the_platform_lets_go_after_the_farewell(scene: Scene) -> None:
    await _linked(scene)
    scene.chat.failures = [TransportError("busy")]
    await _confirms(scene)
    assert scene.chat.forgot == [ELSEWHERE]
    await scene.sender.drain()
    assert scene.chat.forgot == [ELSEWHERE]
    scene.clock.forward(minutes=1)
    await scene.sender.drain()
    assert [out.purpose for out in scene.chat.to("eva")] == ["farewell"]
    assert scene.chat.forgot == [ELSEWHERE, EVA]


async def test_an_administrator_s_forget_reaches_the_platform_at_once(scene: Scene) -> None:
    await _linked(scene)
    await running.forget(scene.world, EVA)
    assert set(scene.chat.forgot) == {EVA, ELSEWHERE}


async def test_whoever_was_forgotten_is_not_taken_down_again(scene: Scene) -> None:
    """The platform lists everybody at each start; of who was forgotten no name and no place is kept."""
    await scene.person("eva", "help")
    await running.forget(scene.world, EVA)
    await scene.person("eva", "help")
    listed = frozenset({EVA, PersonId("fake:jan")})
    await scene.hear(
        MembersListed(event=scene.event(), channel=ChannelId("fake:help"), people=listed, at=scene.clock())
    )
    async with scene.world.store.snapshot() as tx:
        assert not await tx.people([EVA])
        assert await tx.members(ChannelId("fake:help")) == {PersonId("fake:jan")}


async def test_whoever_was_forgotten_is_told_that_it_stays_so(scene: Scene) -> None:
    await scene.person("eva", "help")
    await running.forget(scene.world, EVA)
    event = scene.event()
    await scene.hear(
        CommandCalled(event=event, person=EVA, channel=ChannelId("fake:dm"), text="opt-in", at=scene.clock())
    )
    await scene.sender.drain()
    assert "forget you" in str(scene.chat.sent[-1].body)
