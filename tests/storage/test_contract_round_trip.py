"""Whatever goes in comes out the same: each call of the port, once."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from bot.events import ChannelId, ChannelKind, EventId, WorkspaceId
from bot.model import (
    AnswerLink,
    By,
    Community,
    Consent,
    DeadEvent,
    Domain,
    DomainKey,
    EvidenceKind,
    EvidenceRow,
    InvitationId,
    InvitationRow,
    ItemKind,
    Op,
    Part,
    SearchRecord,
    Status,
    Suggestion,
)
from bot.outgoing import SendState
from bot.ports import Store, Transaction
from tests.storage.examples import (
    CARE,
    MODEL,
    NOW,
    SPACE,
    answer,
    at,
    channel,
    item,
    message,
    outgoing,
    person,
    ref,
    vector_of,
    where,
    who,
)


async def test_people_and_places(store: Store) -> None:
    eva, care = person("eva", timezone="Europe/Amsterdam", lang="nl"), channel("care", noticed_at=NOW)
    community = Community(id=CARE, name="Care", facilitators=(who("eva"),))
    domains = [Domain(community=CARE, key=DomainKey(key), name=name) for key, name in (("b", "Aid"), ("a", "Beds"))]
    async with store.transaction() as tx:
        await tx.put_people([eva])
        await tx.put_channels([care])
        await tx.put_members([(care.id, eva.id, NOW)], [])
        await tx.put_communities([community])
        await tx.put_domains(domains)
    async with store.snapshot() as tx:
        assert await tx.people() == {eva.id: eva}
        assert await tx.people([eva.id, who("bob")]) == {eva.id: eva}
        assert await tx.channels() == {care.id: care}
        assert await tx.channels([where("none")]) == {}
        assert await tx.memberships(eva.id) == {care.id}
        assert await tx.all_memberships() == {eva.id: {care.id}}
        assert await tx.members(care.id) == {eva.id}
        assert await tx.communities() == {CARE: community}
        assert await tx.domains() == await tx.domains(CARE) == domains


async def test_doors(store: Store) -> None:
    """Ids are opaque: nothing in one may be taken for the end of it."""
    odd = ["two\nlines", 'a "quoted" one', "back\\slash", "tab\t[1,2]", "é\u2028☃", *map(str, range(1000))]
    places = [channel(name) for name in odd]
    closed, left = channel("closed", kind=ChannelKind.PRIVATE), channel("left", workspace=WorkspaceId("other"))
    async with store.transaction() as tx:
        await tx.put_people([person("eva")])
        await tx.put_channels([*places, closed, left])
        joined = [(id, who("eva"), NOW) for id in (closed.id, left.id, places[0].id)]
        await tx.put_members(joined, [(left.id, who("eva"), at(1))])
    async with store.snapshot() as tx:
        mine: Doors = {
            (ChannelKind.PRIVATE, SPACE, True): {closed.id},
            (ChannelKind.PUBLIC, SPACE, True): {places[0].id},
        }
        assert await behind(tx, ChannelKind.DIRECT) == mine
        assert await behind(tx, ChannelKind.PUBLIC) == mine | {
            (ChannelKind.PUBLIC, SPACE, False): {place.id for place in places},
            (ChannelKind.PUBLIC, WorkspaceId("other"), False): {left.id},
        }
        some = {place.id for place in places[1:950]}
        assert await behind(tx, ChannelKind.PUBLIC, some) == {(ChannelKind.PUBLIC, SPACE, False): some}
        assert await behind(tx, ChannelKind.DIRECT, [closed.id, left.id]) == {
            (ChannelKind.PRIVATE, SPACE, True): {closed.id}
        }
        for nothing in ([where("nowhere")], []):
            assert await behind(tx, ChannelKind.PUBLIC, nothing) == {}


Doors = dict[tuple[object, ...], set[ChannelId]]


async def behind(tx: Transaction, kind: ChannelKind, channels: Collection[ChannelId] | None = None) -> Doors:
    """What Eva finds behind each sort of door."""
    found: Doors = {}
    for sort, workspace, member, places in await tx.doors(who("eva"), kind, channels):
        known = found.setdefault((sort, workspace, member), set())
        assert not known & set(places)
        known |= set(places)
    return found


async def test_the_inbox(store: Store) -> None:
    dead = DeadEvent(event=EventId("d"), at=NOW, error="InputError", where="slack")
    async with store.transaction() as tx:
        assert await tx.take_in([EventId("a"), EventId("b"), EventId("a")], NOW) == {"a", "b"}
        assert await tx.take_in([EventId("b"), EventId("c")], NOW) == {"c"}
        await tx.bury(dead)
    async with store.snapshot() as tx:
        assert await tx.unseen([EventId("a"), EventId("d"), EventId("e")]) == {"e"}
        assert await tx.dead_events() == [dead]
    async with store.transaction() as tx:
        await tx.revive(dead.event)
        assert await tx.dead_events() == []
        assert await tx.take_in([dead.event], NOW) == {"d"}


async def test_messages(store: Store) -> None:
    root, reply = message("1"), message("2", "bob", 1, thread="1", reply_to="1", resolved=True)
    late = message("3", minutes=2)
    async with store.transaction() as tx:
        assert await tx.add_messages([root, late, reply]) == {root.ref, reply.ref, late.ref}
        assert await tx.add_messages([root]) == frozenset()
    async with store.snapshot() as tx:
        assert await tx.message(reply.ref) == reply
        assert await tx.message(ref("9")) is None
        assert await tx.recent(where("care"), 2) == [reply, late]
        assert await tx.thread_messages(root.ref, 10) == [root, reply]


async def test_an_edit_and_a_deletion(store: Store) -> None:
    said = message("1")
    async with store.transaction() as tx:
        await tx.add_messages([said])
        assert await tx.edit_message(said.ref, who("eva"), "better", "nl", "question", NOW)
        assert not await tx.edit_message(said.ref, who("bob"), "mine", "nl", "question", NOW)
        assert await tx.message(said.ref) == replace(said, text="better", lang="nl", kind="question", edited_at=NOW)
        await tx.drop_message(said.ref, NOW)
        assert await tx.message(said.ref) is None
        assert await tx.add_messages([said]) == frozenset()


async def test_items_and_threads(store: Store) -> None:
    question = item("q", domain="beds", look_at=at(60), first_reply_at=at(1), first_reply_by=who("bob"))
    first, second = answer("a"), answer("b", minutes=6)
    sure = AnswerLink(question=question.ref, answer=first.ref, confidence=0.9)
    marked = AnswerLink(question=question.ref, answer=second.ref, confidence=0.2, by=By.PERSON)
    async with store.transaction() as tx:
        await tx.put_items([question, first, second])
        await tx.link_answers([sure, marked])
    async with store.snapshot() as tx:
        assert await tx.items([question.ref, ref("x")]) == {question.ref: question}
        assert (await tx.threads([question.ref]))[question.ref].answers == (second, first)
        assert await tx.links_of([question.ref]) == [sure, marked]
        assert await tx.questions_of([second.ref]) == [marked]
        assert await tx.all_refs(None, 10) == [question.ref]
        assert await tx.all_refs(question.ref, 10) == []


async def test_lists_of_items(store: Store) -> None:
    waiting = item("1", look_at=at(1))
    filed = item("2", minutes=1, domain="beds", look_at=at(2))
    solved = item("3", minutes=2, status=Status.RESOLVED)
    tip = item("4", minutes=3, kind=ItemKind.KNOW_HOW, domain="beds")
    async with store.transaction() as tx:
        await tx.put_items([waiting, filed, solved, tip, answer("5")])
    async with store.snapshot() as tx:
        assert await tx.open_questions() == [filed, waiting]
        assert await tx.open_questions(channels=[where("else")]) == []
        assert await tx.open_questions(channels=[where("care")], community=CARE, limit=1) == [filed]
        assert await tx.open_questions(domain=DomainKey("beds"), since=at(1)) == [filed]
        assert await tx.unfiled(CARE, 10) == [solved, waiting]
        assert await tx.filed(CARE, 10) == [tip, filed]
        assert await tx.items_since(CARE, at(1)) == [filed, solved, tip]
        assert await tx.due_questions(at(1), 10) == [waiting]


async def test_vectors_and_the_log(store: Store) -> None:
    question, reply = item("q"), answer("a")
    own = vector_of(question.ref)
    async with store.transaction() as tx:
        await tx.put_items([question, reply])
        assert await tx.lacking_vectors(Part.OWN, MODEL, 10) == [question.ref]
        await tx.put_vectors([own])
    async with store.snapshot() as tx:
        assert await tx.lacking_vectors(Part.OWN, MODEL, 10) == []
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 10) == []
        kept = await tx.vectors([question.ref], Part.OWN, MODEL)
        np.testing.assert_allclose(kept[question.ref], own.vector, atol=0.005)
        assert await tx.vectors([question.ref], Part.THREAD, MODEL) == {}
        (change,) = await tx.changes_after(0, 10)
        assert (change.ref, change.op) == (question.ref, Op.PUT)
        assert await tx.last_change() == change.seq


async def test_suggestions_and_searches(store: Store) -> None:
    shown = Suggestion(question=ref("1"), earlier=ref("2"), person=who("eva"), shown_at=NOW)
    search = SearchRecord(id="s", community=CARE, at=NOW, results=3)
    async with store.transaction() as tx:
        await tx.add_suggestion(shown)
        assert await tx.answer_suggestion(shown.question, shown.earlier, shown.person, True)
        assert not await tx.answer_suggestion(shown.question, shown.earlier, who("bob"), True)
        await tx.put_search(search)
        await tx.put_search(replace(search, opened=True))
        assert await tx.search_record("s") == replace(search, opened=True)
        assert await tx.search_record("t") is None


async def test_evidence(store: Store) -> None:
    question, reply = item("q"), answer("a")
    spoke = EvidenceRow(
        person=who("bob"),
        kind=EvidenceKind.ANSWER,
        community=CARE,
        domain=None,
        at=at(5),
        item=reply.ref,
        about=question.ref,
    )
    offer = EvidenceRow(person=who("bob"), kind=EvidenceKind.OFFER, community=CARE, domain=DomainKey("beds"), at=at(1))
    async with store.transaction() as tx:
        assert await tx.newest_evidence() is None
        await tx.put_items([question, reply])
        await tx.add_evidence([spoke, offer, spoke])
        assert await tx.evidence() == [offer, spoke]
        assert await tx.evidence(before=at(5)) == [offer]
        assert await tx.evidence(since=at(5)) == [spoke]
        assert await tx.newest_evidence() == at(5)


def invitation(name: str, question: str = "q", **more: object) -> InvitationRow:
    known: dict[str, object] = {
        "id": InvitationId(f"{question}-{name}"),
        "question": ref(question),
        "person": who(name),
    }
    known |= {"community": CARE, "state": "due", "due_at": NOW, "until": at(600), "evidence": (ref("a"),)}
    return InvitationRow(**(known | more))  # type: ignore[arg-type] # the fields of an InvitationRow


async def test_invitations(store: Store) -> None:
    bob, ann = invitation("bob"), invitation("ann", due_at=at(5))
    async with store.transaction() as tx:
        assert await tx.add_invitations([bob, ann]) == [bob.id, ann.id]
        assert await tx.add_invitations([replace(bob, id=InvitationId("again"))]) == []
        sent = replace(bob, state="sent", sent_at=at(1), evidence=())
        await tx.put_invitation(sent)
        assert await tx.invitation(bob.id) == sent
        assert await tx.invitation(InvitationId("none")) is None
        assert await tx.invitations() == await tx.invitations(question=ref("q"), community=CARE) == [sent, ann]
        assert await tx.invitations(person=who("ann")) == await tx.invitations(since=at(5)) == [ann]
        assert await tx.invitations(states=["sent"]) == [sent]


async def test_consent(store: Store) -> None:
    asked = Consent(question=ref("q"), person=who("eva"), asked_at=NOW)
    async with store.transaction() as tx:
        await tx.put_consent(asked)
        await tx.put_consent(replace(asked, granted=True))
        assert await tx.consent(asked.question) == replace(asked, granted=True)
        assert await tx.consent(ref("x")) is None


async def test_the_outbox(store: Store) -> None:
    first, later = outgoing("1"), outgoing("2", minutes=5, about=(ref("q"),))
    async with store.transaction() as tx:
        one, two = await tx.put_out([first, later])
        assert await tx.put_out([first]) == []
        assert await tx.claim_out(at(1), 10, "slack") == []
        sending = replace(first, id=one, state=SendState.SENDING)
        assert await tx.claim_out(at(1), 10, "chat") == [sending]
        assert await tx.claim_out(at(1), 10, "chat") == []
        assert await tx.unsettled_out("chat") == [sending]
        await tx.settle_out(one, SendState.NEW, at(1), retry_at=at(2), error="429")
        assert await tx.claim_out(at(1), 10, "chat") == []
        await tx.settle_out(one, SendState.SENT, at(2), remote="r1")
        assert await tx.out(SendState.SENT) == [replace(first, id=one, state=SendState.SENT, attempts=2, due_at=at(2))]
        await tx.withdraw_out(later.purpose, later.target, later.key)
        assert await tx.out(SendState.WITHDRAWN) == [replace(later, id=two, state=SendState.WITHDRAWN)]


async def test_jobs(store: Store, now: datetime) -> None:
    hour = timedelta(hours=1)
    async with store.transaction() as tx:
        claim = await tx.claim_job("report", "2026-W36", now, now + hour)
        assert claim is not None
        assert await tx.claim_job("report", "2026-W36", now, now + hour) is None
        assert not await tx.job_done("report", "2026-W36")
        await tx.finish_job(claim, now)
        assert await tx.job_done("report", "2026-W36")
        assert await tx.claim_job("report", "2026-W36", now + 2 * hour, now + 3 * hour) is None


async def test_privacy(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_people([person("eva")])
        await tx.add_messages([message("1"), message("2", "bob", 1)])
        assert [row["text"] for row in (await tx.export(who("eva")))["messages"]] == ["text of 1"]
        assert await tx.forget(who("eva"), NOW) == 3  # herself, her message, that it was her first
        assert await tx.forgotten([who("eva"), who("bob")]) == {who("eva")}
        assert await tx.purge(at(2), 10) == 1
        assert await tx.recent(where("care"), 10) == []
    await store.scrub()
