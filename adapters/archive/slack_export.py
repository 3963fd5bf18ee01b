"""What Slack's export says, as events. Pure: one JSON object in, events out; no files.

Nothing in an export is believed: a field of the wrong type counts as missing, a message without a time or an
author is left out and counted.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.archive.contract import Limits
from adapters.archive.notes import Notes
from adapters.slacktalk import people
from adapters.slacktalk.mrkdwn import to_text
from adapters.slacktalk.people import is_bot, is_guest, name_of
from adapters.slacktalk.words import (
    JOINED,
    LEFT,
    PLATFORM_ITSELF,
    SAID,
    author_of,
    emoji_name,
    mrkdwn_of,
    with_files,
)
from adapters.untrusted import (
    Raw,
    child,
    event_id,
    items,
    lang,
    moment,
    moment_of,
    plain_id,
    sound,
    stamp,
    words,
    zone,
)
from bot.events import (
    ChannelChanged,
    ChannelId,
    ChannelKind,
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessageId,
    MessagePosted,
    PersonChanged,
    PersonId,
    ReactionAdded,
    WorkspaceId,
)

_ARCHIVE = "slack:archive"
_REACTIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel of the export. `folder`: where its days lie. `members` None: the export does not say."""

    id: ChannelId
    folder: str
    name: str
    kind: ChannelKind
    created: datetime
    archived: bool = False
    members: frozenset[str] | None = None


@dataclass(slots=True, kw_only=True)
class Workspace:
    """What must be known of an export to translate its messages; `met` grows while reading."""

    id: WorkspaceId
    since: datetime
    """The first day in the export: the time of what has none."""
    people: dict[str, bool] = field(default_factory=dict)
    """Who users.json names → whether it is a bot."""
    has_people: bool = False
    channels: dict[str, str] = field(default_factory=dict)
    """Slack's id → name."""
    met: set[tuple[str, str]] = field(default_factory=set)
    limits: Limits = field(default_factory=Limits)
    notes: Notes = field(default_factory=Notes)


def person_event(raw: Raw, space: Workspace) -> Iterator[PersonChanged]:
    """A line of users.json."""
    user = plain_id(raw.get("id"))
    if user is None:
        space.notes.count("people without an id were left out")
        return
    profile = child(raw, "profile")
    team, stranger = _home(raw, space)
    yield _person(
        user,
        workspace=team,
        at=moment(raw.get("updated")) or space.since,
        name=name_of(raw, profile, user),
        timezone=_zone(raw, space),
        lang=lang(words(raw, "locale")),
        guest=is_guest(raw),
        external=stranger,
        automatic=is_bot(raw),
        active=raw.get("deleted") is not True,
    )


def channel_event(place: Place, space: Workspace) -> ChannelChanged:
    """A channel as the export describes it."""
    said = (place.name, place.kind, str(place.archived), space.id)
    return ChannelChanged(
        event=event_id(_ARCHIVE, "channel", place.id, _digest(said)),
        channel=place.id,
        workspace=space.id,
        name=place.name,
        kind=place.kind,
        at=place.created,
        archived=place.archived,
    )


def member_events(place: Place, user: str, space: Workspace) -> Iterator[Event]:
    """A name on a channel's list of members."""
    yield from _stranger(user, place.created, space)
    yield MemberJoined(
        event=event_id(_ARCHIVE, "member", place.id, user),
        channel=place.id,
        person=_pid(user),
        at=place.created,
    )


def message_events(raw: object, place: Place, space: Workspace) -> tuple[Event, ...]:
    """A line of a day file: the person (when met for the first time), what was said, the reactions to it."""
    if not isinstance(raw, dict):
        space.notes.count("entries are no messages and were left out")
        return ()
    ts = stamp(raw.get("ts"))
    at = moment_of(ts) if ts else None
    if ts is None or at is None:
        space.notes.count("messages have no possible time and were left out")
        return ()
    subtype = words(raw, "subtype", 40)
    if raw.get("type", "message") != "message":
        subtype = words(raw, "type", 40)
    elif subtype in SAID:
        return tuple(_said(raw, subtype, _Spot(place, ts, at), space))
    handle = _OTHERS.get(subtype)
    if handle is None:
        space.notes.count(f"messages of the kind {subtype!a} say nothing to file and were left out")
        return ()
    return tuple(handle(raw, _Spot(place, ts, at), space))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where and when a message stands."""

    place: Place
    ts: str
    at: datetime


def _said(raw: Raw, subtype: str, spot: _Spot, space: Workspace) -> Iterator[Event]:
    author = author_of(raw, subtype) or _webhook(raw, subtype)
    if author is None:
        space.notes.count("messages have no author and were left out")
        return
    automatic = _automatic(raw, subtype, author, space)
    yield from _introduce(raw, author, automatic, spot, space)
    text, mentions = _text(raw, subtype, spot, space)
    thread = stamp(raw.get("thread_ts"))
    yield MessagePosted(
        event=event_id(_ARCHIVE, spot.place.id, spot.ts),
        channel=spot.place.id,
        message=MessageId(spot.ts),
        author=_pid(author),
        text=text,
        at=spot.at,
        thread=MessageId(thread) if thread and thread != spot.ts else None,
        mentions=mentions,
        automatic=automatic,
    )
    if "reactions" in raw:
        yield from _reactions(raw, spot, space)


def _webhook(raw: Raw, subtype: str) -> str | None:
    """Old integrations have a name only."""
    name = words(raw, "username", 60)
    return "bot-" + _digest((name,)) if subtype == "bot_message" and name else None


def _automatic(raw: Raw, subtype: str, author: str, space: Workspace) -> bool:
    if subtype == "bot_message" or author in PLATFORM_ITSELF:
        return True
    bot = space.people.get(author)  # a person who writes through an integration has a bot_id too
    return bot if bot is not None else plain_id(raw.get("bot_id")) is not None


def _introduce(raw: Raw, user: str, automatic: bool, spot: _Spot, space: Workspace) -> Iterator[Event]:
    """What a message tells about its author when the lists do not, once."""
    yield from _stranger(user, spot.at, space, raw, automatic=automatic)
    if spot.place.members is None and (user, spot.place.id) not in space.met:
        space.met.add((user, spot.place.id))
        yield MemberJoined(
            event=event_id(_ARCHIVE, "member", spot.place.id, user),
            channel=spot.place.id,
            person=_pid(user),
            at=spot.at,
        )


def _stranger(
    user: str, at: datetime, space: Workspace, raw: Raw | None = None, *, automatic: bool = False
) -> Iterator[PersonChanged]:
    """Somebody whom the lists do not know, once; `raw` is the message that tells about them."""
    if user not in space.people and (user, "") not in space.met:
        space.met.add((user, ""))
        yield _met(raw or {}, user, automatic, at, space)


def _met(raw: Raw, user: str, automatic: bool, at: datetime, space: Workspace) -> PersonChanged:
    profile = child(raw, "user_profile") or child(raw, "bot_profile")
    team = plain_id(raw.get("user_team"))
    home = WorkspaceId(f"slack:{team}") if team else space.id
    return _person(
        user,
        workspace=home,
        at=at,
        name=name_of(profile, profile, words(raw, "username", 80) or user),
        timezone=None,
        lang=None,
        guest=is_guest(profile),
        # a list of people on which somebody is missing: unsure means no
        external=home != space.id or (space.has_people and not automatic),
        automatic=automatic,
        active=True,
    )


def _person(
    user: str,
    *,
    workspace: WorkspaceId,
    at: datetime,
    name: str,
    timezone: str | None,
    lang: str | None,
    guest: bool,
    external: bool,
    automatic: bool,
    active: bool,
) -> PersonChanged:
    """The event's id holds what is said, so that a newer export with something new to say is heard."""
    said = (name, workspace, timezone or "", lang or "", f"{guest}{external}{automatic}{active}")
    return PersonChanged(
        event=event_id(_ARCHIVE, "person", user, _digest(said)),
        person=_pid(user),
        workspace=workspace,
        name=name,
        at=at,
        timezone=timezone,
        lang=lang,
        guest=guest,
        external=external,
        automatic=automatic,
        active=active,
    )


def _home(raw: Raw, space: Workspace) -> tuple[WorkspaceId, bool]:
    """The workspace that somebody belongs to, and whether that is another one than the export's."""
    team, stranger = people.home_of(raw, space.id.removeprefix("slack:"))
    return WorkspaceId(f"slack:{team}"), stranger


def _zone(raw: Raw, space: Workspace) -> str | None:
    name = words(raw, "tz", 60)
    known = zone(name) if name else None
    if name and not known:
        space.notes.count(f"people have the unknown time zone {name!a}; theirs is left open")
    return known


def _text(raw: Raw, subtype: str, spot: _Spot, space: Workspace) -> tuple[str, tuple[PersonId, ...]]:
    mrkdwn = mrkdwn_of(raw, subtype, space.limits.text)
    text, mentions = to_text(_cut(mrkdwn, spot, space), space.channels)
    return with_files(text, raw), mentions


def _cut(text: str, spot: _Spot, space: Workspace) -> str:
    limit = space.limits.text
    if len(text) > limit:
        where = f"{spot.place.name}, {spot.at:%Y-%m-%d %H:%M}"
        space.notes.add(where, f"a message of {len(text):,} characters was cut off at {limit:,}")
    return sound(text[:limit])


def _reactions(raw: Raw, spot: _Spot, space: Workspace) -> Iterator[Event]:
    pairs = [
        (name, user)
        for reaction in items(raw, "reactions")[:_REACTIONS]
        if isinstance(reaction, dict) and (name := emoji_name(words(reaction, "name", 100)))
        for found in items(reaction, "users")[:_REACTIONS]
        if (user := plain_id(found))
    ]
    for name, user in list(dict.fromkeys(pairs))[:_REACTIONS]:
        yield from _stranger(user, spot.at, space)
        yield ReactionAdded(
            event=event_id(_ARCHIVE, spot.place.id, spot.ts, name, user),
            channel=spot.place.id,
            message=MessageId(spot.ts),
            person=_pid(user),
            name=name,
            at=spot.at,
        )


def _edited(raw: Raw, spot: _Spot, space: Workspace) -> Iterator[Event]:
    message = child(raw, "message")
    ts, author = stamp(message.get("ts")), plain_id(message.get("user")) or plain_id(message.get("bot_id"))
    if message.get("subtype") == "tombstone":
        yield from _taken_back(message, spot, space)
    elif ts and author:
        subtype = words(message, "subtype", 40)
        yield MessageEdited(
            event=event_id(_ARCHIVE, spot.place.id, spot.ts, "edited"),
            channel=spot.place.id,
            message=MessageId(ts),
            author=_pid(author),
            text=_text(message, subtype, spot, space)[0],
            at=spot.at,
        )


def _deleted(raw: Raw, spot: _Spot, space: Workspace) -> Iterator[Event]:
    yield from _taken_back({"ts": raw.get("deleted_ts")}, spot, space)


def _taken_back(raw: Raw, spot: _Spot, space: Workspace) -> Iterator[Event]:  # noqa: ARG001 - one shape for all
    """A tombstone stands where a message was: an earlier import may hold its words."""
    if ts := stamp(raw.get("ts")):
        yield MessageDeleted(
            event=event_id(_ARCHIVE, spot.place.id, ts, "deleted"),
            channel=spot.place.id,
            message=MessageId(ts),
            at=spot.at,
        )


def _joined(raw: Raw, spot: _Spot, space: Workspace) -> Iterator[Event]:
    """The list of members is what holds at the end: somebody not on it joined and left again."""
    user = plain_id(raw.get("user"))
    if user and (spot.place.members is None or user in spot.place.members):
        space.met.add((user, spot.place.id))
        yield from _stranger(user, spot.at, space, raw)
        yield MemberJoined(
            event=event_id(_ARCHIVE, spot.place.id, spot.ts),
            channel=spot.place.id,
            person=_pid(user),
            at=spot.at,
        )


def _left(raw: Raw, spot: _Spot, space: Workspace) -> Iterator[Event]:
    user = plain_id(raw.get("user"))
    if user and (spot.place.members is None or user not in spot.place.members):
        space.met.discard((user, spot.place.id))
        yield MemberLeft(
            event=event_id(_ARCHIVE, spot.place.id, spot.ts),
            channel=spot.place.id,
            person=_pid(user),
            at=spot.at,
        )


_Handler = Callable[[Raw, _Spot, Workspace], Iterator[Event]]
_OTHERS: dict[str, _Handler] = {
    "message_changed": _edited,
    "message_deleted": _deleted,
    "tombstone": _taken_back,
    **dict.fromkeys(JOINED, _joined),
    **dict.fromkeys(LEFT, _left),
}


def place_of(raw: Raw, kind: ChannelKind, since: datetime) -> Place | None:
    """A line of channels.json, groups.json, dms.json or mpims.json; None when it names nothing."""
    id, name = plain_id(raw.get("id")), words(raw, "name", 80)
    if id is None and not name:
        return None
    members = raw.get("members")
    return Place(
        id=ChannelId(f"slack:{id or '#' + name}"),
        folder=name or id or "",
        name=name or id or "",
        kind=_kind(raw, kind),
        created=moment(_number(raw.get("created"))) or since,
        archived=raw.get("is_archived") is True,
        members=frozenset(m for m in members if plain_id(m)) if isinstance(members, list) else None,
    )


def _kind(raw: Raw, kind: ChannelKind) -> ChannelKind:
    if raw.get("is_im") is True or raw.get("is_mpim") is True:
        return ChannelKind.DIRECT
    return ChannelKind.PRIVATE if raw.get("is_private") is True and kind is ChannelKind.PUBLIC else kind


def _number(found: object) -> object:
    return found if isinstance(found, str | int | float) else None


def _pid(user: str) -> PersonId:
    return PersonId(f"slack:{user}")


def _digest(said: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:12]


START = datetime(2013, 8, 1, tzinfo=UTC)
"""When Slack opened: the time of what has no other, and the first day there can be."""
END = datetime(2100, 1, 1, tzinfo=UTC)
"""No day file is of this day or later."""
