"""The facts of a report, from a record small enough to count by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.events import ChannelKind
from bot.model import (
    AnswerLink,
    By,
    Community,
    CommunityId,
    Domain,
    DomainKey,
    EvidenceKind,
    EvidenceRow,
    ItemKind,
    SearchRecord,
    Suggestion,
)
from bot.ports import Store
from bot.reports import material as facts
from bot.reports.material import (
    AnswerRecord,
    InvitationRecord,
    KnowHowRecord,
    Material,
    Membership,
    Newcomer,
    Post,
    QuestionRecord,
)
from bot.reports.week import Week
from tests.storage.examples import CARE, answer, channel, item, message, person, ref, where, who
from tests.storage.test_contract_round_trip import invitation

WEEK = Week.parse("2026-W36", "UTC")
LAB = CommunityId("lab")


def on(day: int, hour: int = 9) -> datetime:
    """An hour of the reported week; day 1 is its Monday."""
    return WEEK.start + timedelta(days=day - 1, hours=hour)


async def gather(store: Store) -> Material:
    """Eva asks in care; Bob of the lab and Ann of care answer; Opt wants none of this; a secret room is left out."""
    people = [person(name) for name in ("eva", "bob", "ann", "opt")] + [person("bot", automatic=True)]
    channels = [
        channel("care"),
        channel("secret", kind=ChannelKind.PRIVATE),
        channel("lab", community=LAB),
    ]
    posts = [
        ("q", "eva", on(1), None, "care"),
        ("a", "bob", on(1, 11), "q", "care"),
        ("b", "ann", on(2), "q", "care"),
        ("t", "eva", on(2, 10), "q", "care"),
        ("o", "opt", on(2, 11), None, "care"),
        ("r", "bot", on(2, 12), None, "care"),
        ("s", "ann", on(3), None, "secret"),
        ("l", "bob", on(-9), None, "lab"),
        ("m", "bob", on(-8), None, "lab"),
        ("n", "bob", on(9), None, "care"),
    ]
    async with store.transaction() as tx:
        await tx.put_people(people)
        await tx.put_settings(person("opt", opted_out_at=on(3)))
        await tx.put_channels(channels)
        await tx.put_communities([Community(id=CARE, name="Care", lang="nl"), Community(id=LAB, name="Lab")])
        await tx.put_domains([Domain(community=CARE, key=DomainKey("beds"), name="Beds")])
        joins = [(where("care"), who(name), on(-300)) for name in ("eva", "ann", "opt")]
        await tx.put_members([*joins, (where("lab"), who("bob"), on(-300))], [(where("care"), who("ann"), on(5))])
        await tx.add_messages(
            [message(id, author, at=at, thread=thread, ref=ref(id, room)) for id, author, at, thread, room in posts]
        )
        asked = item("q", at=on(1), domain="beds", first_reply_at=on(1, 11), first_reply_by=who("bob"))
        by_bob, by_ann = answer("a", "bob", at=on(1, 11)), answer("b", "ann", at=on(2))
        tip = item("k", kind=ItemKind.KNOW_HOW, at=on(4), confirmed=True)
        hidden, elsewhere = item("h", at=on(2), hidden=True), item("s", "ann", at=on(3), ref=ref("s", "secret"))
        await tx.put_items([asked, by_bob, by_ann, tip, hidden, elsewhere])
        link = AnswerLink(question=asked.ref, answer=by_bob.ref, confidence=1.0, by=By.PERSON)
        await tx.link_answers([link, replace(link, answer=by_ann.ref, by=By.DETECTOR)])
        await tx.put_search(SearchRecord(id="1", community=CARE, at=on(2), results=1, opened=True))
        await tx.put_search(SearchRecord(id="2", community=LAB, at=on(2), results=1))
        shown = Suggestion(question=asked.ref, earlier=tip.ref, person=who("eva"), shown_at=on(1))
        await tx.add_suggestion(replace(shown, helped=True))
        sent = replace(invitation("bob"), state="stopped", sent_at=on(1, 10), closed_at=on(2))
        await tx.add_invitations([sent, invitation("ann")])
        await tx.add_evidence([offer("bob"), offer("eva"), offer("opt")])
    async with store.snapshot() as tx:
        return await tx.report_material(CARE, WEEK)


def offer(name: str) -> EvidenceRow:
    return EvidenceRow(person=who(name), kind=EvidenceKind.OFFER, community=CARE, domain=DomainKey("beds"), at=on(1))


async def test_the_facts(store: Store) -> None:
    found = await gather(store)
    assert (found.name, found.lang, found.week) == ("Care", "nl", WEEK)
    assert found.posts == (
        Post(person=who("eva"), at=on(1)),
        Post(person=who("bob"), at=on(1, 11), reply_to=who("eva")),
        Post(person=who("ann"), at=on(2), reply_to=who("eva")),
        Post(person=who("eva"), at=on(2, 10)),
    )
    assert set(found.members) == {
        Membership(person=who("eva"), joined_at=on(-300)),
        Membership(person=who("ann"), joined_at=on(-300), left_at=on(5)),
    }
    assert dict(found.groups) == {who("eva"): CARE, who("ann"): CARE, who("bob"): LAB}
    assert dict(found.domain_names) == {"beds": "Beds"}
    assert dict(found.group_names) == {CARE: "Care", LAB: "Lab"}
    assert found.questions == (
        QuestionRecord(
            id=str(ref("q")),
            person=who("eva"),
            at=on(1),
            domain="beds",
            first_reply_at=on(1, 11),
            answers=(
                AnswerRecord(person=who("bob"), at=on(1, 11), outsider=True, helpful=True, first_pair=True),
                AnswerRecord(person=who("ann"), at=on(2), first_pair=True),
            ),
            title="text of q",
            link=str(ref("q")),
            public=True,
        ),
    )
    assert found.know_how == (KnowHowRecord(at=on(4), confirmed_at=on(4)),)


async def test_what_ander_did(store: Store) -> None:
    found = await gather(store)
    assert found.searches == ()  # who searched is not kept, so it cannot be known that five people did
    assert found.suggestions == (facts.SuggestionRecord(person=who("eva"), at=on(1), accepted=True),)
    assert found.invitations == (
        InvitationRecord(person=who("bob"), question=str(ref("q")), sent_at=on(1, 10), opted_out_at=on(2)),
    )
    assert found.invitable == {who("bob")}


async def test_newcomers(store: Store) -> None:
    found = await gather(store)
    assert {one.person: one for one in found.newcomers} == {
        who("eva"): newcomer("eva", "q", on(1), on(1, 11)),
        who("bob"): newcomer("bob", "a", on(1, 11), on(2)),  # ann goes on in the thread that bob joined
        who("ann"): newcomer("ann", "b", on(2), on(2, 10)),
    }
    async with store.transaction() as tx:
        await tx.purge(WEEK.end, 100)
        await tx.add_messages([message("z", "eva", at=on(9))])
        later = await tx.report_material(CARE, WEEK.back(-1))
    assert who("eva") not in {one.person for one in later.newcomers if one.first_post_at >= WEEK.end}


def newcomer(name: str, first: str, at: datetime, met: datetime | None) -> Newcomer:
    return Newcomer(person=who(name), first_post_at=at, first_reply_at=met, name=name.title(), link=str(ref(first)))


@pytest.mark.parametrize(("member", "seen"), [(True, True), (False, False)])
async def test_a_private_room_counts_when_its_readers_may_enter(store: Store, member: bool, seen: bool) -> None:
    async with store.transaction() as tx:
        await tx.put_people([person("eva"), person("fay")])
        await tx.put_channels([channel("secret", kind=ChannelKind.PRIVATE)])
        await tx.put_communities([Community(id=CARE, name="Care", facilitators=(who("fay"),))])
        await tx.put_members([(where("secret"), who("fay"), on(1))] if member else [], [])
        await tx.put_items([item("s", at=on(3), ref=ref("s", "secret"))])
        found = await tx.report_material(CARE, WEEK)
    assert [(one.title, one.link, one.public) for one in found.questions] == [("", "", False)] * seen


async def test_what_was_said_encrypted_is_counted_and_never_quoted(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_people([person("eva")])
        await tx.put_channels([channel("closed", encrypted=True)])
        await tx.put_communities([Community(id=CARE, name="Care")])
        await tx.add_messages([message("s", "eva", at=on(3), ref=ref("s", "closed"))])
        await tx.put_items([item("s", at=on(3), ref=ref("s", "closed"))])
        found = await tx.report_material(CARE, WEEK)
    assert [(one.title, one.link, one.public) for one in found.questions] == [("", "", False)]
    assert [(one.person, one.name, one.link) for one in found.newcomers] == [(who("eva"), "", "")]


async def test_an_old_question_that_was_still_open(store: Store) -> None:
    old = datetime(2025, 1, 1, tzinfo=UTC)
    async with store.transaction() as tx:
        await tx.put_channels([channel("care")])
        open_, closed = item("open", at=old), item("closed", at=old, first_reply_at=old + timedelta(hours=1))
        await tx.put_items([open_, closed, item("later", at=WEEK.end)])
        found = await tx.report_material(CARE, WEEK)
    assert [one.id for one in found.questions] == [str(open_.ref)]
