"""What time brings: patience, consent, invitations in working hours, the weekly report; each once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bot.anders.invitation import State, Step
from bot.buttons import Choice, ConsentChoice, InvitationChoice, TellChoice, make
from bot.commands.data import export_path
from bot.events import ButtonPressed, ChannelId, ChannelKind, EventId, MessageId, MessagePosted, PersonId, WorkspaceId
from bot.jobs import tick
from bot.model import CommunityId, InvitationRow, Item, Occasion, Ref, Status
from bot.outgoing import Outgoing, Text
from bot.reports import pages
from bot.reports.week import Week
from tests.core.conftest import Scene

KNOWN = "How do I keep slugs away from the lettuce in the vegetable garden?"
EXPLAINED = "Put a ring of coffee grounds and copper tape around the lettuce; slugs in the garden will not cross it."
ASKED = "Does anybody know how to keep slugs away from the lettuce in our vegetable garden?"


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


async def pass_time(scene: Scene, **amount: float) -> None:
    """Time passes, an hour at a time, with a tick in each."""
    until = scene.clock() + timedelta(**amount)
    while scene.clock() < until:
        scene.clock.forward(hours=1)
        await tick(scene.world, rng())
        await scene.sender.drain()


@pytest.fixture
async def gardeners(scene: Scene) -> Scene:
    """Greta explained something about slugs in #garden; Eva of #help knows nothing of it."""
    await scene.channel("garden")
    await scene.person("greta", "garden", timezone="Europe/Amsterdam")
    await scene.person("gus", "garden", timezone="Europe/Amsterdam")
    await scene.person("eva", "help", timezone="Europe/Amsterdam")
    scene.clock.forward(minutes=1)
    known = await scene.say("gus", "garden", KNOWN)
    said = await scene.say("greta", "garden", EXPLAINED, thread=known.id)
    await scene.react("gus", said, "white_check_mark")
    scene.clock.forward(days=1)
    return scene


async def invitations(scene: Scene, question: Ref) -> list[InvitationRow]:
    async with scene.world.store.snapshot() as tx:
        return await tx.invitations(question=question)


def invited(scene: Scene, person: str) -> list[Outgoing]:
    return [out for out in scene.chat.to(person) if out.purpose == "invitation"]


async def press(scene: Scene, who: str, choice: Choice, text: str = "") -> None:
    """Press a button in a direct message, and let Ander answer."""
    await scene.hear(
        ButtonPressed(
            event=scene.event(),
            person=PersonId(f"fake:{who}"),
            channel=ChannelId(f"fake:dm-{who}"),
            button=make(choice),
            at=scene.clock(),
            text=text,
        )
    )
    await scene.sender.drain()


async def item(scene: Scene, ref: Ref) -> Item:
    found = await scene.item(ref)
    assert found is not None
    return found


async def test_nobody_is_asked_while_patience_lasts(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, hours=3)
    assert await invitations(gardeners, asked) == []


async def test_a_question_nobody_answers_brings_in_the_ander_once(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, days=6)
    assert [row.person for row in await invitations(gardeners, asked)] == [PersonId("fake:greta")]
    (message,) = invited(gardeners, "greta")
    assert 9 <= message.due_at.astimezone(tz=None).hour <= 17
    assert "lettuce" in str(message.body)


async def test_a_facilitator_need_not_wait(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    async with gardeners.world.store.transaction() as tx:
        await tx.put_items([replace(await item(gardeners, asked), look_at=gardeners.clock())])
    await tick(gardeners.world, rng())
    assert [row.person for row in await invitations(gardeners, asked)] == [PersonId("fake:greta")]


async def test_an_answer_in_time_means_nobody_is_asked(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await gardeners.say("bo", "help", "Try beer traps, you can empty them in the morning.", thread=asked.id)
    await pass_time(gardeners, days=3)
    assert await invitations(gardeners, asked) == []


async def test_an_invitation_is_withdrawn_when_the_question_needs_nobody_any_more(gardeners: Scene) -> None:
    gardeners.clock.now = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)  # a Friday morning
    asked = await gardeners.say("eva", "help", ASKED)
    gardeners.clock.now = datetime(2026, 3, 7, 9, 0, tzinfo=UTC)
    await tick(gardeners.world, rng())
    assert [row.state for row in await invitations(gardeners, asked)] == [State.DUE]
    await gardeners.say("bo", "help", "Copper tape works, we have had none since.", thread=asked.id)
    await pass_time(gardeners, days=3)
    assert [row.state for row in await invitations(gardeners, asked)] == [State.WITHDRAWN]
    assert invited(gardeners, "greta") == []


async def test_an_ander_answers_from_where_they_are_and_it_helps(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, days=1)
    (row,) = await invitations(gardeners, asked)
    said = "Copper tape around the bed, and water in the morning instead of the evening."
    await press(gardeners, "greta", InvitationChoice(step=Step.ANSWER, invitation=row.id), said)
    in_thread = [out for out in gardeners.chat.sent if out.target.thread == asked.id]
    assert any("Copper tape" in str(out.body) for out in in_thread)
    assert (await item(gardeners, asked)).status is Status.ANSWERED
    for _twice in range(2):
        await press(gardeners, "eva", InvitationChoice(step=Step.HELP, invitation=row.id))
    assert (await item(gardeners, asked)).status is Status.RESOLVED
    assert [row.state for row in await invitations(gardeners, asked)] == [State.HELPFUL]


async def test_an_ander_who_joins_in_is_thanked_when_it_helps(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, days=1)
    (row,) = await invitations(gardeners, asked)
    await press(gardeners, "greta", InvitationChoice(step=Step.ACCEPT, invitation=row.id))
    introduced = [out for out in gardeners.chat.sent if out.purpose == "introduction"]
    assert [out.target.thread for out in introduced] == [asked.id]
    said = await gardeners.say("greta", "help", EXPLAINED, thread=asked.id)
    assert [one.state for one in await invitations(gardeners, asked)] == [State.ANSWERED]
    await gardeners.react("eva", said, "white_check_mark")
    await gardeners.sender.drain()
    assert [one.state for one in await invitations(gardeners, asked)] == [State.HELPFUL]
    assert [out.purpose for out in gardeners.chat.to("greta")].count("thanks") == 1


async def test_no_reply_expires_and_is_not_repeated(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, days=8)
    (row,) = await invitations(gardeners, asked)
    assert row.state == State.EXPIRED
    assert len(invited(gardeners, "greta")) == 1


async def test_a_private_question_stays_unless_the_asker_agrees(gardeners: Scene) -> None:
    await gardeners.channel("secret", ChannelKind.PRIVATE)
    await gardeners.person("hanna", "secret", timezone="Europe/Amsterdam")
    gardeners.clock.forward(minutes=1)
    asked = await gardeners.say("hanna", "secret", ASKED)
    await pass_time(gardeners, days=1)
    assert await invitations(gardeners, asked) == []
    assert [out.purpose for out in gardeners.chat.to("hanna")] == ["consent"]
    yes = ButtonPressed(
        event=EventId("consent"),
        person=PersonId("fake:hanna"),
        channel=asked.channel,
        button=make(ConsentChoice(granted=True, question=asked)),
        at=gardeners.clock(),
    )
    await gardeners.hear(yes)
    await pass_time(gardeners, days=2)
    (row,) = await invitations(gardeners, asked)
    assert row.person == PersonId("fake:greta")
    assert len(invited(gardeners, "greta")) == 1
    answer = replace(
        yes,
        event=EventId("answer"),
        person=row.person,
        channel=ChannelId("fake:dm-greta"),
        button=make(InvitationChoice(step=Step.ANSWER, invitation=row.id)),
        text="Copper tape.",
    )
    await gardeners.hear(answer)
    await gardeners.say("hanna", "secret", "And does that last in the rain?", thread=asked.id)
    await gardeners.sender.drain()
    assert "relayed-reply" in [out.purpose for out in gardeners.chat.to("greta")]
    assert not any("rain" in str(out.body) for out in gardeners.chat.to("gus"))


async def test_history_invites_nobody(gardeners: Scene) -> None:
    old = MessagePosted(
        event=EventId("old"),
        channel=ChannelId("fake:help"),
        message=MessageId("old"),
        author=PersonId("fake:eva"),
        text=ASKED,
        at=gardeners.clock() - timedelta(days=300),
    )
    await gardeners.hear(old, live=False)
    await pass_time(gardeners, days=2)
    assert await invitations(gardeners, Ref(old.channel, old.message)) == []


async def test_the_weekly_report_goes_out_once_and_only_the_latest(gardeners: Scene) -> None:
    async with gardeners.world.store.transaction() as tx:
        known = (await tx.communities())[CommunityId("help")]
        await tx.put_communities([replace(known, facilitators=(PersonId("fake:eva"),))])
    gardeners.clock.forward(days=21)
    for _ in range(3):
        await tick(gardeners.world, rng())
        await gardeners.sender.drain()
    reports = [out for out in gardeners.chat.to("eva") if out.purpose == "report"]
    assert len(reports) == 1
    pages = list((gardeners.world.config.data / "reports").glob("help-*.html"))
    assert len(pages) == 1


async def test_the_ander_moment_brings_somebody_to_what_is_lively_though_it_is_answered(gardeners: Scene) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    for who in ("bo", "cas", "dirk", "bo"):
        await gardeners.person(who, "help", timezone="Europe/Amsterdam")
        await gardeners.say(
            who, "help", "Slugs in the lettuce of our vegetable garden: put copper tape.", thread=asked.id
        )
    assert (await item(gardeners, asked)).status is Status.ANSWERED
    await pass_time(gardeners, days=3)
    (row,) = await invitations(gardeners, asked)
    (invitation,) = invited(gardeners, "greta")
    assert row.occasion is Occasion.MOMENT
    assert "talked a lot about this" in words(invitation)
    await press(gardeners, "greta", InvitationChoice(step=Step.ACCEPT, invitation=row.id))
    (said,) = [one for one in gardeners.chat.sent if one.purpose == "introduction"]
    assert "somebody from outside" in words(said)
    assert gardeners.chat.let_in == [(PersonId("fake:greta"), asked.channel)]


def words(out: Outgoing) -> str:
    return "\n".join(part.text for part in out.body.parts if isinstance(part, Text))


async def test_forgetting_somebody_makes_the_newest_page_anew_and_drops_the_older_ones(gardeners: Scene) -> None:
    folder = pages.folder(gardeners.world.config.data)
    old, newest = (pages.path_of(folder.parent, CommunityId("help"), week) for week in ("2026-W08", "2026-W09"))
    for page in (old, newest):
        page.write_text("Greta said something about slugs")
        pages.picture_of(page, 1, "questions").write_bytes(b"")
    export = export_path(folder.parent, PersonId("fake:greta"))
    export.parent.mkdir()
    export.write_text("{}")
    await gardeners.app.forget(PersonId("fake:greta"))
    assert not export.exists()
    assert list(folder.iterdir()) == [newest]
    assert "Greta" not in newest.read_text()


async def test_when_only_somebody_who_cannot_read_along_knows_the_asker_is_asked_first(gardeners: Scene) -> None:
    async with gardeners.world.store.transaction() as tx:
        greta = (await tx.people([PersonId("fake:greta")]))[PersonId("fake:greta")]
        await tx.put_people([replace(greta, workspace=WorkspaceId("fake:elsewhere"))])
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, days=1)
    assert await invitations(gardeners, asked) == []
    assert [out.purpose for out in gardeners.chat.to("eva")] == ["consent"]
    await press(gardeners, "eva", ConsentChoice(granted=True, question=asked))
    await pass_time(gardeners, days=1)
    assert len(invited(gardeners, "greta")) == 1


@pytest.mark.parametrize(("eva", "greta"), [(True, True), (True, False), (True, None), (None, None)])
async def test_a_story_is_told_only_when_both_say_yes(gardeners: Scene, eva: bool | None, greta: bool | None) -> None:
    asked = await gardeners.say("eva", "help", ASKED)
    await pass_time(gardeners, days=1)
    (row,) = await invitations(gardeners, asked)
    await press(gardeners, "greta", InvitationChoice(step=Step.ANSWER, invitation=row.id), EXPLAINED)
    await press(gardeners, "eva", InvitationChoice(step=Step.HELP, invitation=row.id))
    requests = {out.target.person: out for out in gardeners.chat.sent if out.purpose == "telling"}
    assert requests.keys() == {"fake:eva", "fake:greta"}
    for who, said in (("eva", eva), ("greta", greta)):
        if said is not None:
            await press(gardeners, who, TellChoice(granted=said, question=asked))
    await press(gardeners, "gus", TellChoice(granted=True, question=asked))
    week = Week.containing(gardeners.clock(), "Europe/Amsterdam")
    async with gardeners.world.store.snapshot() as tx:
        stories = (await tx.report_material(CommunityId("help"), week)).stories
    assert [(one.asker, one.ander, one.answered) for one in stories] == (
        [("eva", "greta", EXPLAINED)] if eva and greta else []
    )
