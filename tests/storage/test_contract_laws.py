"""What holds in whatever order things arrive, and however often."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import StoreBusy, StoreError
from bot.events import EventId
from bot.model import AnswerLink, By, EvidenceKind, EvidenceRow, Item, Message, Op, Part, Ref
from bot.outgoing import Audience, Outgoing, SendState, Target
from bot.ports import Store, Transaction
from tests.storage.examples import (
    CARE,
    MODEL,
    NOW,
    answer,
    at,
    item,
    message,
    outgoing,
    person,
    ref,
    vector_of,
    where,
    who,
)

law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Undo(Exception):
    """Leaves a transaction without a trace."""


@asynccontextmanager
async def blank(store: Store) -> AsyncIterator[Transaction]:
    """A transaction that leaves the record as empty as it was, for the next example."""
    with suppress(Undo):
        async with store.transaction() as tx:
            yield tx
            raise Undo


events = st.lists(st.integers(0, 20).map(lambda number: EventId(f"e{number}")), max_size=12)


@law
@given(deliveries=st.lists(events, max_size=6))
async def test_every_event_is_new_exactly_once(store: Store, deliveries: list[list[EventId]]) -> None:
    async with blank(store) as tx:
        new = [event for events in deliveries for event in await tx.take_in(events, NOW)]
        assert sorted(new) == sorted({event for events in deliveries for event in events})


# ── post, edit, delete ────────────────────────────────────────────────────────────────────────────────────────────

POSTED = message("1", "eva", text="as it was")
ITEM = item("1", "eva", text="as it was")


async def post(tx: Transaction) -> None:
    """As the app does: the message and what it makes of it, unless it knows the message already."""
    if not await tx.add_messages([POSTED]) and await tx.message(POSTED.ref):
        return
    await tx.put_items([ITEM])
    await tx.put_vectors([vector_of(ITEM.ref)])
    await tx.link_answers([AnswerLink(question=ITEM.ref, answer=ref("2"), confidence=0.9)])
    await tx.add_evidence([evidence_of("eva", ITEM.ref)])


def evidence_of(name: str, one: Ref, about: Ref | None = None) -> EvidenceRow:
    return EvidenceRow(
        person=who(name), kind=EvidenceKind.ANSWER, community=CARE, domain=None, at=NOW, item=one, about=about
    )


async def edit(tx: Transaction) -> None:
    """As the app does: what the message says now is what the item says."""
    if await tx.edit_message(POSTED.ref, who("eva"), "as it is", "nl", "question", at(2)):
        await tx.put_items([replace(ITEM, text="as it is", lang="nl")])


async def edit_before(tx: Transaction) -> None:
    """What the author made of it first, and then made better."""
    if await tx.edit_message(POSTED.ref, who("eva"), "as it was for a minute", "nl", "question", at(1)):
        await tx.put_items([replace(ITEM, text="as it was for a minute", lang="nl")])


async def forge(tx: Transaction) -> None:
    """Somebody else's edit."""
    assert not await tx.edit_message(POSTED.ref, who("eve"), "forged", "en", "other", at(3))


async def delete(tx: Transaction) -> None:
    await tx.drop_message(POSTED.ref, NOW)


Residue = tuple[Message | None, dict[Ref, Item], list[Any], dict[Ref, Any], list[EvidenceRow]]


async def residue(tx: Transaction) -> Residue:
    """Everything that can be seen of the message."""
    return (
        await tx.message(POSTED.ref),
        await tx.items([POSTED.ref]),
        await tx.links_of([POSTED.ref]),
        await tx.vectors([POSTED.ref], Part.OWN, MODEL),
        await tx.evidence(),
    )


GONE: Residue = (None, {}, [], {}, [])


@pytest.mark.parametrize("order", [*permutations([post, edit, delete])], ids=lambda o: "-".join(x.__name__ for x in o))
async def test_nothing_is_left_of_what_was_deleted(store: Store, order: Any) -> None:
    async with blank(store) as tx:
        for step in order:
            await step(tx)
        assert await residue(tx) == GONE
        assert await tx.all_refs(None, 10) == []


@law
@given(steps=st.lists(st.sampled_from([post, edit, edit_before, forge, delete]), max_size=8))
async def test_the_order_of_arrival_leaves_no_trace(store: Store, steps: list[Any]) -> None:
    async with blank(store) as tx:
        for step in steps:
            await step(tx)
        said, items, *_ = found = await residue(tx)
        if delete in steps or post not in steps:
            assert found == GONE
        else:
            text = _newest(steps)
            assert said is not None
            assert (said.text, items[POSTED.ref].text) == (text, text)


def _newest(steps: list[Any]) -> str:
    if edit in steps:
        return "as it is"
    return "as it was for a minute" if edit_before in steps else "as it was"


async def test_a_forged_early_edit_displaces_nothing(store: Store) -> None:
    async with store.transaction() as tx:
        for step in (edit, forge, post):
            await step(tx)
        assert (await tx.items([ITEM.ref]))[ITEM.ref].text == "as it is"


async def test_an_early_edit_of_somebody_who_opted_out_is_not_kept(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_settings(person("eva", opted_out_at=NOW))
        await edit(tx)
        await post(tx)
        assert (await tx.items([ITEM.ref]))[ITEM.ref].text == "as it was"


async def test_a_deleted_answer_changes_its_question(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_items([item("q"), answer("a")])
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("a"), confidence=0.9)])
        seq = await tx.last_change()
        await tx.drop_message(ref("a"), NOW)
        assert [(change.ref, change.op) for change in await tx.changes_after(seq, 10)] == [(ref("q"), Op.PUT)]
        assert (await tx.threads([ref("q")]))[ref("q")].answers == ()


async def test_what_quotes_a_deleted_message_is_emptied(store: Store) -> None:
    async with store.transaction() as tx:
        waiting, sent = await tx.put_out([outgoing("1", about=(ref("q"),)), outgoing("2", about=(ref("q"),))])
        await tx.settle_out(sent, SendState.SENT, NOW)
        await tx.drop_message(ref("q"), NOW)
        rows = {one.id: one for state in SendState for one in await tx.out(state)}
        assert {id: (one.state, one.body.parts, one.about) for id, one in rows.items()} == {
            waiting: (SendState.WITHDRAWN, (), ()),
            sent: (SendState.SENT, (), ()),
        }
        assert await tx.put_out([outgoing("3", about=(ref("q"),))]) == []


# ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────────────


moves = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=7)


@law
@given(moves=moves, shuffled=st.randoms(use_true_random=False))
async def test_membership_follows_the_newest_event(store: Store, moves: list[tuple[bool, int]], shuffled: Any) -> None:
    last = max(((minute, joins) for joins, minute in moves), key=lambda one: (one[0], not one[1]), default=(0, False))
    ever = [minute for joins, minute in moves if joins]
    shuffled.shuffle(moves)
    async with blank(store) as tx:
        for joins, minute in moves:
            move = [(where("care"), who("eva"), at(minute))]
            await tx.put_members(move if joins else [], [] if joins else move)
        inside = bool(ever) and last[1]
        assert (who("eva") in await tx.members(where("care"))) is inside
        assert (where("care") in await tx.memberships(who("eva"))) is inside


targets = st.sampled_from(
    [Target(audience=Audience.DIRECT, person=who("eva")), Target(audience=Audience.CHANNEL, channel=where("care"))]
)
letters = st.builds(
    lambda purpose, target, key: replace(outgoing(key), purpose=purpose, target=target),
    st.sampled_from("pq"),
    targets,
    st.sampled_from("xyz"),
)


@law
@given(batches=st.lists(st.lists(letters, max_size=4), max_size=4))
async def test_the_same_thing_is_said_once(store: Store, batches: list[list[Outgoing]]) -> None:
    async with blank(store) as tx:
        ids = [id for batch in batches for id in await tx.put_out(batch)]
        different = {(one.purpose, str(one.target), one.key) for batch in batches for one in batch}
        assert len(set(ids)) == len(ids) == len(different)
        claimed = await tx.claim_out(NOW, 100, "chat")
        assert [one.id for one in claimed] == ids


async def test_a_later_fence_wins(store: Store) -> None:
    async with store.transaction() as tx:
        old = await tx.claim_job("j", "p", NOW, at(1))
        new = await tx.claim_job("j", "p", at(1), at(2))
        assert old is not None
        assert new is not None
        assert new.fence > old.fence
    with pytest.raises(StoreBusy):  # noqa: PT012 # the block is what must not be kept
        async with store.transaction() as tx:
            await tx.put_items([item("effect")])
            await tx.finish_job(old, at(1))
    async with store.transaction() as tx:
        assert await tx.items([ref("effect")]) == {}
        await tx.finish_job(new, at(1))
        assert await tx.job_done("j", "p")


@law
@given(waits=st.lists(st.integers(0, 3), max_size=8))
async def test_fences_only_grow(store: Store, waits: list[int]) -> None:
    async with blank(store) as tx:
        now, until, fences = NOW, NOW, list[int]()
        for wait in waits:
            now += timedelta(minutes=wait)
            claim = await tx.claim_job("j", "p", now, now + timedelta(minutes=2))
            assert (claim is not None) is (now >= until)
            if claim:
                until = claim.lease_until
                fences.append(claim.fence)
        assert fences == sorted(set(fences))


async def test_what_a_person_decided_stands(store: Store) -> None:
    link = AnswerLink(question=ref("q"), answer=ref("a"), confidence=1.0, by=By.PERSON, rejected=True)
    async with store.transaction() as tx:
        await tx.link_answers([link])
        await tx.link_answers([replace(link, by=By.DETECTOR, rejected=False)])
        assert await tx.links_of([ref("q")]) == [link]
        await tx.link_answers([replace(link, rejected=False)])
        assert await tx.links_of([ref("q")]) == [replace(link, rejected=False)]


async def test_settings_survive_what_the_platform_says(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_people([person("eva", lang="nl")])
        await tx.put_settings(person("eva", lang="en", per_week=1, paused_until=at(9)))
        await tx.put_people([person("eva", name="Eva B", lang="nl", guest=True)])
        eva = (await tx.people())[who("eva")]
        assert eva == person("eva", name="Eva B", lang="en", guest=True, per_week=1, paused_until=at(9))
        await tx.put_settings(replace(eva, per_week=2))
        assert (await tx.people())[who("eva")].lang == "en"


async def test_a_thread_vector_grows_stale(store: Store) -> None:
    thread = vector_of(ref("q"), part=Part.THREAD)
    async with store.transaction() as tx:
        await tx.put_items([item("q"), item("none"), answer("a"), answer("b")])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9) == []
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("a"), confidence=0.9)])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9) == [ref("q")]
        await tx.put_vectors([thread])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9) == []
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("b"), confidence=0.9)])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9) == [ref("q")]
        assert await tx.lacking_vectors(Part.THREAD, "another@1", 9) == [ref("q")]


async def test_a_thread_is_left_alone_until_it_rests(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_items([item("q"), answer("a")])
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("a"), confidence=0.9)])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9, resting=2) == []
        await tx.put_items([item("one")])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9, resting=2) == []
        await tx.put_items([item("two")])
        assert await tx.lacking_vectors(Part.THREAD, MODEL, 9, resting=2) == [ref("q")]


async def test_a_vector_for_the_second_reading_grows_stale_but_changes_no_search(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_items([item("q"), answer("a")])
        last = await tx.last_change()
        assert await tx.lacking_vectors(Part.NEAR, MODEL, 9) == [ref("q")]
        await tx.put_vectors([vector_of(ref("q"), part=Part.NEAR)])
        assert await tx.last_change() == last
        assert await tx.lacking_vectors(Part.NEAR, MODEL, 9) == []
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("a"), confidence=0.9)])
        assert await tx.lacking_vectors(Part.NEAR, MODEL, 9) == [ref("q")]
        await tx.put_items([item("q", text="in other words")])
        assert await tx.vectors([ref("q")], Part.NEAR, MODEL) == {}


async def test_other_words_need_another_vector(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_items([item("q")])
        await tx.put_vectors([vector_of(ref("q")), vector_of(ref("nobody"))])
        await tx.put_items([item("q", helped=1)])
        assert await tx.lacking_vectors(Part.OWN, MODEL, 9) == []
        await tx.put_items([item("q", text="in other words")])
        assert await tx.lacking_vectors(Part.OWN, MODEL, 9) == [ref("q")]
        assert await tx.vectors([ref("nobody")], Part.OWN, MODEL) == {}


async def test_hidden_items_leave_the_log_and_the_lists(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_items([item("q"), item("r")])
        await tx.put_items([item("q", hidden=True)])
        assert [(one.ref.id, one.op) for one in await tx.changes_after(0, 9)] == [("r", Op.PUT), ("q", Op.DROP)]
        assert await tx.all_refs(None, 9) == [ref("r")]
        assert await tx.open_questions() == [item("r")]
        assert await tx.threads([ref("q")]) == {}


async def test_a_seq_is_never_used_again(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_items([item("q")])
        first = await tx.last_change()
        await tx.drop_message(ref("q"), NOW)
        assert await tx.last_change() > first


async def test_a_snapshot_sees_one_state_and_cannot_write(store: Store) -> None:
    async with store.snapshot() as before:
        async with store.transaction() as tx:
            await tx.put_items([item("q")])
        assert await before.items([ref("q")]) == {}
        with pytest.raises(StoreError):
            await before.put_items([item("r")])
    async with store.snapshot() as after:
        assert len(await after.items([ref("q")])) == 1


async def test_many_refs_at_once(store: Store) -> None:
    many = [item(f"{number:05}") for number in range(1200)]
    async with store.transaction() as tx:
        await tx.put_items(many)
        assert len(await tx.items([one.ref for one in many])) == 1200
        assert (
            len(await tx.open_questions(channels=[where(str(n)) for n in range(2000)] + [where("care")], limit=9)) == 9
        )
        await tx.purge(at(1), 10)
