"""What Element's JSON export says, as events. Pure: one Matrix event in, events out; no files."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from adapters.archive.contract import Limits
from adapters.archive.notes import Notes
from adapters.matrixtalk import (
    channel_of,
    emoji_name,
    event_id,
    mentioned,
    person_of,
    place_of,
    redacted,
    room_id,
    server_of,
    text_of,
    user_id,
    workspace_of,
)
from adapters.untrusted import Raw, child, moment_of_millis, words
from adapters.untrusted import event_id as joined_id
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
    ReactionAdded,
    ReactionRemoved,
    WorkspaceId,
)

_ARCHIVE = "matrix:archive"
_REMEMBERED = 20_000
_OPEN = ("shared", "world_readable")


_V = TypeVar("_V")


class Recent(OrderedDict[str, _V]):
    """A mapping that forgets its oldest entries, so that a long export costs no more than a short one."""

    def __setitem__(self, key: str, value: _V) -> None:
        super().__setitem__(key, value)
        if len(self) > _REMEMBERED:
            self.popitem(last=False)


@dataclass(slots=True, kw_only=True)
class Room:
    """What must be known of a room to translate its events; all but the first three grow while reading."""

    id: str
    name: str
    workspace: WorkspaceId
    limits: Limits = field(default_factory=Limits)
    notes: Notes = field(default_factory=Notes)
    join_rule: str = ""
    visibility: str = ""
    """How far those who come later may look back; "" until the export says it."""
    senders: Recent[str] = field(default_factory=Recent)
    """Message → who wrote it."""
    reactions: Recent[tuple[str, str]] = field(default_factory=Recent)
    """Reaction event → message, name."""
    names: dict[str, str] = field(default_factory=dict)
    """Person → name."""
    members: set[str] = field(default_factory=set)

    @property
    def channel(self) -> ChannelId:
        return channel_of(self.id)

    @property
    def kind(self) -> ChannelKind:
        """Private unless the export shows that everybody may enter and read back."""
        is_open = self.join_rule == "public" and self.visibility in ("", *_OPEN)
        return ChannelKind.PUBLIC if is_open else ChannelKind.PRIVATE

    @property
    def past_closed(self) -> bool | None:
        """Whether those who come later may not read what is said; None until the export says it."""
        return self.visibility not in _OPEN if self.visibility else None


@dataclass(frozen=True, slots=True)
class _Spot:
    """Who did something and when."""

    id: str
    sender: str
    at: datetime


def room_event(room: Room, at: datetime) -> ChannelChanged:
    """The room as far as it is known by now."""
    kind = room.kind
    return ChannelChanged(
        event=joined_id(_ARCHIVE, room.id, "room", _digest(room.name, kind, room.workspace, at.isoformat())),
        channel=room.channel,
        workspace=room.workspace,
        name=room.name,
        kind=kind,
        at=at,
        past_closed=bool(room.past_closed),
    )


def matrix_events(raw: object, room: Room) -> tuple[Event, ...]:
    """One event of the export: the person (when met for the first time), then what they did."""
    if not isinstance(raw, dict):
        room.notes.count("entries are no events and were left out")
        return ()
    raw = child(raw, "decrypted") or raw
    spot = _spot(raw)
    if spot is None:
        room.notes.count("events have no id, sender or possible time and were left out")
        return ()
    handle = _HANDLERS.get(kind := words(raw, "type", 60))
    if handle is None:
        room.notes.count(f"events of the kind {kind!a} say nothing to file and were left out")
        return ()
    return tuple(handle(raw, spot, room))


def is_direct(raw: object) -> bool:
    """Whether an event shows that the room was made for a conversation of two."""
    return (
        isinstance(raw, dict) and raw.get("type") == "m.room.member" and child(raw, "content").get("is_direct") is True
    )


def room_of(raw: object) -> str | None:
    """The room that an event belongs to."""
    return room_id(raw.get("room_id")) if isinstance(raw, dict) else None


def origin_of(raw: object) -> str | None:
    """The homeserver of an event's sender."""
    sender = user_id(raw.get("sender") or raw.get("user_id")) if isinstance(raw, dict) else None
    return server_of(sender) if sender else None


def moment_of(raw: object) -> datetime | None:
    """When an event happened."""
    return moment_of_millis(raw.get("origin_server_ts")) if isinstance(raw, dict) else None


def _spot(raw: Raw) -> _Spot | None:
    id, sender = event_id(raw.get("event_id")), user_id(raw.get("sender") or raw.get("user_id"))
    at = moment_of(raw)
    return _Spot(id, sender, at) if id and sender and at else None


def _message(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    content = child(raw, "content")
    if content.get("msgtype") == "m.bad.encrypted":
        yield from _encrypted(raw, spot, room)
    elif "redacted_because" in child(raw, "unsigned"):
        yield _gone(spot.id, spot, room)
    elif child(content, "m.relates_to").get("rel_type") == "m.replace":
        yield from _edited(content, spot, room)
    elif isinstance(content.get("body"), str):
        yield from _introduce(spot, room)
        yield _posted(content, spot, room)
    else:
        room.notes.count("messages have no text and were left out")


def _posted(content: Raw, spot: _Spot, room: Room) -> MessagePosted:
    thread, reply = place_of(content)
    is_reply = bool(child(child(content, "m.relates_to"), "m.in_reply_to"))
    room.senders[spot.id] = spot.sender
    return MessagePosted(
        event=joined_id(_ARCHIVE, room.id, spot.id),
        channel=room.channel,
        message=MessageId(spot.id),
        author=person_of(spot.sender),
        text=_text(content, spot, room, is_reply=is_reply),
        at=spot.at,
        thread=thread if thread != spot.id else None,
        reply_to=reply,
        mentions=mentioned(content),
        automatic=content.get("msgtype") == "m.notice",
        past_closed=room.past_closed,
    )


def _edited(content: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    """The server takes an edit from anybody: only the author's counts. (The record looks again.)"""
    target = event_id(child(content, "m.relates_to").get("event_id"))
    new = child(content, "m.new_content")
    if target is None or not isinstance(new.get("body"), str):
        room.notes.count("edits are incomplete and were left out")
    elif room.senders.get(target, spot.sender) != spot.sender:
        room.notes.count("edits come from somebody else than the author and were left out")
    else:
        yield MessageEdited(
            event=joined_id(_ARCHIVE, room.id, spot.id),
            channel=room.channel,
            message=MessageId(target),
            author=person_of(spot.sender),
            text=_text(new, spot, room, is_reply=True),
            at=spot.at,
            past_closed=room.past_closed,
        )


def _text(content: Raw, spot: _Spot, room: Room, *, is_reply: bool) -> str:
    text, is_cut = text_of(content, room.limits.text, is_reply=is_reply)
    if is_cut:
        where = f"{room.name}, {spot.at:%Y-%m-%d %H:%M}"
        length = len(str(content.get("body")))
        room.notes.add(where, f"a message of {length:,} characters was cut off at {room.limits.text:,}")
    return text


def _reaction(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    relation = child(child(raw, "content"), "m.relates_to")
    target, name = event_id(relation.get("event_id")), emoji_name(words(relation, "key", 100))
    if target and name:
        yield from _introduce(spot, room)
        room.reactions[spot.id] = (target, name)
        yield ReactionAdded(
            event=joined_id(_ARCHIVE, room.id, spot.id),
            channel=room.channel,
            message=MessageId(target),
            person=person_of(spot.sender),
            name=name,
            at=spot.at,
        )


def _redaction(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    target = redacted(raw)
    if target is None:
        room.notes.count("redactions name no event and were left out")
    elif target in room.reactions:
        message, name = room.reactions[target]
        yield ReactionRemoved(
            event=joined_id(_ARCHIVE, room.id, spot.id),
            channel=room.channel,
            message=MessageId(message),
            person=person_of(spot.sender),
            name=name,
            at=spot.at,
        )
    else:
        yield _gone(target, spot, room)


def _gone(target: str, spot: _Spot, room: Room) -> MessageDeleted:
    return MessageDeleted(
        event=joined_id(_ARCHIVE, room.id, target, "deleted"),
        channel=room.channel,
        message=MessageId(target),
        at=spot.at,
    )


def _member(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    user, content = user_id(raw.get("state_key")), child(raw, "content")
    membership = content.get("membership")
    if user is None:
        room.notes.count("changes of membership name nobody and were left out")
    elif membership == "join":
        yield from _named(user, words(content, "displayname", 80), spot, room)
        room.members.add(user)
        yield MemberJoined(
            event=joined_id(_ARCHIVE, room.id, spot.id), channel=room.channel, person=person_of(user), at=spot.at
        )
    elif membership in ("leave", "ban"):
        room.members.discard(user)
        yield MemberLeft(
            event=joined_id(_ARCHIVE, room.id, spot.id), channel=room.channel, person=person_of(user), at=spot.at
        )


def _introduce(spot: _Spot, room: Room) -> Iterator[Event]:
    """An export may begin in the middle: who speaks is there."""
    if spot.sender not in room.names:
        yield from _named(spot.sender, "", spot, room)
    if spot.sender not in room.members:
        room.members.add(spot.sender)
        yield MemberJoined(
            event=joined_id(_ARCHIVE, room.id, "member", spot.sender),
            channel=room.channel,
            person=person_of(spot.sender),
            at=spot.at,
        )


def _named(user: str, name: str, spot: _Spot, room: Room) -> Iterator[Event]:
    name = name or room.names.get(user) or user[1:].partition(":")[0]
    if room.names.get(user) == name:
        return
    room.names[user] = name
    yield PersonChanged(
        event=joined_id(_ARCHIVE, "person", user, _digest(name)),
        person=person_of(user),
        workspace=workspace_of(server_of(user)),
        name=name,
        at=spot.at,
    )


def _rules(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    before = room.kind
    room.join_rule = words(child(raw, "content"), "join_rule", 40)
    if room.kind is not before:
        yield room_event(room, spot.at)


def _visibility(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    before = room.kind
    room.visibility = words(child(raw, "content"), "history_visibility", 40)
    if room.kind is not before:
        yield room_event(room, spot.at)


def _encrypted(raw: Raw, spot: _Spot, room: Room) -> Iterator[Event]:  # noqa: ARG001 - one shape for all
    room.notes.count(
        "messages are encrypted and were left out",
        "Let somebody export the room whose Element can read all of it",
    )
    yield from ()


_HANDLERS: dict[str, Callable[[Raw, _Spot, Room], Iterator[Event]]] = {
    "m.room.message": _message,
    "m.room.encrypted": _encrypted,
    "m.room.member": _member,
    "m.room.redaction": _redaction,
    "m.room.join_rules": _rules,
    "m.room.history_visibility": _visibility,
    "m.reaction": _reaction,
}


def _digest(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:12]
