"""The inbox and what was said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, literal, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import ChannelId, EventId, PersonId
from bot.model import DeadEvent, Message, Ref
from storage import erasing, schema
from storage.sql import PAIRS, chunks, is_ref, ref, ref_in, replace, run_many, upsert

SEEN = "seen"
DEAD = "dead"


# ── the inbox ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def take_in(conn: AsyncConnection, events: Sequence[EventId], now: datetime) -> frozenset[EventId]:
    rows = [
        {"event": event, "state": SEEN, "seen_at": now, "error": "", "where_": ""} for event in dict.fromkeys(events)
    ]
    if not rows:
        return frozenset()
    statement = upsert(conn, schema.inbox).on_conflict_do_nothing().returning(schema.inbox.c.event)
    return frozenset((await conn.execute(statement, rows)).scalars())


async def unseen(conn: AsyncConnection, events: Sequence[EventId]) -> frozenset[EventId]:
    seen = set[str]()
    for part in chunks(dict.fromkeys(events)):
        query = select(schema.inbox.c.event).where(schema.inbox.c.event.in_(part))
        seen |= set((await conn.execute(query)).scalars())
    return frozenset(event for event in events if event not in seen)


async def bury(conn: AsyncConnection, dead: DeadEvent) -> None:
    row = {"event": dead.event, "state": DEAD, "seen_at": dead.at, "error": dead.error, "where_": dead.where}
    await conn.execute(replace(conn, schema.inbox), row)


async def dead_events(conn: AsyncConnection) -> list[DeadEvent]:
    known = schema.inbox.c
    # written out, not bound: only then is the partial index used
    dead = known.state == literal_column(f"'{DEAD}'")
    rows = await conn.execute(select(schema.inbox).where(dead).order_by(known.seen_at, known.event))
    return [DeadEvent(event=row.event, at=row.seen_at, error=row.error, where=row.where_) for row in rows]


async def revive(conn: AsyncConnection, event: EventId) -> None:
    await conn.execute(delete(schema.inbox).where(schema.inbox.c.event == event))


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def add_messages(conn: AsyncConnection, messages: Sequence[Message]) -> frozenset[Ref]:
    wanted = {message.ref: message for message in reversed(messages)}  # of two with one ref, the first stays
    for gone in await erasing.tombstones(conn, wanted):
        del wanted[gone]
    if not wanted:
        return frozenset()
    table = schema.messages
    statement = upsert(conn, table).on_conflict_do_nothing().returning(table.c.channel, table.c.id)
    rows = [_row(message) for message in reversed(wanted.values())]
    new = frozenset(ref(*row) for row in await conn.execute(statement, rows))
    added = [wanted[one] for one in new]
    await _note_first_posts(conn, added)
    await _edit_late(conn, added)
    return new


def _row(message: Message) -> dict[str, Any]:
    return {
        "channel": message.ref.channel,
        "id": message.ref.id,
        "thread": message.thread,
        "reply_to": message.reply_to,
        "author": message.author,
        "at": message.at,
        "text": message.text,
        "lang": message.lang,
        "kind": str(message.kind),
        "resolved": message.resolved,
        "edited_at": message.edited_at,
        "past_closed": message.past_closed,
    }


async def _note_first_posts(conn: AsyncConnection, messages: Sequence[Message]) -> None:
    first: dict[tuple[ChannelId, PersonId], Message] = {}
    for message in messages:
        known = first.setdefault((message.ref.channel, message.author), message)
        if (message.at, message.ref.id) < (known.at, known.ref.id):
            first[message.ref.channel, message.author] = message
    insert, posts = upsert(conn, schema.first_posts), schema.first_posts.c
    statement = insert.on_conflict_do_update(
        index_elements=["channel", "person"],
        set_={"id": insert.excluded.id, "at": insert.excluded.at},
        where=insert.excluded.at < posts.at,
    )
    rows = [
        {"channel": one.ref.channel, "person": one.author, "id": one.ref.id, "at": one.at} for one in first.values()
    ]
    await run_many(conn, statement, rows)


async def _edit_late(conn: AsyncConnection, messages: Sequence[Message]) -> None:
    """An edit came before its message: the edit is what stands there now."""
    authors = {message.ref: message.author for message in messages}
    for edit in await early_edits(conn, list(authors)):
        changed = ref(edit.channel, edit.id)
        if edit.author == authors[changed]:
            await _reword(conn, changed, edit.author, edit.text, edit.lang, edit.kind, edit.at)
        else:
            await _drop_early(conn, changed, edit.author)


async def early_edits(conn: AsyncConnection, refs: Sequence[Ref]) -> list[Row[Any]]:
    """The edits that came before their message and still stand for its text."""
    found: list[Row[Any]] = []
    for part in chunks(refs, PAIRS):
        found += await conn.execute(select(schema.early_edits).where(ref_in(schema.early_edits, part)))
    return found


async def edit_message(
    conn: AsyncConnection,
    ref: Ref,
    author: PersonId,
    text: str,
    lang: str | None,
    kind: str,
    at: datetime,
    *,
    past_closed: bool,
) -> bool:
    if await _reword(conn, ref, author, text, lang, kind, at, past_closed=past_closed):
        await _drop_early(conn, ref)
        return True
    if await _may_come(conn, ref, author):
        await _keep_early(conn, ref, author, text, lang, kind, at)
    return False


async def _reword(
    conn: AsyncConnection,
    ref: Ref,
    author: str,
    text: str,
    lang: str | None,
    kind: str,
    at: datetime,
    *,
    past_closed: bool = False,
) -> bool:
    """Unless it was edited later already."""
    table = schema.messages
    is_newest = or_(table.c.edited_at.is_(None), table.c.edited_at <= at)
    closed = or_(table.c.past_closed, literal(past_closed))
    statement = (
        update(table)
        .where(is_ref(table, ref), table.c.author == author, is_newest)
        .values(
            text=text,
            lang=lang,
            kind=str(kind),
            edited_at=at,
            past_closed=closed,
        )
    )
    return (await conn.execute(statement)).rowcount > 0


async def _may_come(conn: AsyncConnection, ref: Ref, author: PersonId) -> bool:
    """Whether the message may still arrive: it is neither here (somebody else's) nor gone, and its author did
    not opt out: of them nothing is kept, not even for a while."""
    if await message(conn, ref) is not None or await erasing.tombstones(conn, [ref]):
        return False
    known = schema.people.c
    opted_out = select(known.id).where(known.id == author, known.opted_out_at.is_not(None))
    return (await conn.execute(opted_out)).first() is None


async def _keep_early(
    conn: AsyncConnection, ref: Ref, author: PersonId, text: str, lang: str | None, kind: str, at: datetime
) -> None:
    early = schema.early_edits
    later = select(early.c.id).where(is_ref(early, ref), early.c.author == author, early.c.at > at)
    if (await conn.execute(later)).first() is not None:
        return
    seen_at = await conn.scalar(select(func.max(schema.inbox.c.seen_at)))
    row = {"author": author, "text": text, "lang": lang, "kind": str(kind), "at": at, "seen_at": seen_at}
    await conn.execute(replace(conn, early), {"channel": ref.channel, "id": ref.id} | row)


async def _drop_early(conn: AsyncConnection, ref: Ref, author: str | None = None) -> None:
    early = delete(schema.early_edits).where(is_ref(schema.early_edits, ref))
    await conn.execute(early if author is None else early.where(schema.early_edits.c.author == author))


async def drop_message(conn: AsyncConnection, ref: Ref, now: datetime) -> None:
    await erasing.erase(conn, [ref], now)


async def message(conn: AsyncConnection, ref: Ref) -> Message | None:
    row = (await conn.execute(select(schema.messages).where(is_ref(schema.messages, ref)))).first()
    return None if row is None else _message(row)


def _message(row: Row[Any]) -> Message:
    return Message(
        ref=ref(row.channel, row.id),
        thread=row.thread,
        reply_to=row.reply_to,
        author=row.author,
        at=row.at,
        text=row.text,
        lang=row.lang,
        kind=row.kind,
        resolved=row.resolved,
        edited_at=row.edited_at,
        past_closed=row.past_closed,
    )


async def recent(conn: AsyncConnection, channel: ChannelId, limit: int) -> list[Message]:
    known = schema.messages.c
    newest = select(schema.messages).where(known.channel == channel)
    rows = await conn.execute(newest.order_by(known.at.desc(), known.id.desc()).limit(limit))
    return [_message(row) for row in reversed(rows.all())]


async def thread_messages(conn: AsyncConnection, root: Ref, limit: int) -> list[Message]:
    known = schema.messages.c
    whole: ColumnElement[bool] = or_(known.id == root.id, known.thread == root.id)
    query = select(schema.messages).where(known.channel == root.channel, whole)
    rows = await conn.execute(query.order_by(known.at, known.id).limit(limit))
    return [_message(row) for row in rows]


async def bookmark(conn: AsyncConnection, name: str) -> str | None:
    marks = schema.bookmarks.c
    return await conn.scalar(select(marks.value).where(marks.name == name))


async def put_bookmark(conn: AsyncConnection, name: str, value: str) -> None:
    await conn.execute(replace(conn, schema.bookmarks), {"name": name, "value": value})
