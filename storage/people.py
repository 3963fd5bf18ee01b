"""Persons, channels, communities, domains, and who is where."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import ChannelId, ChannelKind, PersonId, WorkspaceId
from bot.model import By, Channel, Community, CommunityId, Domain, Door, LinkCode, Person
from storage import changes, schema
from storage.sql import chunks, listed, ref, replace, run_many, upsert

PLATFORM_SAYS = ("workspace", "name", "timezone", "lang", "guest", "external", "automatic", "active")
PERSON_CHOSE = ("opted_out_at", "invitations", "per_week", "quiet_from", "quiet_to", "paused_until", "main")


async def put_people(conn: AsyncConnection, people: Sequence[Person]) -> None:
    insert = upsert(conn, schema.people)
    fresh = {name: insert.excluded[name] for name in PLATFORM_SAYS}
    statement = insert.on_conflict_do_update(index_elements=["id"], set_=fresh)
    await run_many(conn, statement, [_person_row(person) for person in people])


async def put_settings(conn: AsyncConnection, person: Person) -> None:
    insert = upsert(conn, schema.people)
    fresh: dict[str, Any] = {name: insert.excluded[name] for name in PERSON_CHOSE}
    fresh["chosen_lang"] = _chosen(insert.excluded["lang"])
    row = _person_row(person) | {"chosen_lang": person.lang}
    await conn.execute(insert.on_conflict_do_update(index_elements=["id"], set_=fresh), row)


def _chosen(lang: ColumnElement[Any]) -> ColumnElement[Any]:
    """The language is the person's choice only where it differs from what they would get anyway."""
    known = schema.people.c
    same = lang.is_not_distinct_from(func.coalesce(known.chosen_lang, known.lang))
    return case((same, known.chosen_lang), else_=lang)


def _person_row(person: Person) -> dict[str, Any]:
    names = ("id", *PLATFORM_SAYS, *PERSON_CHOSE)
    return {name: getattr(person, name) for name in names} | {"chosen_lang": None}


async def people(conn: AsyncConnection, ids: Collection[PersonId] | None) -> dict[PersonId, Person]:
    rows = await _by_id(conn, schema.people, ids)
    return {person.id: person for person in map(_person, rows)}


def _person(row: Row[Any]) -> Person:
    known = dict(row._mapping)
    chosen = known.pop("chosen_lang")
    return Person(**(known | {"lang": chosen or known["lang"]}))


async def accounts(conn: AsyncConnection, person: PersonId) -> list[Person]:
    known = schema.people.c
    main = select(func.coalesce(known.main, known.id)).where(known.id == person).scalar_subquery()
    rows = await conn.execute(select(schema.people).where(or_(known.id == main, known.main == main)))
    found = [_person(row) for row in rows]
    return sorted(found, key=lambda one: (one.id != one.main, one.id))


async def put_link_code(conn: AsyncConnection, code: LinkCode) -> None:
    table = schema.link_codes
    await conn.execute(delete(table).where(table.c.person == code.person))
    await conn.execute(replace(conn, table), {"hash": code.hash, "person": code.person, "until": code.until})


async def take_link_code(conn: AsyncConnection, hash: str, now: datetime) -> PersonId | None:
    table = schema.link_codes
    taken = delete(table).where(table.c.hash == hash).returning(table.c.person, table.c.until)
    row = (await conn.execute(taken)).first()
    return PersonId(row.person) if row is not None and row.until >= now else None


async def _by_id(conn: AsyncConnection, table: Table, ids: Collection[str] | None) -> list[Row[Any]]:
    if ids is None:
        return list(await conn.execute(select(table)))
    rows: list[Row[Any]] = []
    for part in chunks(ids):
        rows += await conn.execute(_of_ids(table), {"ids": part})
    return rows


@cache
def _of_ids(table: Table) -> Select[Any]:
    return select(table).where(table.c.id.in_(bindparam("ids", expanding=True)))


async def put_channels(conn: AsyncConnection, channels: Sequence[Channel]) -> None:
    insert, known = upsert(conn, schema.channels), schema.channels.c
    fresh: dict[str, Any] = {
        name: insert.excluded[name] for name in ("workspace", "name", "kind", "archived", "past_closed", "spaces")
    }
    fresh["encrypted"] = or_(insert.excluded.encrypted, known.encrypted)
    for name in ("community", "noticed_at", "removed_at", "recall_from"):
        fresh[name] = func.coalesce(insert.excluded[name], known[name])
    statement = insert.on_conflict_do_update(index_elements=["id"], set_=fresh)
    await run_many(conn, statement, [_channel_row(channel) for channel in channels])


def _channel_row(channel: Channel) -> dict[str, Any]:
    row = {column.name: getattr(channel, column.name) for column in schema.channels.columns}
    return row | {"spaces": json.dumps(channel.spaces, ensure_ascii=False)}


async def channels(conn: AsyncConnection, ids: Collection[ChannelId] | None) -> dict[ChannelId, Channel]:
    rows = await _by_id(conn, schema.channels, ids)
    return {channel.id: channel for channel in map(_channel, rows)}


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        id=ChannelId(row.id),
        workspace=WorkspaceId(row.workspace),
        name=row.name,
        kind=ChannelKind(row.kind),
        community=row.community,
        archived=row.archived,
        encrypted=row.encrypted,
        past_closed=row.past_closed,
        spaces=tuple(json.loads(row.spaces)),
        noticed_at=row.noticed_at,
        removed_at=row.removed_at,
        recall_from=row.recall_from,
    )


async def read_back(conn: AsyncConnection, channel: ChannelId, since: datetime | None) -> None:
    here = update(schema.channels).where(schema.channels.c.id == channel)
    await conn.execute(here.values(recall_from=since))


async def leave_channel(conn: AsyncConnection, channel: ChannelId, at: datetime) -> None:
    here = update(schema.channels).where(schema.channels.c.id == channel)
    await conn.execute(here.values(noticed_at=None, removed_at=at, recall_from=None))


async def move_channel(conn: AsyncConnection, channel: ChannelId, community: CommunityId) -> None:
    here = schema.channels.c.id == channel
    await conn.execute(update(schema.channels).where(here).values(community=community))
    known = select(schema.domains.c.key).where(schema.domains.c.community == community)
    await _move(conn, schema.items, schema.items.c.channel == channel, community)
    await _move(conn, schema.evidence, schema.evidence.c.item_channel == channel, community)
    lost = update(schema.items).where(schema.items.c.channel == channel, schema.items.c.domain.not_in(known))
    nothing = {"domain": None, "domain_confidence": 0.0, "domain_by": str(By.DETECTOR)}
    await conn.execute(lost.values(nothing))
    here = and_(schema.evidence.c.item_channel == channel, schema.evidence.c.domain.not_in(known))
    await conn.execute(update(schema.evidence).where(here).values(domain=None))
    filed = select(schema.items.c.channel, schema.items.c.id).where(schema.items.c.channel == channel)
    await changes.touch(conn, [ref(*row) for row in await conn.execute(filed)])


async def _move(conn: AsyncConnection, table: Table, where: ColumnElement[bool], community: CommunityId) -> None:
    await conn.execute(update(table).where(where).values(community=community))


Move = tuple[ChannelId, PersonId, datetime]


async def put_members(conn: AsyncConnection, joined: Sequence[Move], left: Sequence[Move]) -> None:
    """Only the newest join and the newest leave count, so that the order of arrival does not matter."""
    rows = [_move_row(move, move[2], None) for move in joined] + [_move_row(move, None, move[2]) for move in left]
    insert, known = upsert(conn, schema.memberships), schema.memberships.c
    fresh = {
        "first_at": _least(known.first_at, insert.excluded.first_at),
        "joined_at": _most(known.joined_at, insert.excluded.joined_at),
        "left_at": _most(known.left_at, insert.excluded.left_at),
    }
    statement = insert.on_conflict_do_update(index_elements=["channel", "person"], set_=fresh)
    await run_many(conn, statement, rows)


def _move_row(move: Move, joined: datetime | None, left: datetime | None) -> dict[str, Any]:
    return {"channel": move[0], "person": move[1], "first_at": joined, "joined_at": joined, "left_at": left}


def _most(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((or_(old.is_(None), new > old), new), else_=old)


def _least(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((or_(old.is_(None), new < old), new), else_=old)


def is_member() -> ColumnElement[bool]:
    """Whether a row of memberships holds now: joined, and not left since."""
    known = schema.memberships.c
    return and_(known.joined_at.is_not(None), or_(known.left_at.is_(None), known.joined_at > known.left_at))


_KINDS = {str(kind): kind for kind in ChannelKind}


async def doors(
    conn: AsyncConnection, person: PersonId, kind: ChannelKind, channels: Collection[ChannelId] | None
) -> list[Door]:
    asked = {"person": person, "kind": str(kind)}
    if channels is None:
        return [_door(*row) for row in await conn.execute(_doors(among=False), asked)]
    found: list[Door] = []
    for part in chunks(channels):
        rows = await conn.execute(_doors(among=True), asked | {"among": part})
        found += [_door(*row) for row in rows]
    return found


@cache
def _doors(*, among: bool) -> CompoundSelect[Any]:
    """Asked by every search, and as long in the making as in the asking. From the side of the person: of a thousand
    private channels of others nothing is read."""
    at, known = schema.channels.c, schema.memberships.c
    mine = and_(known.channel == at.id, known.person == bindparam("person"), is_member())
    halves = [_behind(1).where(mine), _behind(0).where(at.kind == bindparam("kind"))]
    if among:
        halves = [half.where(at.id.in_(bindparam("among", expanding=True))) for half in halves]
    return union_all(*halves)


def _behind(member: int) -> Select[Any]:
    at = schema.channels.c
    return select(at.kind, at.workspace, literal(member), listed(at.id)).group_by(at.kind, at.workspace)


def _door(kind: str, workspace: str, member: int, channels: list[ChannelId]) -> Door:
    return Door(_KINDS[kind], WorkspaceId(workspace), bool(member), channels)


async def stays(conn: AsyncConnection, person: PersonId, channels: Collection[ChannelId]) -> dict[ChannelId, datetime]:
    known, found = schema.memberships.c, dict[ChannelId, datetime]()
    since = case((known.left_at.is_(None), known.first_at), else_=known.joined_at).label("since")
    here = select(known.channel, since).where(known.person == person, is_member())
    for part in chunks(channels):
        rows = await conn.execute(here.where(known.channel.in_(part)))
        found |= {ChannelId(channel): begun for channel, begun in rows}
    return found


async def close_past(conn: AsyncConnection, channels: Collection[ChannelId]) -> None:
    for part in chunks(channels):
        for table in (schema.items, schema.messages):
            await conn.execute(update(table).where(table.c.channel.in_(part)).values(past_closed=True))


async def memberships(conn: AsyncConnection, person: PersonId) -> frozenset[ChannelId]:
    known = schema.memberships.c
    return await _set(conn, select(known.channel).where(known.person == person, is_member()))


async def all_memberships(conn: AsyncConnection) -> dict[PersonId, frozenset[ChannelId]]:
    known = schema.memberships.c
    found: dict[PersonId, set[ChannelId]] = {}
    for person, channel in await conn.execute(select(known.person, known.channel).where(is_member())):
        found.setdefault(PersonId(person), set()).add(ChannelId(channel))
    return {person: frozenset(channels) for person, channels in found.items()}


async def members(conn: AsyncConnection, channel: ChannelId) -> frozenset[PersonId]:
    known = schema.memberships.c
    return await _set(conn, select(known.person).where(known.channel == channel, is_member()))


async def _set(conn: AsyncConnection, query: Select[tuple[Any]]) -> frozenset[Any]:
    return frozenset((await conn.execute(query)).scalars())


async def put_communities(conn: AsyncConnection, communities: Sequence[Community]) -> None:
    rows = [_community_row(community) for community in communities]
    await run_many(conn, replace(conn, schema.communities), rows)


def _community_row(community: Community) -> dict[str, Any]:
    return {
        "id": community.id,
        "name": community.name,
        "lang": community.lang,
        "timezone": community.timezone,
        "facilitators": json.dumps(community.facilitators),
    }


async def communities(conn: AsyncConnection) -> dict[CommunityId, Community]:
    rows = await conn.execute(select(schema.communities))
    return {community.id: community for community in map(_community, rows)}


def _community(row: Row[Any]) -> Community:
    facilitators = tuple(json.loads(row.facilitators))
    return Community(
        id=CommunityId(row.id), name=row.name, lang=row.lang, timezone=row.timezone, facilitators=facilitators
    )


async def put_domains(conn: AsyncConnection, domains: Sequence[Domain]) -> None:
    names = schema.domains.columns.keys()
    rows = [{name: getattr(domain, name) for name in names} for domain in domains]
    await run_many(conn, replace(conn, schema.domains), rows)


async def domains(conn: AsyncConnection, community: CommunityId | None) -> list[Domain]:
    known = schema.domains.c
    query = select(schema.domains).order_by(known.community, known.name, known.key)
    if community is not None:
        query = query.where(known.community == community)
    return [Domain(**row._mapping) for row in await conn.execute(query)]
