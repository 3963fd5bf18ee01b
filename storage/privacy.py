"""Erasure, retention, and what somebody may see of themselves."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import PersonId
from bot.model import Ref
from bot.outgoing import SendState
from storage import changes, erasing, quotes, schema, vectors
from storage.columns import About, columns_about
from storage.sql import PAIRS, chunks, ref, ref_in, replace, run_many, upsert

GONE = "…"
"""What stands where a person was named."""

SPOKEN = (schema.messages, schema.early_edits, schema.items)
"""Tables of people's own words, known by channel and id."""

OWNED = (
    schema.memberships,
    schema.first_posts,
    schema.evidence,
    schema.suggestions,
    schema.consents,
    schema.invitations,
    schema.link_codes,
    schema.tellings,
    schema.outbox,
)
"""Tables whose rows belong to the person in their column `person`."""


class Ledger:
    """Recognises who was forgotten, without knowing anybody's name."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, person: str) -> str:
        """HMAC-SHA256 of the person's id."""
        return hmac.new(self._key, person.encode(), hashlib.sha256).hexdigest()


# ── forgetting ────────────────────────────────────────────────────────────────────────────────────────────────────


async def forget(conn: AsyncConnection, ledger: Ledger, person: PersonId, now: datetime) -> int:
    name = await conn.scalar(select(schema.people.c.name).where(schema.people.c.id == person))
    spoken = await _spoken_by(conn, person)
    count = await _drop_invitations(conn, person, spoken)
    count += await erasing.erase(conn, spoken, now)
    count += await _drop_owned(conn, person)
    count += await _unname(conn, person, name)
    count += await _drop(conn, schema.people, schema.people.c.id == person)
    row = {"hash": ledger.hash(person), "at": now}
    await conn.execute(upsert(conn, schema.erasures).on_conflict_do_nothing(), row)
    return count


async def _spoken_by(conn: AsyncConnection, person: str) -> list[Ref]:
    wrote = [select(table.c.channel, table.c.id).where(table.c.author == person) for table in SPOKEN]
    return [ref(*row) for row in await conn.execute(union(*wrote))]


async def _drop(conn: AsyncConnection, table: Table, where: ColumnElement[bool]) -> int:
    return (await conn.execute(delete(table).where(where))).rowcount


async def _drop_invitations(conn: AsyncConnection, person: str, asked: Sequence[Ref]) -> int:
    table, ids = schema.invitations, set[str]()
    ids |= set((await conn.execute(select(table.c.id).where(table.c.person == person))).scalars())
    for part in chunks(asked, PAIRS):
        query = select(table.c.id).where(ref_in(table, part, "question_"))
        ids |= set((await conn.execute(query)).scalars())
    for some in chunks(ids):
        await _drop(conn, table, table.c.id.in_(some))
    await quotes.let_go(conn, quotes.Holder.INVITATION, ids)
    return len(ids)


async def _drop_owned(conn: AsyncConnection, person: str) -> int:
    table = schema.outbox
    mine = or_(table.c.person == person, table.c.key.contains(person, autoescape=True))
    rows = (await conn.execute(select(table.c.id, table.c.person, table.c.key).where(mine))).all()
    pattern = mention(person)
    ids = [row.id for row in rows if row.person == person or pattern.search(row.key)]
    await quotes.let_go(conn, quotes.Holder.OUTBOX, ids)
    count = 0
    for part in chunks(ids):
        count += await _drop(conn, table, table.c.id.in_(part))
    for owned in OWNED:
        count += await _drop(conn, owned, owned.c.person == person)
    return count


async def _unname(conn: AsyncConnection, person: str, name: str | None) -> int:
    """Nobody else's rows name the person any more."""
    await _leave_facilitators(conn, person)
    await conn.execute(update(schema.people).where(schema.people.c.main == person).values(main=None))
    first = update(schema.items).where(schema.items.c.first_reply_by == person)
    count = (await conn.execute(first.values(first_reply_by=None))).rowcount
    for table in SPOKEN:
        count += await _mask_words(conn, table, person)
    return count + await _mask_outbox(conn, person, name)


async def _leave_facilitators(conn: AsyncConnection, person: str) -> None:
    table = schema.communities
    rows = (await conn.execute(select(table.c.id, table.c.facilitators))).all()
    for row in rows:
        left = [one for one in json.loads(row.facilitators) if one != person]
        statement = update(table).where(table.c.id == row.id)
        await conn.execute(statement.values(facilitators=json.dumps(left)))


def short_id(person: str) -> str:
    """The id as its own platform writes it: what stands after the first colon."""
    return person.partition(":")[2] or person


def mention(person: str, name: str | None = None) -> re.Pattern[str]:
    """Where a text names somebody: `<@id>`, the whole id, an id of eight signs or more by itself, and `name` when
    given. Not inside longer words."""
    short = short_id(person)
    ways = [f"<@(?:{re.escape(person)}|{re.escape(short)})(?:\\|[^>]*)?>", _word(person)]
    ways += [_word(way) for way in (short if len(short) >= 8 else None, name) if way]
    return re.compile("|".join(ways))


def _word(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"


async def _mask_words(conn: AsyncConnection, table: Table, person: str) -> int:
    hits = table.c.text.contains(short_id(person), autoescape=True)
    rows = (await conn.execute(select(table.c.channel, table.c.id, table.c.text).where(hits))).all()
    pattern = mention(person)
    masked = {ref(row.channel, row.id): pattern.sub(GONE, row.text) for row in rows if pattern.search(row.text)}
    statement = update(table).where(table.c.channel == bindparam("at_channel"), table.c.id == bindparam("at_id"))
    changed = [{"at_channel": one.channel, "at_id": one.id, "text": text} for one, text in masked.items()]
    await run_many(conn, statement.values(text=bindparam("text")), changed)
    if table is schema.items:
        await _reindex(conn, list(masked))
    return len(masked)


async def _reindex(conn: AsyncConnection, refs: Sequence[Ref]) -> None:
    await vectors.drop(conn, refs)
    await changes.touch(conn, [*refs, *await changes.questions_with(conn, refs)])


async def _mask_outbox(conn: AsyncConnection, person: str, name: str | None) -> int:
    table = schema.outbox
    written = None if name is None else json.dumps(name, ensure_ascii=False)[1:-1]
    words = [word for word in (short_id(person), written) if word]
    hits = or_(*(table.c.body.contains(word, autoescape=True) for word in words))
    rows = (await conn.execute(select(table.c.seq, table.c.body).where(hits))).all()
    pattern = mention(person, written)
    masked = [{"at_seq": row.seq, "body": pattern.sub(GONE, row.body)} for row in rows if pattern.search(row.body)]
    statement = update(table).where(table.c.seq == bindparam("at_seq")).values(body=bindparam("body"))
    await run_many(conn, statement, masked)
    return len(masked)


async def forgotten(conn: AsyncConnection, ledger: Ledger, people: Collection[PersonId]) -> frozenset[PersonId]:
    hashes, table = {ledger.hash(person): person for person in people}, schema.erasures
    found: set[PersonId] = set()
    for part in chunks(hashes):
        rows = await conn.execute(select(table.c.hash).where(table.c.hash.in_(part)))
        found |= {hashes[hash] for hash in rows.scalars()}
    return frozenset(found)


MARK = "ledger"


async def keep_mark(conn: AsyncConnection, mark: str) -> bool:
    """Remember which key the ledger is read with; False when it was written with another one."""
    known = schema.meta
    kept = await conn.scalar(select(known.c.value).where(known.c.key == MARK))
    if kept == mark:
        return True
    if kept is not None and (await conn.execute(select(schema.erasures).limit(1))).first() is not None:
        return False
    await conn.execute(replace(conn, known), {"key": MARK, "value": mark})
    return True


# ── retention ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def purge(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Also empties what was sent before then, and drops edits that still wait for their message."""
    table, edits = schema.messages, schema.early_edits.c
    oldest = select(table.c.channel, table.c.id).where(table.c.at < before).order_by(table.c.at).limit(limit)
    old = [ref(*row) for row in await conn.execute(oldest)]
    for part in chunks(old, PAIRS):
        await _drop(conn, table, ref_in(table, part))
    await _drop(conn, schema.early_edits, or_(edits.seen_at.is_(None), edits.seen_at < before))
    await quotes.blank(conn, await _said(conn, before, limit), before)
    return len(old)


async def _said(conn: AsyncConnection, before: datetime, limit: int) -> list[str]:
    table = schema.outbox
    over = and_(table.c.emptied_at.is_(None), table.c.due_at < before, table.c.state != str(SendState.NEW))
    rows = await conn.execute(select(table.c.id).where(over).limit(limit))
    return list(rows.scalars())


# ── what is known about somebody ──────────────────────────────────────────────────────────────────────────────────


async def export(conn: AsyncConnection, person: PersonId) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for table, query in exports(person).items():
        hidden = {*columns_about(table, About.QUOTES)}
        others = {*columns_about(table, About.PERSON)}
        found[table.name] = [_shown(row, person, hidden, others) for row in await conn.execute(query)]
    found["communities"] = [{"id": id, "facilitator": True} for id in await _facilitates(conn, person)]
    return found


def exports(person: str) -> dict[Table, Select[Any]]:
    """For every table that can hold something about a person: their rows. A test holds it against the schema."""
    queries = {table: select(table).where(table.c.person == person) for table in OWNED}
    queries |= {table: select(table).where(table.c.author == person) for table in SPOKEN}
    queries[schema.people] = select(schema.people).where(schema.people.c.id == person)
    queries[schema.item_vectors] = _with_item(schema.item_vectors, "", person)
    queries[schema.answer_links] = _with_item(schema.answer_links, "answer_", person)
    return queries


def _with_item(table: Table, prefix: str, person: str) -> Select[Any]:
    items = schema.items.c
    same = and_(table.c[f"{prefix}channel"] == items.channel, table.c[f"{prefix}id"] == items.id)
    return select(table).join_from(table, schema.items, same).where(items.author == person)


def _shown(row: Row[Any], person: str, hidden: set[str], others: set[str]) -> dict[str, object]:
    """A row as JSON, without other people's words and ids."""
    known = {name: value for name, value in row._mapping.items() if name not in hidden}
    return {
        name: None if name in others and person not in str(value) else _plain(value) for name, value in known.items()
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


async def _facilitates(conn: AsyncConnection, person: str) -> Iterable[str]:
    rows = await conn.execute(select(schema.communities.c.id, schema.communities.c.facilitators))
    return [row.id for row in rows if person in json.loads(row.facilitators)]
