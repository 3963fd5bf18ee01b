"""Whatever is about somebody is shown to them and to nobody else, and goes when they want it to."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import AnswerLink, Community, Consent, EvidenceKind, EvidenceRow, Suggestion
from bot.outgoing import Audience, Body, Quote, SendState, Target, Text
from bot.ports import Store
from storage import privacy, schema, sqlite
from storage.columns import About, Moment, columns_about
from tests.storage.examples import (
    CARE,
    NOW,
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
from tests.storage.test_contract_round_trip import invitation

CANARY = "Zonnebloem"
EVA = who("evazonnebloem")
"""Long enough an id to be masked wherever it stands by itself."""


async def fill(store: Store) -> None:
    """Eva in every table that can know of her, beside Bob."""
    question = item("q", "evazonnebloem", text=f"{CARE} {CANARY}?", first_reply_by=who("bob"))
    mine = answer("m", "evazonnebloem", text=f"mine {CANARY}")
    others = item("o", "bob", text="ask <@evazonnebloem> or chat:evazonnebloem.", first_reply_by=EVA)
    async with store.transaction() as tx:
        await tx.put_people([person("evazonnebloem", name=CANARY), person("bob", name="Bob")])
        await tx.put_settings(person("evazonnebloem", name=CANARY, lang="nl", quiet_from="09:00"))
        await tx.put_channels([channel("care")])
        await tx.put_members([(where("care"), EVA, NOW), (where("care"), who("bob"), NOW)], [])
        await tx.put_communities([Community(id=CARE, name="Care", facilitators=(EVA, who("bob")))])
        await tx.add_messages([message("q", "evazonnebloem", text=f"{CANARY}?"), message("o", "bob", text=others.text)])
        await tx.edit_message(ref("early"), EVA, f"early {CANARY}", None, "other", NOW)
        await tx.put_items([question, mine, others])
        await tx.link_answers([AnswerLink(question=others.ref, answer=mine.ref, confidence=0.9)])
        await tx.put_vectors([vector_of(question.ref), vector_of(others.ref)])
        await tx.add_suggestion(Suggestion(question=question.ref, earlier=others.ref, person=EVA, shown_at=NOW))
        await tx.put_consent(Consent(question=question.ref, person=EVA, asked_at=NOW))
        await tx.add_evidence([known_for("evazonnebloem", "m", "o"), known_for("bob", "o", "q")])
        bob_asked = replace(invitation("bob", "o"), evidence=(mine.ref, others.ref))
        await tx.add_invitations([bob_asked, invitation("evazonnebloem", "o"), invitation("ann", "q")])
        await tx.put_out(letters(question.ref))


def known_for(name: str, wrote: str, about: str) -> EvidenceRow:
    return EvidenceRow(
        person=who(name),
        kind=EvidenceKind.ANSWER,
        community=CARE,
        domain=None,
        at=NOW,
        item=ref(wrote),
        about=ref(about),
    )


def letters(question: Any) -> list[Any]:
    """To Eva, quoting Eva, naming Eva, keyed by Eva, and nothing to do with Eva."""
    quote = Quote(text=f"{CANARY}?", author=CANARY, channel="care", at=NOW, ref=question)
    named = Body(lang="en", parts=(Text(text=f"{CANARY} explained this; {CANARY}tje did not"),))
    whisper = Target(audience=Audience.WHISPER, channel=where("care"), person=EVA)
    return [
        outgoing("to", "evazonnebloem"),
        outgoing("whisper", target=whisper),
        outgoing("quote", "bob", body=Body(lang="en", parts=(quote,))),
        outgoing("named", "bob", body=named),
        outgoing(f"for {EVA}", "bob"),
        outgoing("else", "bob"),
    ]


async def dump(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    async with store.snapshot() as tx:
        conn: AsyncConnection = tx._conn  # type: ignore[attr-defined] # to look behind the port
        return {
            table.name: [dict(row._mapping) for row in await conn.execute(select(table))]
            for table in schema.metadata.sorted_tables
        }


def with_eva(rows: dict[str, list[dict[str, Any]]]) -> set[str]:
    """The tables that know of her."""
    signs = (CANARY, "evazonnebloem")
    return {name for name, found in rows.items() if any(sign in str(row) for row in found for sign in signs)}


async def test_forget_leaves_nothing(store: Store) -> None:
    await fill(store)
    assert len(with_eva(await dump(store))) >= 11
    async with store.transaction() as tx:
        assert await tx.forget(EVA, NOW) > 20
    rows = await dump(store)
    for found in rows["outbox"]:  # a longer word that only begins like her name is another word
        found["body"] = found["body"].replace(f"{CANARY}tje", "")
    assert with_eva(rows) == set()
    assert len(rows["erasures"]) == 1


async def test_forget_leaves_the_others(store: Store) -> None:
    await fill(store)
    async with store.transaction() as tx:
        await tx.forget(EVA, NOW)
        assert await tx.members(where("care")) == {who("bob")}
        assert [one.ref.id for one in await tx.recent(where("care"), 9)] == ["o"]
        assert (await tx.items([ref("o")]))[ref("o")].text == "ask … or …."
        assert [(row.person, row.item, row.about) for row in await tx.evidence()] == [(who("bob"), ref("o"), None)]
        (kept,) = await tx.invitations()
        assert (kept.person, kept.evidence) == (who("bob"), (ref("o"),))
        assert {one.key: one.body.parts for one in await tx.out(SendState.NEW)} == {
            "named": (Text(text=f"… explained this; {CANARY}tje did not"),),
            "else": (Text(text="hello else"),),
        }
        assert [one.key for one in await tx.out(SendState.WITHDRAWN)] == ["quote"]
        assert await tx.add_messages([message("q", "evazonnebloem")]) == frozenset()


async def test_an_export_is_about_one_person(store: Store) -> None:
    await fill(store)
    async with store.snapshot() as tx:
        hers = await tx.export(EVA)
        his = await tx.export(who("bob"))
    text = json.dumps(his)
    assert "evazonnebloem" not in text.replace("<@evazonnebloem> or chat:evazonnebloem", "")  # his own words
    assert CANARY not in text
    assert "bob" not in json.dumps(hers).casefold()
    assert {name for name, rows in hers.items() if rows} == {
        *("people", "memberships", "first_posts", "communities", "messages", "early_edits", "items", "item_vectors"),
        *("answer_links", "evidence", "suggestions", "consents", "invitations", "outbox"),
    }


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_says_what_it_tells_about_people(table: Table) -> None:
    words = [column for column in table.columns if not isinstance(column.type, Moment)]
    silent = [c.name for c in words if "about" not in c.info and c.type.python_type in (str, bytes)]
    assert not silent, f"declare in storage/schema.py what {table.name}.{silent} can tell about people"


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_about_people_is_exported(table: Table) -> None:
    about = columns_about(table, About.PERSON) + columns_about(table, About.OWN)
    covered = table in privacy.exports("x") or table is schema.communities
    assert covered or not about, f"export what {table.name}.{about} tells about a person in storage/privacy.py"


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
async def test_every_column_about_people_is_forgotten(store: Store, table: Table) -> None:
    """Her id in every column that may hold one, whatever the port would do."""
    columns = columns_about(table, About.PERSON)
    row = {c.name: value(c.name, c.type.python_type) for c in table.columns if not isinstance(c.type, Moment)}
    row |= {c.name: NOW for c in table.columns if isinstance(c.type, Moment)}
    row |= {name: json.dumps([EVA]) if name == "facilitators" else str(EVA) for name in columns}
    if table is schema.outbox:
        row |= {"target": f"direct|||{EVA}", "body": '{"lang":"en","parts":[]}'}
    async with store.transaction() as tx:
        conn: AsyncConnection = tx._conn  # type: ignore[attr-defined]
        await conn.execute(insert(table), row)
        await tx.forget(EVA, NOW)
    assert with_eva(await dump(store)) == set()


def value(name: str, kind: type) -> Any:
    """Something that fits a column."""
    if kind is str:
        return "[]" if name in ("evidence", "about") else "x"
    return b"x" if kind is bytes else kind(1)


async def test_a_key_recognises_only_its_own_ledger(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.forget(EVA, NOW)
    one, other = privacy.Ledger(b"one"), privacy.Ledger(b"other")
    assert one.hash(EVA) != other.hash(EVA)
    assert EVA not in one.hash(EVA)
    async with store.snapshot() as tx:
        assert await tx.forgotten([EVA, who("bob")]) == {EVA}


async def test_no_byte_is_left(store: Store, store_url: str) -> None:
    path = Path(store_url.partition("///")[2])
    await fill(store)
    many = [message(f"n{n}", "evazonnebloem", n, text=f"{n} {CANARY} " * (n % 90)) for n in range(400)]
    async with store.transaction() as tx:
        await tx.add_messages(many)
        await tx.put_items([item(one.ref.id, "evazonnebloem", text=one.text) for one in many[::3]])
    assert traces(path) > 400
    async with store.transaction() as tx:
        for one in many[::2]:
            await tx.drop_message(one.ref, NOW)
        await tx.forget(EVA, NOW)
        await tx.withdraw_out("greeting", Target(audience=Audience.DIRECT, person=who("bob")), "named")
        await tx.purge(at(10_000), 10_000)
    await store.scrub()
    assert traces(path) == 0


def traces(path: Path) -> int:
    """How often she is named in the bytes on disk."""
    found = b"".join(file.read_bytes() for file in sqlite.files(path) if file.exists())
    found = found.replace(f"{CANARY}tje".encode(), b"")
    return found.count(CANARY.encode()) + found.count(b"evazonnebloem")


async def test_retention_keeps_the_practice(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.add_messages([message("1"), message("2", minutes=5)])
        await tx.put_items([item("1")])
        (id,) = await tx.put_out([outgoing("1")])
        await tx.claim_out(NOW, 1, "chat")
        await tx.settle_out(id, SendState.SENT, NOW)
        assert await tx.purge(at(5), 10) == 1
        assert await tx.purge(at(5), 10) == 0
        assert [one.ref.id for one in await tx.recent(where("care"), 9)] == ["2"]
        assert await tx.items([ref("1")]) == {ref("1"): item("1")}
        assert [one.body.parts for one in await tx.out(SendState.SENT)] == [()]
