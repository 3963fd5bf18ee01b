"""The facts of a weekly report, gathered from the record (see `bot.reports.material` for what each means).

Only channels that every reader of the report may read count: the public ones, and the private ones that all known
facilitators may enter. Nothing of people who opted out, and nothing of automatic accounts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.anders.invitation import State
from bot.events import ChannelId, ChannelKind, PersonId
from bot.model import By, Channel, Community, CommunityId, Domain, EvidenceKind, ItemKind, Person, Ref
from bot.permission import may_be_told, may_enter
from bot.reports.material import (
    HISTORY_WEEKS,
    AnswerRecord,
    InvitationRecord,
    KnowHowRecord,
    Material,
    Membership,
    Newcomer,
    Post,
    QuestionRecord,
    StoryCandidate,
    SuggestionRecord,
)
from bot.reports.week import Week
from storage import people, schema
from storage.sql import chunks, ref

TITLE = 90
"""Characters of a question that a report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the report is about, and what of it may count."""

    community: Community
    start: datetime
    end: datetime
    channels: dict[ChannelId, Channel]
    people: dict[PersonId, Person]
    members: dict[str, frozenset[ChannelId]]
    unheard: frozenset[str]
    """Who opted out, and who is no human."""

    def counts(self, person: str) -> bool:
        """Whether what this person did may be counted."""
        return person not in self.unheard

    def quotes(self, channel: str, *, past_closed: bool = False) -> bool:
        """Whether the report, which is a page in the clear, may quote what was said there."""
        return may_be_told(self.channels[ChannelId(channel)], past_closed=past_closed)


async def report_material(conn: AsyncConnection, community: CommunityId, week: Week) -> Material:
    frame = await _frame(conn, community, week)
    told = await _told(conn, frame)
    homes = await _homes(conn, frame)
    return Material(
        community=community,
        name=frame.community.name,
        timezone=frame.community.timezone,
        lang=frame.community.lang,
        week=week,
        members=await _members(conn, frame),
        groups=homes,
        group_names={one.id: one.name for one in (await people.communities(conn)).values()},
        domain_names=_domain_names(await people.domains(conn, community)),
        posts=tuple(Post(person=author, at=at, reply_to=other) for author, at, _, _, other in told),
        questions=await _questions(conn, frame, homes, told),
        know_how=await _know_how(conn, frame),
        suggestions=await _suggestions(conn, frame),
        invitations=await _invitations(conn, frame),
        newcomers=await _newcomers(conn, frame, told),
        invitable=await _invitable(conn, frame),
        stories=await _stories(conn, frame, homes),
    )


async def _frame(conn: AsyncConnection, community: CommunityId, week: Week) -> Frame:
    known = await people.people(conn, None)
    members = await people.all_memberships(conn)
    ours = (await people.communities(conn)).get(community) or Community(id=community, name=community)
    readers = [known[one] for one in ours.facilitators if one in known]
    channels = [one for one in (await people.channels(conn, None)).values() if one.community == community]
    return Frame(
        community=ours,
        start=week.back(HISTORY_WEEKS).start,
        end=week.end,
        channels={one.id: one for one in channels if _readable(one, readers, members)},
        people=known,
        members={str(person): joined for person, joined in members.items()},
        unheard=frozenset(one.id for one in known.values() if one.opted_out_at is not None or one.automatic),
    )


def _readable(channel: Channel, readers: list[Person], members: dict[PersonId, frozenset[ChannelId]]) -> bool:
    if channel.kind is ChannelKind.PUBLIC:
        return True
    return bool(readers) and all(
        may_enter(reader, channel, channel.id in members.get(reader.id, frozenset())) for reader in readers
    )


async def _by_channel(conn: AsyncConnection, frame: Frame, query: Select[Any], column: Any) -> list[Row[Any]]:
    """The rows of all the channels that count."""
    rows: list[Row[Any]] = []
    for part in chunks(sorted(frame.channels)):
        rows += await conn.execute(query.where(column.in_(part)))
    return rows


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _members(conn: AsyncConnection, frame: Frame) -> tuple[Membership, ...]:
    """Somebody belongs to the community from their first channel in it until they left the last."""
    table = schema.memberships.c
    query = select(
        table.person,
        func.min(table.first_at).label("joined_at"),
        func.max(case((people.is_member(), 1), else_=0)).label("stays"),
        func.max(table.left_at).label("left_at"),
    )
    rows = await _by_channel(conn, frame, query.group_by(table.person), table.channel)
    spells = defaultdict[str, list[Row[Any]]](list)
    for row in rows:
        spells[row.person].append(row)
    return tuple(_membership(person, spells[person]) for person in spells if frame.counts(person))


def _membership(person: str, spells: list[Row[Any]]) -> Membership:
    joined = [row.joined_at for row in spells]
    left = [row.left_at for row in spells if row.left_at is not None]
    return Membership(
        person=person,
        joined_at=None if None in joined else min(joined),
        left_at=None if any(row.stays for row in spells) else max(left, default=None),
    )


async def _homes(conn: AsyncConnection, frame: Frame) -> dict[str, str]:
    """Everybody's home group: the community where they posted most; for who did not post, where they are members."""
    said, places = schema.messages.c, schema.channels.c
    query = (
        select(said.author, places.community, func.count().label("posts"))
        .join_from(schema.messages, schema.channels, said.channel == places.id)
        .where(said.at >= frame.start, said.at < frame.end, places.community.is_not(None))
        .group_by(said.author, places.community)
    )
    weights = defaultdict[str, Counter[str]](Counter)
    for row in await conn.execute(query):
        weights[row.author][row.community] += row.posts
    known = await people.channels(conn, None)
    for person in frame.members.keys() - weights.keys():
        weights[person] = Counter(known[one].community or "" for one in frame.members[person] if one in known)
    homes = {person: _heaviest(weight) for person, weight in weights.items() if frame.counts(person)}
    return {person: home for person, home in homes.items() if home}


def _heaviest(weight: Counter[str]) -> str:
    return max(weight, key=lambda one: (weight[one], one), default="")


async def _invitable(conn: AsyncConnection, frame: Frame) -> frozenset[str]:
    """People of elsewhere of whom there is evidence, and who let themselves be asked."""
    table = schema.evidence.c
    query = select(table.person).where(table.at < frame.end, table.kind != str(EvidenceKind.HELPFUL)).distinct()
    found = (await conn.execute(query)).scalars()
    return frozenset(one for one in found if _may_be_asked(frame, PersonId(one)))


def _may_be_asked(frame: Frame, person: PersonId) -> bool:
    known = frame.people.get(person)
    if known is None or not frame.counts(person) or not (known.active and known.invitations):
        return False
    return not (known.guest or known.external) and not (frame.members.get(person, frozenset()) & frame.channels.keys())


# ── what was said ─────────────────────────────────────────────────────────────────────────────────────────────────


class Told(NamedTuple):
    """A post: `parent` is the message it replies to, `other` who wrote that, None when it was they themselves."""

    author: str
    at: datetime
    channel: str
    parent: str | None
    other: str | None


async def _told(conn: AsyncConnection, frame: Frame) -> list[Told]:
    """Every post of the window, oldest first, with what it replies to and who wrote that."""
    said, before, items = schema.messages, schema.messages.alias("before"), schema.items
    parent = func.coalesce(said.c.reply_to, said.c.thread)
    query = (
        select(
            said.c.author,
            said.c.at,
            said.c.channel,
            parent,
            func.nullif(func.coalesce(before.c.author, items.c.author), said.c.author),
        )
        .select_from(
            said.outerjoin(before, and_(before.c.channel == said.c.channel, before.c.id == parent)).outerjoin(
                items, and_(items.c.channel == said.c.channel, items.c.id == parent)
            )
        )
        .where(said.c.at >= frame.start, said.c.at < frame.end)
    )
    rows = await _by_channel(conn, frame, query, said.c.channel)
    told = (Told._make(row) for row in rows if row[0] not in frame.unheard)
    return sorted(told, key=attrgetter("at"))


async def _newcomers(conn: AsyncConnection, frame: Frame, told: Iterable[Told]) -> tuple[Newcomer, ...]:
    """Whose first post ever in the community lies in the window."""
    table = schema.first_posts
    rows = await _by_channel(conn, frame, select(table), table.c.channel)
    first: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.channel)):
        first.setdefault(row.person, row)
    new = [row for row in first.values() if frame.start <= row.at < frame.end and frame.counts(row.person)]
    met = _first_replies(list(told), new)
    return tuple(_newcomer(row, frame, met.get(row.person)) for row in new)


def _first_replies(told: Sequence[Told], new: Sequence[Row[Any]]) -> dict[str, datetime]:
    """When somebody else first replied to a first post: to the post itself, or later in the thread it stands in."""
    begun = {(row.channel, row.id): row for row in new}
    first = {(row.person, row.at, row.channel): row for row in new}
    joined: dict[tuple[str, str], list[Row[Any]]] = {}
    met: dict[str, datetime] = {}
    for post in told:
        if post.parent is None:
            continue
        thread = (post.channel, post.parent)
        for row in (begun.get(thread), *joined.get(thread, ())):
            if row is not None and row.person != post.author:
                met.setdefault(row.person, post.at)
        if (row := first.get((post.author, post.at, post.channel))) is not None:
            joined.setdefault(thread, []).append(row)
    return met


def _newcomer(row: Row[Any], frame: Frame, met: datetime | None) -> Newcomer:
    person = frame.people.get(row.person)
    shown = frame.quotes(row.channel) and person is not None
    return Newcomer(
        person=row.person,
        first_post_at=row.at,
        first_reply_at=met,
        name=person.name if shown and person else "",
        link=str(ref(row.channel, row.id)) if shown else "",
    )


# ── the practice ──────────────────────────────────────────────────────────────────────────────────────────────────


def _domain_names(domains: list[Domain]) -> dict[str, str]:
    names = {str(one.key): one.name for one in domains}
    return {str(one.key): names.get(one.merged_into or one.key, one.name) for one in domains}


async def _questions(
    conn: AsyncConnection, frame: Frame, homes: dict[str, str], told: list[Told]
) -> tuple[QuestionRecord, ...]:
    known = schema.items.c
    waiting = and_(
        or_(known.first_reply_at.is_(None), known.first_reply_at >= frame.start),
        or_(known.resolved_at.is_(None), known.resolved_at >= frame.start),
    )
    query = select(schema.items).where(
        known.kind == str(ItemKind.QUESTION),
        known.hidden.is_(False),
        known.at < frame.end,
        or_(known.at >= frame.start, waiting),
    )
    rows = [row for row in await _by_channel(conn, frame, query, known.channel) if frame.counts(row.author)]
    answers = await _answers(conn, frame, homes, _first_talks(told))
    return tuple(_question(row, frame, answers) for row in sorted(rows, key=lambda row: (row.at, row.id)))


def _question(row: Row[Any], frame: Frame, answers: dict[Ref, list[AnswerRecord]]) -> QuestionRecord:
    asked = ref(row.channel, row.id)
    public = frame.quotes(row.channel, past_closed=row.past_closed)
    return QuestionRecord(
        id=str(asked),
        person=row.author,
        at=row.at,
        domain=row.domain,
        first_reply_at=row.first_reply_at,
        resolved_at=row.resolved_at,
        answers=tuple(sorted(answers.get(asked, ()), key=lambda one: one.at)),
        title=_title(row.text) if public else "",
        link=str(asked) if public else "",
        public=public,
    )


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE else line[: TITLE - 1].rsplit(" ", 1)[0] + "…"


Pair = tuple[str, str]
"""Two people, in the order of their ids."""


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _first_talks(told: Iterable[Told]) -> dict[Pair, datetime]:
    """When two people first replied to each other, among what was said in the window."""
    first: dict[Pair, datetime] = {}
    for author, at, _, _, other in told:
        if other is not None:
            first.setdefault(_pair(author, other), at)
    return first


async def _answers(
    conn: AsyncConnection, frame: Frame, homes: dict[str, str], talks: dict[Pair, datetime]
) -> dict[Ref, list[AnswerRecord]]:
    """By question. Two people's first exchange is looked for among all answers anywhere and the replies here."""
    rows = [row for row in await _linked(conn, frame) if frame.counts(row.answerer)]
    first = await _first_answers(conn, frame)
    found = defaultdict[Ref, list[AnswerRecord]](list)
    for row in rows:
        pair = _pair(row.asker, row.answerer)
        earliest = min(time for time in (first.get(pair), talks.get(pair), row.at) if time is not None)
        found[ref(row.channel, row.id)].append(
            AnswerRecord(
                person=row.answerer,
                at=row.at,
                outsider=homes.get(row.answerer, frame.community.id) != frame.community.id,
                helpful=bool(row.helpful),
                first_pair=row.at <= earliest,
            )
        )
    return found


_asked, _given = schema.items.alias("asked"), schema.items.alias("given")


def _exchange(*columns: Any) -> Select[Any]:
    """Answers with their questions: both shown, the link not rejected, by two different people."""
    links = schema.answer_links.c
    to_question = and_(links.question_channel == _asked.c.channel, links.question_id == _asked.c.id)
    to_answer = and_(links.answer_channel == _given.c.channel, links.answer_id == _given.c.id)
    joined = schema.answer_links.join(_asked, to_question).join(_given, to_answer)
    shown: list[ColumnElement[bool]] = [_asked.c.hidden.is_(False), _given.c.hidden.is_(False)]
    return (
        select(*columns)
        .select_from(joined)
        .where(links.rejected.is_(False), _asked.c.author != _given.c.author, *shown)
    )


async def _linked(conn: AsyncConnection, frame: Frame) -> list[Row[Any]]:
    helpful = or_(schema.answer_links.c.decided_by == str(By.PERSON), _given.c.confirmed.is_(True), _given.c.helped > 0)
    query = _exchange(
        _asked.c.channel,
        _asked.c.id,
        _asked.c.author.label("asker"),
        _given.c.author.label("answerer"),
        _given.c.at,
        helpful.label("helpful"),
    ).where(_given.c.at >= frame.start, _given.c.at < frame.end)
    return await _by_channel(conn, frame, query, schema.answer_links.c.question_channel)


async def _first_answers(conn: AsyncConnection, frame: Frame) -> dict[Pair, datetime]:
    asker, answerer, at = _asked.c.author, _given.c.author, func.min(_given.c.at)
    query = _exchange(asker.label("asker"), answerer.label("answerer"), at.label("at"))
    rows = await conn.execute(query.where(_given.c.at < frame.end).group_by(asker, answerer))
    first: dict[Pair, datetime] = {}
    for row in rows:
        pair = _pair(row.asker, row.answerer)
        first[pair] = min(row.at, first.get(pair, row.at))
    return first


async def _know_how(conn: AsyncConnection, frame: Frame) -> tuple[KnowHowRecord, ...]:
    known = schema.items.c
    query = select(known.author, known.at, known.domain, known.confirmed, known.resolved_at).where(
        known.kind == str(ItemKind.KNOW_HOW), known.hidden.is_(False), known.at >= frame.start, known.at < frame.end
    )
    rows = await _by_channel(conn, frame, query, known.channel)
    return tuple(
        KnowHowRecord(at=row.at, domain=row.domain, confirmed_at=(row.resolved_at or row.at) if row.confirmed else None)
        for row in rows
        if frame.counts(row.author)
    )


# ── what Ander did ────────────────────────────────────────────────────────────────────────────────────────────────


def _during(column: Any, frame: Frame) -> Iterator[ColumnElement[bool]]:
    yield column >= frame.start
    yield column < frame.end


async def _suggestions(conn: AsyncConnection, frame: Frame) -> tuple[SuggestionRecord, ...]:
    known = schema.suggestions.c
    query = select(schema.suggestions).where(*_during(known.shown_at, frame))
    rows = await _by_channel(conn, frame, query, known.question_channel)
    return tuple(
        SuggestionRecord(person=row.person, at=row.shown_at, accepted=bool(row.helped))
        for row in sorted(rows, key=lambda row: row.shown_at)
        if frame.counts(row.person)
    )


async def _invitations(conn: AsyncConnection, frame: Frame) -> tuple[InvitationRecord, ...]:
    known = schema.invitations.c
    query = select(schema.invitations).where(known.community == frame.community.id, *_during(known.sent_at, frame))
    rows = await conn.execute(query.order_by(known.sent_at))
    return tuple(
        InvitationRecord(
            person=row.person,
            question=str(ref(row.question_channel, row.question_id)),
            sent_at=row.sent_at,
            accepted_at=row.accepted_at,
            replied_at=row.replied_at,
            helpful_at=row.helpful_at,
            opted_out_at=row.closed_at if row.state == State.STOPPED else None,
        )
        for row in rows
        if frame.counts(row.person)
    )


async def _stories(conn: AsyncConnection, frame: Frame, homes: dict[str, str]) -> tuple[StoryCandidate, ...]:
    """Invitations whose answer helped, in public, and that asker and ander both let us tell."""
    invited = schema.invitations.c
    query = (
        _exchange(
            _asked.c.channel,
            _asked.c.id,
            _asked.c.author.label("asker"),
            _given.c.author.label("ander"),
            _asked.c.text.label("asked"),
            _given.c.text.label("answered"),
            _given.c.helped,
            invited.helpful_at,
        )
        .where(invited.question_channel == _asked.c.channel, invited.question_id == _asked.c.id)
        .where(invited.person == _given.c.author, *_during(invited.helpful_at, frame))
        .where(_asked.c.past_closed.is_(False), _given.c.past_closed.is_(False))
        .where(_lets_tell(_asked.c.author), _lets_tell(_given.c.author))
        .order_by(_given.c.at)
    )
    rows = await _by_channel(conn, frame, query, _asked.c.channel)
    first = {ref(row.channel, row.id): row for row in reversed(rows) if frame.quotes(row.channel)}
    names = (await people.communities(conn)) if first else {}
    return tuple(
        StoryCandidate(
            question=str(asked),
            helpful_at=row.helpful_at,
            asker=_name(frame, row.asker),
            ander=_name(frame, row.ander),
            group=names[home].name if (home := CommunityId(homes.get(row.ander, ""))) in names else "",
            asked=row.asked,
            answered=row.answered,
            link=str(asked),
            helped=max(row.helped, 1),
            outsider=home != frame.community.id,
            consented=True,
        )
        for asked, row in first.items()
        if frame.counts(row.asker) and frame.counts(row.ander)
    )


def _lets_tell(person: ColumnElement[str]) -> ColumnElement[bool]:
    said = schema.tellings.alias().c
    same = and_(said.question_channel == _asked.c.channel, said.question_id == _asked.c.id, said.person == person)
    return exists().where(same, said.granted.is_(True))


def _name(frame: Frame, person: str) -> str:
    known = frame.people.get(PersonId(person))
    return known.name if known else "?"
