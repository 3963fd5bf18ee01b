"""An invitation in the hands of the ander: every button, and what the others get to see of it."""

from dataclasses import replace

import pytest

from bot.anders.invitation import State, Step
from bot.buttons import ConsentChoice, InvitationChoice, SuggestionChoice, make
from bot.model import Consent, EvidenceKind, InvitationRow, ItemKind, Status, Suggestion
from bot.outgoing import Audience, Quote
from tests.commands.conftest import Place, channel, person, quotes, words


def token(row: InvitationRow, step: Step) -> str:
    return make(InvitationChoice(step=step, invitation=row.id))


async def invited(place: Place) -> InvitationRow:
    return await place.invite("anouk", (await place.item("care", "q2")).ref)


async def test_joining_introduces_the_ander_once(place: Place) -> None:
    row = await invited(place)
    for _ in range(2):
        reply = await place.press("anouk", token(row, Step.ACCEPT), where="town")
    assert reply is not None
    assert quotes(reply) == ["How do clients remember their appointment?"]
    posts = await place.posted("introduction")
    assert [(p.target.audience, p.target.channel, p.target.thread) for p in posts] == [
        (Audience.CHANNEL, channel("care"), "q2")
    ]
    assert "Anouk van Town denkt mee." in words_of(posts[0].body.parts)
    assert (await place.invitation(row)).state == State.ACCEPTED


def words_of(parts: object) -> str:
    return "\n".join(str(getattr(part, "text", "")) for part in parts)  # type: ignore[attr-defined]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_why_them_is_told_unless_they_said_it_encrypted(place: Place, encrypted: bool) -> None:
    async with place.world.store.transaction() as tx:
        (town,) = (await tx.channels([channel("town")])).values()
        await tx.put_channels([replace(town, encrypted=encrypted)])
    known = await place.say("town", "k9", "anouk", "Ring the supplier of the plotter", kind=ItemKind.KNOW_HOW)
    row = await invited(place)
    async with place.world.store.transaction() as tx:
        await tx.put_invitation(replace(row, evidence=(known,)))
    await place.press("anouk", token(row, Step.ACCEPT), where="town")
    (post,) = await place.posted("introduction")
    assert ("plotter" in words_of(post.body.parts)) is not encrypted


async def test_answering_from_here_puts_the_words_in_the_thread(place: Place) -> None:
    row = await invited(place)
    await place.press("anouk", token(row, Step.ANSWER), "Send a second text message. @channel", where="town")
    post = (await place.posted("relayed"))[0]
    said = next(part for part in post.body.parts if isinstance(part, Quote))
    assert (said.author, said.text) == ("Anouk", "Send a second text message. ＠channel")
    question = await place.item("care", "q2")
    async with place.world.store.snapshot() as tx:
        thread = (await tx.threads([question.ref]))[question.ref]
        evidence = [row.kind for row in await tx.evidence() if row.person == person("anouk")]
    assert [answer.author for answer in thread.answers] == [person("anouk")]
    assert question.status is Status.ANSWERED
    assert evidence == [EvidenceKind.ANSWER]
    assert (await place.invitation(row)).state == State.ANSWERED


async def test_a_secret_in_an_answer_is_masked_before_it_is_stored(place: Place) -> None:
    row = await invited(place)
    await place.press("anouk", token(row, Step.ANSWER), "Send it to NL91ABNA0417164300 please", where="town")
    async with place.world.store.snapshot() as tx:
        stored = await tx.thread_messages((await place.item("care", "q2")).ref, 10)
    assert "0417164300" not in str(stored)
    assert "0417164300" not in str(await place.posted("relayed"))


async def test_an_empty_answer_says_nothing_in_the_thread(place: Place) -> None:
    row = await invited(place)
    await place.press("anouk", token(row, Step.ANSWER), "  ", where="town")
    assert await place.posted("relayed") == []
    assert (await place.invitation(row)).state == State.SENT


async def test_more_can_be_said_later(place: Place) -> None:
    row = await invited(place)
    for text in ("First.", "Second."):
        await place.press("anouk", token(row, Step.ANSWER), text, where="town")
    async with place.world.store.snapshot() as tx:
        stored = await tx.thread_messages((await place.item("care", "q2")).ref, 10)
    assert [m.text for m in stored if m.author == person("anouk")] == ["First.", "Second."]


@pytest.mark.parametrize(
    ("step", "state"),
    [(Step.DECLINE, State.DECLINED), (Step.DISCLAIM, State.NOT_MY_FIELD), (Step.STOP, State.STOPPED)],
)
async def test_no_is_fine_and_nobody_knows(place: Place, step: Step, state: State) -> None:
    row = await invited(place)
    await place.press("anouk", token(row, step), where="town")
    assert (await place.invitation(row)).state == state
    assert (await place.person("anouk")).invitations is (step is not Step.STOP)
    assert await place.posted("introduction") == []


async def test_stop_works_even_when_the_invitation_is_long_over(place: Place) -> None:
    row = await invited(place)
    await place.press("anouk", token(row, Step.STOP), where="town")
    await place.call("anouk", "me invitations on", "town")
    await place.press("anouk", token(row, Step.STOP), where="town")
    assert not (await place.person("anouk")).invitations


async def test_somebody_elses_invitation_is_not_theirs_to_answer(place: Place) -> None:
    row = await invited(place)
    unknown = make(InvitationChoice(step=Step.ACCEPT, invitation=type(row.id)("none")))
    forged = await place.press("noor", token(row, Step.ACCEPT), where="wound")
    assert forged == await place.press("noor", unknown, where="wound")
    assert (await place.invitation(row)).state == State.SENT


async def test_an_invitation_not_yet_sent_cannot_be_answered(place: Place) -> None:
    row = await place.invite("anouk", (await place.item("care", "q2")).ref, State.DUE)
    await place.press("anouk", token(row, Step.ACCEPT), where="town")
    assert (await place.invitation(row)).state == State.DUE


async def test_a_private_question_without_consent_is_not_shown(place: Place) -> None:
    row = await place.invite("anouk", (await place.item("beech", "p1")).ref)
    reply = await place.press("anouk", token(row, Step.ACCEPT), where="town")
    assert reply is not None
    assert quotes(reply) == []
    assert "beech" not in words(reply)
    assert await place.posted("introduction") == []


async def test_only_the_asker_says_that_it_helped(place: Place) -> None:
    row = await invited(place)
    await place.press("anouk", token(row, Step.ANSWER), "Send a second one.", where="town")
    await place.press("eva", token(row, Step.HELP))
    assert (await place.invitation(row)).state == State.ANSWERED
    for _ in range(2):
        await place.press("ineke", token(row, Step.HELP))
    thanks = await place.posted("thanks")
    assert (await place.invitation(row)).state == State.HELPFUL
    assert (await place.item("care", "q2")).status is Status.RESOLVED
    assert [(t.target.person, t.target.audience) for t in thanks] == [(person("anouk"), Audience.DIRECT)]


async def test_consent_is_the_askers_to_give(place: Place) -> None:
    question = (await place.item("beech", "p1")).ref
    async with place.world.store.transaction() as tx:
        await tx.put_consent(Consent(question=question, person=person("eva"), asked_at=place.now))
    await place.press("ineke", make(ConsentChoice(granted=True, question=question)))
    assert (await place.item("beech", "p1")).look_at is None
    await place.press("eva", make(ConsentChoice(granted=True, question=question)))
    async with place.world.store.snapshot() as tx:
        consent = await tx.consent(question)
    assert consent is not None
    assert consent.granted
    assert (await place.item("beech", "p1")).look_at == place.now


async def test_an_earlier_answer_that_helped_solves_the_question(place: Place) -> None:
    new, earlier = (await place.item("care", "q2")).ref, (await place.item("care", "q1")).ref
    press = make(SuggestionChoice(helped=True, question=new, earlier=earlier))
    await place.press("ineke", press)  # none was shown
    assert (await place.item("care", "q2")).status is Status.OPEN
    async with place.world.store.transaction() as tx:
        await tx.add_suggestion(Suggestion(question=new, earlier=earlier, person=person("ineke"), shown_at=place.now))
    await place.press("ineke", press)
    assert (await place.item("care", "q2")).status is Status.RESOLVED
    assert (await place.item("care", "q1")).helped == 1


async def test_not_the_same_leaves_the_question_open(place: Place) -> None:
    new, earlier = (await place.item("care", "q2")).ref, (await place.item("care", "q1")).ref
    async with place.world.store.transaction() as tx:
        await tx.add_suggestion(Suggestion(question=new, earlier=earlier, person=person("ineke"), shown_at=place.now))
    await place.press("ineke", make(SuggestionChoice(helped=False, question=new, earlier=earlier)))
    assert (await place.item("care", "q2")).status is Status.OPEN
    assert (await place.item("care", "q1")).helped == 0


async def test_a_button_of_somebody_else_is_left_alone(place: Place) -> None:
    assert await place.press("eva", "approve:42") is None
