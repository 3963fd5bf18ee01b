"""The log that the search plane follows: one line per item, its newest change."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Change, ItemKind, Op, Ref
from storage import schema
from storage.sql import PAIRS, chunks, ref, ref_in, run_many


async def note(conn: AsyncConnection, ops: dict[Ref, Op]) -> None:
    """Append a line per item; its earlier line goes, for a follower reads the item as it is now anyway."""
    for part in chunks(ops, PAIRS):
        await conn.execute(delete(schema.changes).where(ref_in(schema.changes, part)))
    rows = [{"channel": one.channel, "id": one.id, "op": str(op)} for one, op in ops.items()]
    await run_many(conn, insert(schema.changes), rows)


async def touch(conn: AsyncConnection, refs: Iterable[Ref]) -> None:
    """Something about these threads changed: a line for each that can be found by searching."""
    await note(conn, dict.fromkeys(await searchable(conn, refs), Op.PUT))


async def searchable(conn: AsyncConnection, refs: Iterable[Ref]) -> list[Ref]:
    """Those that are unhidden questions or know-how."""
    known, found = schema.items.c, list[Ref]()
    for part in chunks(dict.fromkeys(refs), PAIRS):
        query = select(known.channel, known.id).where(
            ref_in(schema.items, part), known.kind != ItemKind.ANSWER, known.hidden.is_(False)
        )
        found += [ref(*row) for row in await conn.execute(query)]
    return found


async def questions_with(conn: AsyncConnection, answers: Collection[Ref]) -> list[Ref]:
    """The questions that these messages are taken for an answer to."""
    links, found = schema.answer_links, list[Ref]()
    for part in chunks(answers, PAIRS):
        query = select(links.c.question_channel, links.c.question_id).where(ref_in(links, part, "answer_"))
        found += [ref(*row) for row in await conn.execute(query)]
    return found


async def changes_after(conn: AsyncConnection, seq: int, limit: int) -> list[Change]:
    known = schema.changes.c
    query = select(schema.changes).where(known.seq > seq).order_by(known.seq).limit(limit)
    return [Change(seq=row.seq, ref=ref(row.channel, row.id), op=Op(row.op)) for row in await conn.execute(query)]


async def last_change(conn: AsyncConnection) -> int:
    newest = await conn.scalar(select(func.max(schema.changes.c.seq)))
    return int(newest or 0)
