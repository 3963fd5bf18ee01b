"""Questions asked often are answered from an index, and need few statements."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import ChannelKind, EventId
from bot.model import AnswerLink, By, DomainKey, InvitationId, Part
from bot.outgoing import SendState
from bot.ports import Store, Transaction
from tests.storage.examples import CARE, MODEL, NOW, answer, at, item, message, outgoing, ref, vector_of, where, who
from tests.storage.test_contract_privacy import fill, known_for
from tests.storage.test_contract_round_trip import invitation

WHOLE = {"all_memberships": {"memberships"}}
"""Who asks for everything may read everything."""

SMALL = {"people", "channels", "communities", "domains", "alembic_version", "meta", "vector_marks"}
"""Tables of some hundreds of rows at most per thousand colleagues, read whole where that is simplest."""

Calls = dict[str, Any]

READS: Calls = {
    "people": lambda tx: tx.people([who("bob")]),
    "doors": lambda tx: tx.doors(who("bob"), ChannelKind.PUBLIC),
    "doors to some": lambda tx: tx.doors(who("bob"), ChannelKind.PUBLIC, [where("care"), where("b")]),
    "stays": lambda tx: tx.stays(who("bob"), [where("care"), where("b")]),
    "memberships": lambda tx: tx.memberships(who("bob")),
    "all_memberships": lambda tx: tx.all_memberships(),
    "members": lambda tx: tx.members(where("care")),
    "unseen": lambda tx: tx.unseen([EventId("a"), EventId("b")]),
    "dead_events": lambda tx: tx.dead_events(),
    "message": lambda tx: tx.message(ref("q")),
    "recent": lambda tx: tx.recent(where("care"), 60),
    "thread_messages": lambda tx: tx.thread_messages(ref("q"), 60),
    "items": lambda tx: tx.items([ref("q"), ref("o")]),
    "threads": lambda tx: tx.threads([ref("q"), ref("o")]),
    "open_questions": lambda tx: tx.open_questions(),
    "open_questions in channels": lambda tx: tx.open_questions(channels=[where("care"), where("b")], since=NOW),
    "open_questions of a domain": lambda tx: tx.open_questions(community=CARE, domain=DomainKey("beds")),
    "items_since": lambda tx: tx.items_since(CARE, NOW),
    "unfiled": lambda tx: tx.unfiled(CARE, 10),
    "filed": lambda tx: tx.filed(CARE, 10),
    "due_questions": lambda tx: tx.due_questions(NOW, 10),
    "links_of": lambda tx: tx.links_of([ref("q")]),
    "questions_of": lambda tx: tx.questions_of([ref("q")]),
    "vectors": lambda tx: tx.vectors([ref("q")], Part.OWN, MODEL),
    "lacking_vectors": lambda tx: tx.lacking_vectors(Part.THREAD, MODEL, 10),
    "lacking_vectors that rest": lambda tx: tx.lacking_vectors(Part.THREAD, MODEL, 10, resting=3),
    "changes_after": lambda tx: tx.changes_after(0, 10),
    "last_change": lambda tx: tx.last_change(),
    "all_refs": lambda tx: tx.all_refs(ref("a"), 10),
    "search_record": lambda tx: tx.search_record("s"),
    "evidence": lambda tx: tx.evidence(since=NOW),
    "newest_evidence": lambda tx: tx.newest_evidence(),
    "invitation": lambda tx: tx.invitation(InvitationId("i")),
    "invitations of a person": lambda tx: tx.invitations(person=who("bob"), since=NOW),
    "invitations for a question": lambda tx: tx.invitations(question=ref("q")),
    "invitations that are due": lambda tx: tx.invitations(states=["due"]),
    "consent": lambda tx: tx.consent(ref("q")),
    "unsettled_out": lambda tx: tx.unsettled_out("chat"),
    "out": lambda tx: tx.out(SendState.DEAD),
    "job_done": lambda tx: tx.job_done("j", "p"),
    "forgotten": lambda tx: tx.forgotten([who("bob")]),
}

WRITES: Calls = {
    "take_in": lambda tx: tx.take_in([EventId("n")], NOW),
    "add_messages": lambda tx: tx.add_messages([message("n"), message("m")]),
    "edit_message": lambda tx: tx.edit_message(ref("q"), who("bob"), "t", None, "other", NOW),
    "drop_message": lambda tx: tx.drop_message(ref("q"), NOW),
    "put_items": lambda tx: tx.put_items([item("q", text="new"), answer("m")]),
    "link_answers": lambda tx: tx.link_answers(
        [AnswerLink(question=ref("q"), answer=ref("m"), confidence=1, by=By.PERSON)]
    ),
    "put_vectors": lambda tx: tx.put_vectors([vector_of(ref("q"))]),
    "add_evidence": lambda tx: tx.add_evidence([known_for("bob", "o", "q")]),
    "add_invitations": lambda tx: tx.add_invitations([invitation("bob", "q")]),
    "put_invitation": lambda tx: tx.put_invitation(invitation("bob", "q")),
    "put_out": lambda tx: tx.put_out([outgoing("n", about=(ref("q"),))]),
    "claim_out": lambda tx: tx.claim_out(at(5), 10, "chat"),
    "withdraw_out": lambda tx: tx.withdraw_out("greeting", outgoing("n").target, "n"),
    "claim_job": lambda tx: tx.claim_job("j", "p", NOW, at(1)),
    "purge": lambda tx: tx.purge(at(-999), 10),
}


@contextmanager
def listening(conn: AsyncConnection) -> Iterator[list[tuple[str, Any]]]:
    """What is said to the database meanwhile."""
    said: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        said.append((statement, parameters[0] if many and isinstance(parameters[0], tuple) else parameters))

    event.listen(conn.sync_connection, "before_cursor_execute", hear)
    yield said
    event.remove(conn.sync_connection, "before_cursor_execute", hear)


async def scans(conn: AsyncConnection, said: list[tuple[str, Any]]) -> list[str]:
    """The steps of these statements' plans that read a table from end to end."""
    found = []
    for statement, parameters in said:
        plan = await conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found += [row.detail for row in plan if re.match(r"SCAN \w+$", row.detail)]
    return found


async def check(tx: Transaction, name: str, call: Any) -> None:
    conn: AsyncConnection = tx._conn  # type: ignore[attr-defined] # to look behind the port
    with listening(conn) as said:
        await call(tx)
    assert said
    assert len(said) <= 24, "one statement for many rows"
    allowed = {f"SCAN {table}" for table in SMALL | WHOLE.get(name, set())}
    assert set(await scans(conn, said)) <= allowed


@pytest.mark.parametrize("name", READS)
async def test_reads_use_an_index(store: Store, name: str) -> None:
    await fill(store)
    async with store.snapshot() as tx:
        await check(tx, name, READS[name])


@pytest.mark.parametrize("name", WRITES)
async def test_writes_use_an_index(store: Store, name: str) -> None:
    await fill(store)
    async with store.transaction() as tx:
        await check(tx, name, WRITES[name])


async def test_a_scan_would_be_noticed(store: Store) -> None:
    async with store.snapshot() as tx:
        conn: AsyncConnection = tx._conn  # type: ignore[attr-defined]
        assert await scans(conn, [("SELECT * FROM messages WHERE text = ?", ("x",))]) == ["SCAN messages"]
