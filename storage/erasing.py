"""What goes together when something that was said goes: one place for deletion and for erasure."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Op, Ref
from storage import changes, quotes, schema
from storage.sql import PAIRS, chunks, ref, ref_in, run_many, upsert

CONTENT: tuple[tuple[Table, str], ...] = (
    (schema.messages, ""),
    (schema.early_edits, ""),
    (schema.items, ""),
    (schema.item_vectors, ""),
    (schema.answer_links, "question_"),
    (schema.answer_links, "answer_"),
    (schema.evidence, "item_"),
    (schema.suggestions, "question_"),
    (schema.suggestions, "earlier_"),
    (schema.consents, "question_"),
    (schema.tellings, "question_"),
)
"""Tables whose rows exist because of one message, and how their columns that name it begin."""


async def tombstones(conn: AsyncConnection, refs: Iterable[Ref]) -> set[Ref]:
    """Those of `refs` that were deleted, whether or not they ever arrived."""
    table, gone = schema.tombstones, set[Ref]()
    for part in chunks(refs, PAIRS):
        query = select(table.c.channel, table.c.id).where(ref_in(table, part))
        gone |= {ref(*row) for row in await conn.execute(query)}
    return gone


async def erase(conn: AsyncConnection, refs: Sequence[Ref], now: datetime) -> int:
    """Remove messages and everything made of them or quoting them; tombstones keep late arrivals away.

    Returns the number of rows removed.
    """
    count = 0
    for part in chunks(dict.fromkeys(refs), PAIRS):
        count += await _erase_some(conn, part, now)
    return count


async def _erase_some(conn: AsyncConnection, refs: list[Ref], now: datetime) -> int:
    answered = set(await changes.questions_with(conn, refs)) - set(refs)
    logged = await _logged(conn, refs)
    count = await quotes.unquote(conn, refs, now)
    for table, prefix in CONTENT:
        count += (await conn.execute(delete(table).where(ref_in(table, refs, prefix)))).rowcount
    await _unlink_evidence(conn, refs)
    await _bury(conn, refs, now)
    await changes.note(conn, dict.fromkeys(logged, Op.DROP))
    await changes.touch(conn, answered)
    return count


async def _unlink_evidence(conn: AsyncConnection, refs: list[Ref]) -> None:
    """Who answered still knows what they wrote; only the question is no longer there to say what it was about."""
    about = update(schema.evidence).where(ref_in(schema.evidence, refs, "about_"))
    await conn.execute(about.values(about_channel=None, about_id=None))


async def _logged(conn: AsyncConnection, refs: list[Ref]) -> list[Ref]:
    table = schema.changes
    rows = await conn.execute(select(table.c.channel, table.c.id).where(ref_in(table, refs)))
    return [ref(*row) for row in rows]


async def _bury(conn: AsyncConnection, refs: Collection[Ref], now: datetime) -> None:
    rows = [{"channel": one.channel, "id": one.id, "at": now} for one in refs]
    await run_many(conn, upsert(conn, schema.tombstones).on_conflict_do_nothing(), rows)
