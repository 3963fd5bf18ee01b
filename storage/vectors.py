"""Vectors of items, kept as int8, and which are still to be made.

A vector of length 1 is scaled so that its largest component becomes ±127 and put in one byte per component. The
scale is not kept: on the way out the vector gets length 1 again, which is what it had.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ItemKind, ItemVector, Op, Part, Ref, Vector
from storage import changes, schema
from storage.sql import PAIRS, chunks, ref, ref_in, replace, run_many, upsert


def pack(vector: Vector) -> bytes:
    """int8, the largest component at ±127; a zero vector stays zero."""
    top = float(np.abs(vector).max(initial=0.0))
    return bytes(np.rint(vector * (127.0 / (top or 1.0))).astype(np.int8).tobytes())


def unpack(blob: bytes) -> Vector:
    """float32 of length 1; a zero vector stays zero."""
    vector = np.frombuffer(blob, dtype=np.int8).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector) or 1.0)


async def put_vectors(conn: AsyncConnection, vectors: Sequence[ItemVector]) -> None:
    shown = (one.ref for one in vectors if one.part is not Part.NEAR)  # the search plane does not hold those
    await changes.touch(conn, shown)  # first, so that they count as made after the change
    newest = await _newest_changes(conn, (one.ref for one in vectors))
    rows = [_row(one, newest[one.ref]) for one in vectors if one.ref in newest]
    await run_many(conn, replace(conn, schema.item_vectors), rows)
    for part, model in {(one.part, one.model) for one in vectors}:
        await _advance(conn, part, model)


def _row(one: ItemVector, made: int) -> dict[str, Any]:
    return {
        "channel": one.ref.channel,
        "id": one.ref.id,
        "part": str(one.part),
        "model": one.model,
        "dim": len(one.vector),
        "vector": pack(one.vector),
        "made": made,
    }


async def _newest_changes(conn: AsyncConnection, refs: Iterable[Ref]) -> dict[Ref, int]:
    """Items that exist, each with its newest line in the log (0 for an answer, which has none)."""
    items, log = schema.items, schema.changes
    joined = and_(items.c.channel == log.c.channel, items.c.id == log.c.id)
    newest: dict[Ref, int] = {}
    for part in chunks(dict.fromkeys(refs), PAIRS):
        query = select(items.c.channel, items.c.id, func.coalesce(log.c.seq, 0))
        query = query.select_from(items.outerjoin(log, joined)).where(ref_in(items, part))
        newest |= {ref(channel, id): seq for channel, id, seq in await conn.execute(query)}
    return newest


async def drop(conn: AsyncConnection, refs: Sequence[Ref]) -> None:
    """These items say something else now: their vectors are of no use."""
    for part in chunks(refs, PAIRS):
        await conn.execute(delete(schema.item_vectors).where(ref_in(schema.item_vectors, part)))


async def vectors(conn: AsyncConnection, refs: Collection[Ref], part: Part, model: str) -> dict[Ref, Vector]:
    table, found = schema.item_vectors, dict[Ref, Vector]()
    for some in chunks(dict.fromkeys(refs), PAIRS):
        query = select(table.c.channel, table.c.id, table.c.vector).where(
            ref_in(table, some), table.c.part == str(part), table.c.model == model
        )
        found |= {ref(channel, id): unpack(blob) for channel, id, blob in await conn.execute(query)}
    return found


async def lacking_vectors(conn: AsyncConnection, part: Part, model: str, limit: int, resting: int) -> list[Ref]:
    query = _lacking(part, model).where(schema.changes.c.seq > await _mark(conn, part, model)).limit(limit)
    if resting:
        query = query.where(schema.changes.c.seq <= await changes.last_change(conn) - resting)
    return [ref(row.channel, row.id) for row in await conn.execute(query)]


def _lacking(part: Part, model: str) -> Select[Any]:
    """Along the log, so that a search for what is new does not begin with what is old."""
    log, items, table = schema.changes, schema.items, schema.item_vectors
    there = and_(log.c.channel == items.c.channel, log.c.id == items.c.id)
    made = and_(
        log.c.channel == table.c.channel,
        log.c.id == table.c.id,
        table.c.part == str(part),
        table.c.model == model,
    )
    return (
        select(log.c.seq, log.c.channel, log.c.id)
        .select_from(log.join(items, there).outerjoin(table, made))
        .where(log.c.op == str(Op.PUT), items.c.kind != str(ItemKind.ANSWER), items.c.hidden.is_(False))
        .where(_missing(part))
        .order_by(log.c.seq)
    )


def _missing(part: Part) -> ColumnElement[bool]:
    """An item's own words have no vector when they changed (see `drop`); a thread's may be older than the thread,
    and the whole thread's is of use only where somebody answered."""
    missing, links, log = schema.item_vectors.c.made.is_(None), schema.answer_links.c, schema.changes.c
    if part is Part.OWN:
        return missing
    older = or_(missing, schema.item_vectors.c.made < log.seq)
    if part is Part.NEAR:
        return older
    answers = select(links.answer_id).where(
        links.question_channel == log.channel, links.question_id == log.id, links.rejected.is_(False)
    )
    return and_(older, answers.exists())


async def _mark(conn: AsyncConnection, part: Part, model: str) -> int:
    marks = schema.vector_marks.c
    mark = await conn.scalar(select(marks.seq).where(marks.part == str(part), marks.model == model))
    return int(mark or 0)


async def _advance(conn: AsyncConnection, part: Part, model: str) -> None:
    """Remember up to where nothing lacks."""
    mark = await _mark(conn, part, model)
    first = (await conn.execute(_lacking(part, model).where(schema.changes.c.seq > mark).limit(1))).first()
    last = await conn.scalar(select(func.max(schema.changes.c.seq)))
    reached = first.seq - 1 if first else int(last or 0)
    insert = upsert(conn, schema.vector_marks)
    statement = insert.on_conflict_do_update(index_elements=["part", "model"], set_={"seq": insert.excluded.seq})
    await conn.execute(statement, {"part": str(part), "model": model, "seq": reached})
