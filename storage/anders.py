"""Evidence, invitations and consent."""

from collections.abc import Collection, Sequence
from dataclasses import replace as dataclass_replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import PersonId
from bot.model import (
    CommunityId,
    Consent,
    EvidenceKind,
    EvidenceRow,
    InvitationId,
    InvitationRow,
    Occasion,
    Ref,
    Telling,
)
from storage import erasing, quotes, schema
from storage.sql import is_ref, maybe_ref, ref, replace, run_many, upsert

# ── evidence ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def add_evidence(conn: AsyncConnection, rows: Sequence[EvidenceRow]) -> None:
    gone = await erasing.tombstones(conn, {one for row in rows for one in (row.item, row.about) if one})
    kept = [dataclass_replace(row, about=None) if row.about in gone else row for row in rows if row.item not in gone]
    insert = upsert(conn, schema.evidence).on_conflict_do_nothing()
    await run_many(conn, insert, [_evidence_row(row) for row in kept])


def _evidence_row(row: EvidenceRow) -> dict[str, Any]:
    return {
        "person": row.person,
        "kind": str(row.kind),
        "key": str(row.item) if row.item else f"{row.community or ''}/{row.domain or ''}",
        "community": row.community,
        "domain": row.domain,
        "at": row.at,
        "item_channel": row.item.channel if row.item else None,
        "item_id": row.item.id if row.item else None,
        "about_channel": row.about.channel if row.about else None,
        "about_id": row.about.id if row.about else None,
    }


async def evidence(conn: AsyncConnection, *, before: datetime | None, since: datetime | None) -> list[EvidenceRow]:
    known, items = schema.evidence, schema.items
    joined = known.outerjoin(items, and_(known.c.item_channel == items.c.channel, known.c.item_id == items.c.id))
    query = select(known).select_from(joined).where(or_(known.c.item_id.is_(None), items.c.hidden.is_(False)))
    if before is not None:
        query = query.where(known.c.at < before)
    if since is not None:
        query = query.where(known.c.at >= since)
    rows = await conn.execute(query.order_by(known.c.at, known.c.person, known.c.key))
    return [_evidence(row) for row in rows]


async def newest_evidence(conn: AsyncConnection) -> datetime | None:
    newest: datetime | None = await conn.scalar(select(func.max(schema.evidence.c.at)))
    return newest


def _evidence(row: Row[Any]) -> EvidenceRow:
    return EvidenceRow(
        person=PersonId(row.person),
        kind=EvidenceKind(row.kind),
        community=row.community,
        domain=row.domain,
        at=row.at,
        item=maybe_ref(row.item_channel, row.item_id),
        about=maybe_ref(row.about_channel, row.about_id),
    )


# ── invitations ───────────────────────────────────────────────────────────────────────────────────────────────────

_SAME = [
    "id",
    "person",
    "community",
    "state",
    "due_at",
    "until",
    "sent_at",
    "accepted_at",
    "replied_at",
    "helpful_at",
    "closed_at",
]
"""Fields of InvitationRow that have a column of their own name and type."""


async def add_invitations(conn: AsyncConnection, rows: Sequence[InvitationRow]) -> list[InvitationId]:
    gone = await erasing.tombstones(conn, {row.question for row in rows})
    kept = {row.id: row for row in rows if row.question not in gone}
    if not kept:
        return []
    insert = upsert(conn, schema.invitations).on_conflict_do_nothing().returning(schema.invitations.c.id)
    added = set((await conn.execute(insert, [_invitation_row(row) for row in kept.values()])).scalars())
    new = [id for id in kept if id in added]
    await quotes.hold(conn, quotes.Holder.INVITATION, {id: set(kept[id].evidence) for id in new})
    return new


async def put_invitation(conn: AsyncConnection, row: InvitationRow) -> None:
    known = schema.invitations
    await conn.execute(update(known).where(known.c.id == row.id).values(_invitation_row(row)))
    await quotes.let_go(conn, quotes.Holder.INVITATION, [row.id])
    await quotes.hold(conn, quotes.Holder.INVITATION, {row.id: set(row.evidence)})


def _invitation_row(row: InvitationRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SAME} | {
        "state": str(row.state),
        "occasion": str(row.occasion),
        "question_channel": row.question.channel,
        "question_id": row.question.id,
        "evidence": quotes.pack(row.evidence),
    }


def _invitation(row: Row[Any]) -> InvitationRow:
    known = row._mapping
    return InvitationRow(
        question=ref(row.question_channel, row.question_id),
        evidence=quotes.unpack(row.evidence),
        occasion=Occasion(row.occasion),
        **{name: known[name] for name in _SAME},
    )


async def invitation(conn: AsyncConnection, id: InvitationId) -> InvitationRow | None:
    row = (await conn.execute(select(schema.invitations).where(schema.invitations.c.id == id))).first()
    return None if row is None else _invitation(row)


async def invitations(
    conn: AsyncConnection,
    *,
    person: PersonId | None,
    question: Ref | None,
    community: CommunityId | None,
    states: Collection[str] | None,
    since: datetime | None,
) -> list[InvitationRow]:
    known = schema.invitations.c
    query = select(schema.invitations).order_by(known.due_at, known.id)
    if question is not None:
        query = query.where(is_ref(schema.invitations, question, "question_"))
    if states is not None:
        query = query.where(known.state.in_([str(state) for state in states]))
    rows = await conn.execute(_of(query, person, community, since))
    return [_invitation(row) for row in rows]


def _of(
    query: Select[Any], person: PersonId | None, community: CommunityId | None, since: datetime | None
) -> Select[Any]:
    known = schema.invitations.c
    if person is not None:
        query = query.where(known.person == person)
    if community is not None:
        query = query.where(known.community == community)
    return query if since is None else query.where(known.due_at >= since)


# ── consent ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def put_consent(conn: AsyncConnection, consent: Consent) -> None:
    if await erasing.tombstones(conn, [consent.question]):
        return
    row = {
        "question_channel": consent.question.channel,
        "question_id": consent.question.id,
        "person": consent.person,
        "asked_at": consent.asked_at,
        "granted": consent.granted,
    }
    await conn.execute(replace(conn, schema.consents), row)


async def consent(conn: AsyncConnection, question: Ref) -> Consent | None:
    known = schema.consents
    row = (await conn.execute(select(known).where(is_ref(known, question, "question_")))).first()
    if row is None:
        return None
    return Consent(question=question, person=row.person, asked_at=row.asked_at, granted=row.granted)


# ── telling ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def put_tellings(conn: AsyncConnection, tellings: Sequence[Telling]) -> None:
    gone = await erasing.tombstones(conn, {one.question for one in tellings})
    rows = [
        {
            "question_channel": one.question.channel,
            "question_id": one.question.id,
            "person": one.person,
            "asked_at": one.asked_at,
            "granted": one.granted,
        }
        for one in tellings
        if one.question not in gone
    ]
    await run_many(conn, replace(conn, schema.tellings), rows)


async def tellings(conn: AsyncConnection, question: Ref) -> dict[PersonId, Telling]:
    known = schema.tellings
    rows = await conn.execute(select(known).where(is_ref(known, question, "question_")))
    return {
        PersonId(row.person): Telling(
            question=question, person=PersonId(row.person), asked_at=row.asked_at, granted=row.granted
        )
        for row in rows
    }
