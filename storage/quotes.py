"""Who shows whose words: outbox rows and invitations know which messages they quote, so that a deletion
finds them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Ref
from bot.outgoing import Body, BodyPart, Buttons, Quote, SendState, dump, load
from storage import schema
from storage.sql import chunks, ref, ref_in, run_many, upsert


class Holder(StrEnum):
    """What holds a reference to a message."""

    OUTBOX = "outbox"
    INVITATION = "invitation"


def pack(refs: Iterable[Ref]) -> str:
    """References as JSON, in order."""
    return json.dumps([list(one) for one in refs], separators=(",", ":"))


def unpack(text: str) -> tuple[Ref, ...]:
    """The references that `pack` wrote."""
    return tuple(ref(*pair) for pair in json.loads(text))


def quoted(body: Body) -> set[Ref]:
    """The messages that a body quotes, also in the forms it opens."""
    return {part.ref for part in _parts(body) if isinstance(part, Quote) and part.ref is not None}


def _parts(body: Body) -> Iterator[BodyPart]:
    for part in body.parts:
        yield part
        if isinstance(part, Buttons):
            yield from (shown for button in part.buttons if button.form for shown in button.form.parts)


async def hold(conn: AsyncConnection, kind: Holder, held: dict[str, set[Ref]]) -> None:
    """Remember which messages each holder (an id) shows or names."""
    rows = [
        {"channel": one.channel, "id": one.id, "kind": str(kind), "holder": holder}
        for holder, refs in held.items()
        for one in refs
    ]
    await run_many(conn, upsert(conn, schema.holders).on_conflict_do_nothing(), rows)


async def let_go(conn: AsyncConnection, kind: Holder, ids: Iterable[str]) -> None:
    """These holders are gone or hold nothing any more."""
    table = schema.holders
    for part in chunks(ids):
        await conn.execute(delete(table).where(table.c.kind == str(kind), table.c.holder.in_(part)))


async def unquote(conn: AsyncConnection, refs: Sequence[Ref], now: datetime) -> int:
    """Nothing shows or names these messages any more. Returns the number of rows changed.

    What waits in the outbox is withdrawn; of what was sent only the words go, the row stays so that nothing is
    said twice. Invitations stay (who was asked, and when, keeps its meaning) without that evidence.
    """
    table = schema.holders
    rows = (await conn.execute(select(table.c.kind, table.c.holder).where(ref_in(table, refs)))).all()
    await blank(conn, {row.holder for row in rows if row.kind == Holder.OUTBOX}, now)
    await _drop_evidence(conn, {row.holder for row in rows if row.kind == Holder.INVITATION}, set(refs))
    await conn.execute(delete(table).where(ref_in(table, refs)))
    return len(rows)


async def blank(conn: AsyncConnection, ids: Iterable[str], now: datetime) -> None:
    """Empty these outbox rows, and withdraw those that were not sent yet."""
    table = schema.outbox
    for part in chunks(ids):
        rows = (await conn.execute(select(table.c.id, table.c.body).where(table.c.id.in_(part)))).all()
        emptied = [
            {"key_id": row.id, "body": emptied_body(row.body), "about": pack(()), "emptied_at": now} for row in rows
        ]
        await _update(conn, emptied)
        waiting = update(table).where(table.c.id.in_(part), table.c.state == str(SendState.NEW))
        await conn.execute(waiting.values(state=str(SendState.WITHDRAWN), settled_at=now))
        await let_go(conn, Holder.OUTBOX, part)


async def _update(conn: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    table = schema.outbox
    statement = update(table).where(table.c.id == bindparam("key_id"))
    await run_many(conn, statement.values({name: bindparam(name) for name in ("body", "about", "emptied_at")}), rows)


def emptied_body(body: str) -> str:
    """The same message without a word in it."""
    return dump(replace(load(body), parts=()))


async def _drop_evidence(conn: AsyncConnection, ids: Iterable[str], gone: set[Ref]) -> None:
    table = schema.invitations
    for id in ids:
        held = await conn.scalar(select(table.c.evidence).where(table.c.id == id))
        left = [one for one in unpack(held or "[]") if one not in gone]
        await conn.execute(update(table).where(table.c.id == id).values(evidence=pack(left)))
