"""Forget-me reaches the platforms too: after the farewell where there is one, at once where there is none."""

from dataclasses import replace

from bot.buttons import ForgetChoice, make
from bot.console import running
from bot.errors import TransportError
from bot.events import ButtonPressed, ChannelId, PersonId
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
