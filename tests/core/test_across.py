"""One community on two platforms: a question finds somebody on the other one, and words are carried both ways."""

from dataclasses import replace

import pytest

from bot.anders.invitation import Step
from bot.app import App
from bot.buttons import Choice, ConsentChoice, InvitationChoice, make
from bot.events import (
    AnderAdded,
    ButtonPressed,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    MemberJoined,
    PersonChanged,
    PersonId,
    WorkspaceId,
)
from bot.model import Ref, Status
from bot.outgoing import Outgoing, Quote
from bot.reading import load_reader
from bot.sender import Sender
from tests.core.conftest import Scene
from tests.core.fakes import FakeChat
from tests.core.test_jobs import ASKED, EXPLAINED, KNOWN, invitations, item, pass_time

GRETA = PersonId("other:greta")
GARDEN = ChannelId("other:garden")


@pytest.fixture
async def both(scene: Scene) -> tuple[Scene, FakeChat]:
    """Eva asks in #help of one platform; Greta explained it in #garden of the other."""
    other = FakeChat()
    other.platform = "other"
    world = replace(scene.world, chats={"fake": scene.chat, "other": other})
    two = Scene(world, scene.chat, scene.clock)
    two.app, two.sender = App(world, load_reader()), Sender(world)
    await two.channel("help")
    await two.person("eva", "help", timezone="Europe/Amsterdam")
    await _settle_garden(two)
    return two, other


async def _settle_garden(scene: Scene) -> None:
    there, at = WorkspaceId("other:home"), scene.clock()
    await scene.hear(
        ChannelChanged(
            event=scene.event(), channel=GARDEN, workspace=there, name="garden", kind=ChannelKind.PUBLIC, at=at
        ),
        AnderAdded(event=scene.event(), channel=GARDEN, at=at),
    )
    await scene.sender.drain()
    for name in ("greta", "gus"):
        person = PersonId(f"other:{name}")
        await scene.hear(
            PersonChanged(
                event=scene.event(), person=person, workspace=there, name=name.title(), at=at,
                timezone="Europe/Amsterdam",
            ),
            MemberJoined(event=scene.event(), channel=GARDEN, person=person, at=at),
        )  # fmt: skip
    known = scene.posted("gus", "garden", KNOWN)
    said = scene.posted("greta", "garden", EXPLAINED, thread=known.message)
    await scene.hear(
        replace(known, channel=GARDEN, author=PersonId("other:gus")), replace(said, channel=GARDEN, author=GRETA)
    )
    scene.clock.forward(days=1)


async def press(scene: Scene, person: PersonId, choice: Choice, text: str = "") -> None:
    place = ChannelId(f"{person}/direct")
    await scene.hear(
        ButtonPressed(
            event=scene.event(), person=person, channel=place, button=make(choice), at=scene.clock(), text=text
        )
    )
    await scene.sender.drain()


def quotes(out: Outgoing) -> list[str]:
    return [part.text for part in out.body.parts if isinstance(part, Quote)]


async def ask(scene: Scene) -> Ref:
    asked = await scene.say("eva", "help", ASKED)
    await pass_time(scene, days=1)
    return asked


async def test_nothing_crosses_before_the_asker_agrees(both: tuple[Scene, FakeChat]) -> None:
    scene, other = both
    asked = await ask(scene)
    assert await invitations(scene, asked) == []
    assert [out.purpose for out in other.sent if out.target.person == GRETA] == []
    assert [out.purpose for out in scene.chat.to("eva")] == ["consent"]


async def test_words_are_carried_there_and_back_with_names(both: tuple[Scene, FakeChat]) -> None:
    scene, other = both
    asked = await ask(scene)
    await press(scene, PersonId("fake:eva"), ConsentChoice(granted=True, question=asked))
    await pass_time(scene, days=1)
    (row,) = await invitations(scene, asked)
    (invitation,) = [out for out in other.sent if out.purpose == "invitation"]
    assert (invitation.target.person, quotes(invitation)) == (GRETA, [ASKED])

    answer = "Copper tape around the bed, and water in the morning."
    await press(scene, GRETA, InvitationChoice(step=Step.ANSWER, invitation=row.id), answer)
    (relayed,) = [out for out in scene.chat.sent if out.purpose == "relayed"]
    assert (relayed.target.channel, relayed.target.thread, quotes(relayed)) == (asked.channel, asked.id, [answer])
    assert "Greta" in str(relayed.body)

    await scene.say("eva", "help", "Thanks! Does it also work on wood?", thread=asked.id)
    await scene.sender.drain()
    (back,) = [out for out in other.sent if out.purpose == "relayed-reply"]
    assert back.target.person == GRETA
    assert "Does it also work on wood?" in quotes(back)[0]

    await press(scene, PersonId("fake:eva"), InvitationChoice(step=Step.HELP, invitation=row.id))
    assert (await item(scene, asked)).status is Status.RESOLVED
    assert "thanks" in [out.purpose for out in other.sent if out.target.person == GRETA]
