"""Items, the answers to them, what was suggested, and what was searched for."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import ChannelId, PersonId
from bot.model import (
    AnswerLink,
    By,
    CommunityId,
    DomainKey,
    Item,
    ItemKind,
    Op,
    Ref,
    SearchRecord,
    Status,
    Suggestion,
    Thread,
)
from storage import changes, erasing, schema, talk, vectors
from storage.sql import PAIRS, chunks, is_ref, pairs, ref, ref_in, ref_in_given, replace, run_many, upsert

# ── items ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def put_items(conn: AsyncConnection, items: Sequence[Item]) -> None:
    wanted = {item.ref: item for item in items}
    for gone in await erasing.tombstones(conn, wanted):
        del wanted[gone]
    if not wanted:
        return
    rows = {one: _item_row(item) for one, item in wanted.items()}
    await _edited_early(conn, rows)
    old = await _old_items(conn, wanted)
    await run_many(conn, replace(conn, schema.items), list(rows.values()))
    await vectors.drop(conn, [one for one, row in old.items() if row.text != rows[one]["text"]])
    await _log_items(conn, wanted, old)


async def _edited_early(conn: AsyncConnection, rows: dict[Ref, dict[str, Any]]) -> None:
    """An edit that came before its message also stands for the item made of it."""
    for edit in await talk.early_edits(conn, list(rows)):
        row = rows[ref(edit.channel, edit.id)]
        if row["author"] == edit.author:
            row |= {"text": edit.text, "lang": edit.lang}


async def _old_items(conn: AsyncConnection, refs: Iterable[Ref]) -> dict[Ref, Row[Any]]:
    known, old = schema.items.c, dict[Ref, Row[Any]]()
    for part in chunks(refs, PAIRS):
        query = select(known.channel, known.id, known.kind, known.text).where(ref_in(schema.items, part))
        rows: list[Row[Any]] = [*await conn.execute(query)]
        old |= {ref(row.channel, row.id): row for row in rows}
    return old


async def _log_items(conn: AsyncConnection, items: dict[Ref, Item], old: dict[Ref, Row[Any]]) -> None:
    answers = [one for one, item in items.items() if item.kind is ItemKind.ANSWER]
    demoted = [one for one in answers if one in old and old[one].kind != ItemKind.ANSWER]
    asked = [one for one in await changes.questions_with(conn, answers) if one not in items] if answers else []
    ops = dict.fromkeys(await changes.searchable(conn, asked), Op.PUT)
    ops |= dict.fromkeys(demoted, Op.DROP)
    ops |= {one: _op(item) for one, item in items.items() if item.kind is not ItemKind.ANSWER}
    await changes.note(conn, ops)


def _op(item: Item) -> Op:
    return Op.DROP if item.hidden else Op.PUT


_SAME = (
    *("author", "at", "text", "lang", "community", "thread", "confidence", "confirmed", "hidden", "helped"),
    *("domain", "domain_confidence", "first_reply_at", "first_reply_by", "resolved_at", "look_at", "past_closed"),
)
"""Fields of Item that have a column of their own name and type."""


def _item_row(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in _SAME} | {
        "channel": item.ref.channel,
        "id": item.ref.id,
        "kind": str(item.kind),
        "domain_by": str(item.domain_by),
        "decided_by": str(item.by),
        "status": str(item.status),
    }


def item_of(row: Row[Any]) -> Item:
    """An Item of a row of items."""
    known = row._mapping
    return Item(
        ref=ref(row.channel, row.id),
        kind=ItemKind(row.kind),
        domain_by=By(row.domain_by),
        by=By(row.decided_by),
        status=Status(row.status),
        **{name: known[name] for name in _SAME},
    )


async def items(conn: AsyncConnection, refs: Collection[Ref]) -> dict[Ref, Item]:
    found: dict[Ref, Item] = {}
    for part in chunks(dict.fromkeys(refs), PAIRS):
        rows = await conn.execute(_items(), {"refs": pairs(part)})
        found |= {item.ref: item for item in map(item_of, rows)}
    return found


@cache
def _items() -> Select[Any]:
    return select(schema.items).where(ref_in_given(schema.items))


async def threads(conn: AsyncConnection, refs: Collection[Ref]) -> dict[Ref, Thread]:
    known = await items(conn, refs)
    shown = [one for one, item in known.items() if item.kind is not ItemKind.ANSWER and not item.hidden]
    answers: dict[Ref, list[Item]] = {one: [] for one in shown}
    for part in chunks(shown, PAIRS):
        for row in await conn.execute(_answers(), {"refs": pairs(part)}):
            answers[ref(row.question_channel, row.question_id)].append(item_of(row))
    return {one: Thread(item=known[one], answers=tuple(answers[one])) for one in shown}


@cache
def _answers() -> Select[Any]:
    """The unhidden answers to some questions, the best first."""
    links, known = schema.answer_links, schema.items
    joined = and_(links.c.answer_channel == known.c.channel, links.c.answer_id == known.c.id)
    person_first = case((links.c.decided_by == str(By.PERSON), 0), else_=1)
    return (
        select(links.c.question_channel, links.c.question_id, known)
        .join_from(links, known, joined)
        .where(ref_in_given(links, "question_"), links.c.rejected.is_(False), known.c.hidden.is_(False))
        .order_by(person_first, links.c.confidence.desc(), known.c.at, known.c.channel, known.c.id)
    )


# ── lists of items ────────────────────────────────────────────────────────────────────────────────────────────────

_known = schema.items.c
_NEWEST = (_known.at.desc(), _known.channel, _known.id)
_SEARCHABLE = and_(_known.kind.in_([str(ItemKind.QUESTION), str(ItemKind.KNOW_HOW)]), _known.hidden.is_(False))
_WAITING = and_(_known.kind == str(ItemKind.QUESTION), _known.status == str(Status.OPEN), _known.hidden.is_(False))


async def _list(conn: AsyncConnection, query: Select[Any]) -> list[Item]:
    return [item_of(row) for row in await conn.execute(query)]


async def open_questions(
    conn: AsyncConnection,
    *,
    channels: Collection[ChannelId] | None,
    community: CommunityId | None,
    domain: DomainKey | None,
    since: datetime | None,
    limit: int,
) -> list[Item]:
    query = select(schema.items).where(_WAITING, *_narrowed(community, domain, since))
    query = query.order_by(*_NEWEST).limit(limit)
    if channels is None:
        return await _list(conn, query)
    found: list[Item] = []
    for part in chunks(sorted(channels)):
        found += await _list(conn, query.where(_known.channel.in_(part)))
    return sorted(found, key=lambda item: item.at, reverse=True)[:limit]


def _narrowed(
    community: CommunityId | None, domain: DomainKey | None, since: datetime | None
) -> list[ColumnElement[bool]]:
    wishes = {_known.community: community, _known.domain: domain}
    narrowed: list[ColumnElement[bool]] = [column == wish for column, wish in wishes.items() if wish is not None]
    return narrowed if since is None else [*narrowed, _known.at >= since]


async def items_since(conn: AsyncConnection, community: CommunityId, since: datetime) -> list[Item]:
    mine = and_(_known.community == community, _known.at >= since, _SEARCHABLE)
    return await _list(conn, select(schema.items).where(mine).order_by(_known.at, _known.channel, _known.id))


async def unfiled(conn: AsyncConnection, community: CommunityId, limit: int) -> list[Item]:
    mine = and_(_known.community == community, _known.domain.is_(None), _SEARCHABLE)
    return await _list(conn, select(schema.items).where(mine).order_by(*_NEWEST).limit(limit))


async def filed(conn: AsyncConnection, community: CommunityId, limit: int) -> list[Item]:
    mine = and_(_known.community == community, _known.domain.is_not(None), _SEARCHABLE)
    return await _list(conn, select(schema.items).where(mine).order_by(*_NEWEST).limit(limit))


async def due_questions(conn: AsyncConnection, now: datetime, limit: int) -> list[Item]:
    due = select(schema.items).where(_known.look_at <= now, _WAITING)
    return await _list(conn, due.order_by(_known.look_at, _known.channel, _known.id).limit(limit))


async def all_refs(conn: AsyncConnection, after: Ref | None, limit: int) -> list[Ref]:
    # `kind || ''` keeps the planner on the primary key, whose order is asked for, and off the index on kind
    query = select(_known.channel, _known.id).where(_known.kind.concat("") != ItemKind.ANSWER, _known.hidden.is_(False))
    if after is not None:
        query = query.where(tuple_(_known.channel, _known.id) > tuple_(*after))
    rows = await conn.execute(query.order_by(_known.channel, _known.id).limit(limit))
    return [ref(*row) for row in rows]


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def link_answers(conn: AsyncConnection, links: Sequence[AnswerLink]) -> None:
    gone = await erasing.tombstones(conn, {end for link in links for end in (link.question, link.answer)})
    kept = [link for link in links if link.question not in gone and link.answer not in gone]
    if not kept:
        return
    insert, known = upsert(conn, schema.answer_links), schema.answer_links.c
    person = str(By.PERSON)
    statement = insert.on_conflict_do_update(
        index_elements=list(schema.answer_links.primary_key.columns),
        set_={name: insert.excluded[name] for name in ("confidence", "decided_by", "rejected")},
        where=or_(known.decided_by != person, insert.excluded.decided_by == person),
    )
    await run_many(conn, statement, [_link_row(link) for link in kept])
    await changes.touch(conn, (link.question for link in kept))


def _link_row(link: AnswerLink) -> dict[str, Any]:
    return {
        "question_channel": link.question.channel,
        "question_id": link.question.id,
        "answer_channel": link.answer.channel,
        "answer_id": link.answer.id,
        "confidence": link.confidence,
        "decided_by": str(link.by),
        "rejected": link.rejected,
    }


async def links(conn: AsyncConnection, refs: Collection[Ref], end: str) -> list[AnswerLink]:
    """The links that have one of `refs` at this end: "question_" or "answer_"."""
    table, found = schema.answer_links, list[AnswerLink]()
    for part in chunks(dict.fromkeys(refs), PAIRS):
        rows = await conn.execute(select(table).where(ref_in(table, part, end)).order_by(*table.primary_key.columns))
        found += map(_link, rows)
    return found


def _link(row: Row[Any]) -> AnswerLink:
    return AnswerLink(
        question=ref(row.question_channel, row.question_id),
        answer=ref(row.answer_channel, row.answer_id),
        confidence=row.confidence,
        by=By(row.decided_by),
        rejected=row.rejected,
    )


# ── suggestions and searches ──────────────────────────────────────────────────────────────────────────────────────


async def add_suggestion(conn: AsyncConnection, suggestion: Suggestion) -> None:
    if await erasing.tombstones(conn, [suggestion.question, suggestion.earlier]):
        return
    row = {
        "question_channel": suggestion.question.channel,
        "question_id": suggestion.question.id,
        "earlier_channel": suggestion.earlier.channel,
        "earlier_id": suggestion.earlier.id,
        "person": suggestion.person,
        "shown_at": suggestion.shown_at,
        "helped": suggestion.helped,
    }
    await conn.execute(upsert(conn, schema.suggestions).on_conflict_do_nothing(), row)


async def answer_suggestion(conn: AsyncConnection, question: Ref, earlier: Ref, person: PersonId, helped: bool) -> bool:
    table = schema.suggestions
    shown = and_(is_ref(table, question, "question_"), is_ref(table, earlier, "earlier_"), table.c.person == person)
    return (await conn.execute(update(table).where(shown).values(helped=helped))).rowcount > 0


async def put_search(conn: AsyncConnection, record: SearchRecord) -> None:
    row = {name: getattr(record, name) for name in ("id", "community", "at", "results", "opened", "helped")}
    await conn.execute(replace(conn, schema.searches), row)


async def search_record(conn: AsyncConnection, id: str) -> SearchRecord | None:
    row = (await conn.execute(select(schema.searches).where(schema.searches.c.id == id))).first()
    return None if row is None else SearchRecord(**row._mapping)
