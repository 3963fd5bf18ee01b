"""What waits to be said, what was said, and what became of it."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import OutgoingId
from bot.outgoing import Audience, Outgoing, SendState, Target, dump, load
from storage import erasing, quotes, schema
from storage.sql import chunks, upsert

_known = schema.outbox.c


async def put_out(conn: AsyncConnection, outgoing: Sequence[Outgoing]) -> list[OutgoingId]:
    shown = {secrets.token_hex(16): one for one in outgoing}
    gone = await erasing.tombstones(conn, {ref for one in shown.values() for ref in _refs(one)})
    rows = [_row(id, one) for id, one in shown.items() if not gone & _refs(one)]
    if not rows:
        return []
    insert = upsert(conn, schema.outbox).on_conflict_do_nothing().returning(_known.id)
    new = set((await conn.execute(insert, rows)).scalars())
    held = {id: _refs(one) for id, one in shown.items() if id in new}
    await quotes.hold(conn, quotes.Holder.OUTBOX, held)
    return [OutgoingId(id) for id in held]


def _refs(outgoing: Outgoing) -> set[Any]:
    return {*outgoing.about, *quotes.quoted(outgoing.body)}


def _row(id: str, outgoing: Outgoing) -> dict[str, Any]:
    target = outgoing.target
    return {
        "id": id,
        "purpose": outgoing.purpose,
        "target": str(target),
        "key": outgoing.key,
        "platform": (target.channel or target.person or "").partition(":")[0],
        "audience": str(target.audience),
        "channel": target.channel,
        "thread": target.thread,
        "person": target.person,
        "body": dump(outgoing.body),
        "about": quotes.pack(outgoing.about),
        "due_at": outgoing.due_at,
        "state": str(outgoing.state),
        "attempts": outgoing.attempts,
        "remote": None,
        "error": "",
        "settled_at": None,
        "emptied_at": None,
    }


def _outgoing(row: Row[Any]) -> Outgoing:
    audience = Audience(row.audience)
    return Outgoing(
        id=OutgoingId(row.id),
        purpose=row.purpose,
        target=Target(audience=audience, channel=row.channel, thread=row.thread, person=row.person),
        key=row.key,
        body=load(row.body),
        about=quotes.unpack(row.about),
        due_at=row.due_at,
        state=SendState(row.state),
        attempts=row.attempts,
    )


async def claim_out(conn: AsyncConnection, now: datetime, limit: int, platform: str) -> list[Outgoing]:
    due = (
        select(schema.outbox)
        .where(_known.platform == platform, _known.state == str(SendState.NEW), _known.due_at <= now)
        .order_by(_known.due_at, _known.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await conn.execute(due)).all()
    for part in chunks([row.id for row in rows]):
        taken = update(schema.outbox).where(_known.id.in_(part))
        await conn.execute(taken.values(state=str(SendState.SENDING)))
    return [replace(_outgoing(row), state=SendState.SENDING) for row in rows]


async def unsettled_out(conn: AsyncConnection, platform: str) -> list[Outgoing]:
    left = select(schema.outbox).where(_known.platform == platform, _known.state == str(SendState.SENDING))
    return await _list(conn, left.order_by(_known.due_at, _known.seq))


async def out(conn: AsyncConnection, state: SendState, limit: int) -> list[Outgoing]:
    query = select(schema.outbox).where(_known.state == str(state)).order_by(_known.seq).limit(limit)
    return await _list(conn, query)


async def _list(conn: AsyncConnection, query: Select[Any]) -> list[Outgoing]:
    return [_outgoing(row) for row in await conn.execute(query)]


async def settle_out(
    conn: AsyncConnection,
    id: OutgoingId,
    state: SendState,
    now: datetime,
    *,
    remote: str | None,
    retry_at: datetime | None,
    error: str,
) -> None:
    fresh: dict[str, Any] = {"state": str(state), "attempts": _known.attempts + 1, "error": error}
    fresh["settled_at"] = None if state is SendState.NEW else now
    if remote is not None:
        fresh["remote"] = remote
    if retry_at is not None:
        fresh["due_at"] = retry_at
    await conn.execute(update(schema.outbox).where(_known.id == id).values(fresh))


async def withdraw_out(conn: AsyncConnection, purpose: str, target: Target, key: str) -> None:
    same = (_known.purpose == purpose, _known.target == str(target), _known.key == key)
    waiting = update(schema.outbox).where(*same, _known.state == str(SendState.NEW))
    await conn.execute(waiting.values(state=str(SendState.WITHDRAWN)))
