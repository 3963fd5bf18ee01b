"""From a Matrix event to what happened. Pure: no requests, no clock, no record; nothing raises, whatever comes in.

`trusted` says that the event may be believed to be its sender's: it came encrypted where the room is, or the room is
not. From words that are not trusted nothing is taken, least of all a command or a consent.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache

from adapters.matrix.rooms import Room
from adapters.matrixtalk import (
    emoji_name,
    event_id,
    mentioned,
    moment_of,
    person_of,
    place_of,
    redacted,
    server_of,
    text_of,
    user_id,
    workspace_of,
)
from adapters.untrusted import Raw, child, sound, words
from adapters.untrusted import event_id as joined_id
from bot.events import (
    AnderAdded,
    ChannelChanged,
    CommandCalled,
    Event,
    EventId,
    MemberJoined,
    MemberLeft,
    MembersListed,
    MessageDeleted,
    MessageEdited,
    MessageId,
    MessagePosted,
    PersonChanged,
    PersonId,
    ReactionAdded,
    ReactionRemoved,
)

LONGEST = 40_000
"""Characters of a message that are read."""
_INVOCATION = "org.matrix.msc4391.command"
_NUMBER = re.compile(r"#?(\d{1,2})(?:[.):,]|\b)\s*(.*)", re.DOTALL)
_BANG = re.compile(r"!ander(?!\w)[\s:,]*(.*)", re.DOTALL | re.IGNORECASE)
_KEYS = {f"{n}\ufe0f\u20e3": n for n in range(1, 10)} | {f"{n}\u20e3": n for n in range(1, 10)} | {"🔟": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Somebody chose a number under something Ander said; `message` is None for the last thing it asked in a direct
    message. `instead` is what their words mean when there was nothing to choose."""

    event: EventId
    room: str
    message: str | None
    person: PersonId
    number: int
    text: str
    at: datetime
    instead: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who Ander is: its id and the names it answers to; and who else is no person, as patterns of ids."""

    user: str
    names: frozenset[str] = frozenset({"ander"})
    bots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    id: str
    sender: str
    at: datetime
    trusted: bool


Happened = Event | Chosen


def translate(raw: object, room: Room, us: Us, now: datetime, *, trusted: bool) -> tuple[Happened, ...]:
    """What an event of the room's timeline means; empty when it is not for us. `room` is as it was just after it."""
    spot = _spot(raw, now, trusted)
    if not isinstance(raw, dict) or spot is None:
        return ()
    handle = _HANDLERS.get(words(raw, "type", 60))
    return tuple(handle(raw, spot, room, us)) if handle else ()


def _spot(raw: object, now: datetime, trusted: bool) -> _Spot | None:
    if not isinstance(raw, dict):
        return None
    id, sender = event_id(raw.get("event_id")), user_id(raw.get("sender"))
    at = moment_of(raw)
    return _Spot(id, sender, min(at, now), trusted) if id and sender and at else None


# ── the room itself ───────────────────────────────────────────────────────────────────────────────────────────


def introduce(room: Room, us: Us, now: datetime, mark: str) -> Iterator[Event]:
    """The room as it is now and the people in it; `mark` tells this description from every other."""
    yield channel_changed(room, now, mark)
    for user, name in sorted(room.members.items()):
        if user != us.user:
            person = _person(user, name, us, now, EventId(""))
            known = _digest(name, str(person.automatic))
            yield replace(person, event=joined_id("matrix", "person", user, known))


def call_the_roll(room: Room, us: Us, now: datetime, mark: str) -> Iterator[Event]:
    """Everybody who is in the room after all that happened; and where we talk, that we may listen from now on."""
    people = frozenset(person_of(user) for user in room.members if user != us.user)
    yield MembersListed(
        event=joined_id("matrix", room.id, "members", mark), channel=room.channel, people=people, at=now
    )
    if not room.is_between_two and not room.is_space:
        yield AnderAdded(event=joined_id("matrix", room.id, "ander", mark), channel=room.channel, at=now)


def channel_changed(room: Room, at: datetime, mark: str) -> ChannelChanged:
    """What the room is now."""
    return ChannelChanged(
        event=joined_id("matrix", room.id, "room", mark),
        channel=room.channel,
        workspace=room.workspace,
        name=room.title,
        kind=room.kind,
        at=at,
        archived=room.successor is not None,
        encrypted=room.encrypted,
        past_closed=room.past_closed,
        spaces=room.spaces,
    )


def _person(user: str, name: str, us: Us, at: datetime, event: EventId) -> PersonChanged:
    return PersonChanged(
        event=event,
        person=person_of(user),
        workspace=workspace_of(server_of(user)),
        name=name,
        at=at,
        guest=user[1:].partition(":")[0].isdecimal(),  # guests' names are numbers that the server gave them
        automatic=any(fnmatchcase(user, pattern) for pattern in us.bots),
    )


def _member(raw: Raw, spot: _Spot, room: Room, us: Us) -> Iterator[Event]:
    user, content = user_id(raw.get("state_key")), child(raw, "content")
    if user is None or user == us.user:
        return
    membership = content.get("membership")
    if membership == "join":
        yield _person(user, room.members.get(user, user), us, spot.at, _id(room, spot, "person"))
        if child(child(raw, "unsigned"), "prev_content").get("membership") != "join":
            yield MemberJoined(event=_id(room, spot), channel=room.channel, person=person_of(user), at=spot.at)
    elif membership in ("leave", "ban"):
        yield MemberLeft(event=_id(room, spot), channel=room.channel, person=person_of(user), at=spot.at)


def _state(raw: Raw, spot: _Spot, room: Room, us: Us) -> Iterator[Event]:  # noqa: ARG001 # one shape for all
    if isinstance(raw.get("state_key"), str) and not room.is_space:
        yield channel_changed(room, spot.at, spot.id)


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _message(raw: Raw, spot: _Spot, room: Room, us: Us) -> Iterator[Happened]:
    content = child(raw, "content")
    if spot.sender == us.user or not spot.trusted or "redacted_because" in child(raw, "unsigned"):
        return
    if child(content, "m.relates_to").get("rel_type") == "m.replace":
        yield from _edited(content, spot, room)
    elif isinstance(content.get("body"), str):
        yield from _said(content, spot, room, us)


def _said(content: Raw, spot: _Spot, room: Room, us: Us) -> Iterator[Happened]:
    """A message, a command, or a number by which somebody chooses; a number may still be only that."""
    _thread, reply = place_of(content)
    relation = child(content, "m.relates_to")
    text, _cut = text_of(content, LONGEST, is_reply="m.in_reply_to" in relation)
    automatic = content.get("msgtype") == "m.notice"
    meant = None if automatic else _called(text, content, room, us)
    said = _post(content, text, spot, room) if meant is None else _command(content, meant, spot, room)
    number = None if automatic else _NUMBER.fullmatch(text.strip())
    if not number or not (room.is_between_two or reply):
        yield said
        return
    yield Chosen(
        event=_id(room, spot),
        room=room.id,
        message=reply or (None if room.is_between_two else ""),
        person=person_of(spot.sender),
        number=int(number[1]),
        text=number[2].strip(),
        at=spot.at,
        instead=(said,),
    )


def _command(content: Raw, words: str, spot: _Spot, room: Room) -> Event:
    return CommandCalled(
        event=_id(room, spot),
        person=person_of(spot.sender),
        channel=room.channel,
        text=words,
        at=spot.at,
        thread=place_of(content)[0],
        message=None if room.is_between_two else MessageId(spot.id),
    )


def _post(content: Raw, text: str, spot: _Spot, room: Room) -> Event:
    thread, reply = place_of(content)
    return MessagePosted(
        event=_id(room, spot),
        channel=room.channel,
        message=MessageId(spot.id),
        author=person_of(spot.sender),
        text=text,
        at=spot.at,
        thread=thread if thread != spot.id else None,
        reply_to=reply,
        mentions=mentioned(content),
        automatic=content.get("msgtype") == "m.notice",
        past_closed=room.past_closed,
    )


def _called(text: str, content: Raw, room: Room, us: Us) -> str | None:
    """What somebody asks of Ander; None when they speak to others."""
    text = text.strip()
    if (invoked := _invoked(content, us)) is not None:
        return invoked
    if command := _BANG.fullmatch(text):
        return command[1]
    address = _address(us).match(text)
    if room.is_between_two:
        return text[address.end() :] if address else text
    if address and (person_of(us.user) in mentioned(content) or text.startswith(us.user)):
        return text[address.end() :]
    return None


def _invoked(content: Raw, us: Us) -> str | None:
    """A command that a client made of our descriptions (MSC4391): what its text looks like is the client's affair."""
    command = words(child(content, _INVOCATION), "command", 100)
    if not command or person_of(us.user) not in mentioned(content):
        return None
    given = child(child(content, _INVOCATION), "arguments").values()
    return " ".join([command, *(sound(one)[:LONGEST] for one in given if isinstance(one, str))])


@lru_cache(maxsize=8)
def _address(us: Us) -> re.Pattern[str]:
    """Ander's name at the beginning of a message."""
    names = "|".join(re.escape(name) for name in sorted(us.names, key=len, reverse=True))
    return re.compile(rf"(?:{re.escape(us.user)}|@?(?:{names}))(?![\w.-])[\s:,]*", re.IGNORECASE)


def _edited(content: Raw, spot: _Spot, room: Room) -> Iterator[Event]:
    """The server takes an edit from anybody: the record compares authors."""
    target = event_id(child(content, "m.relates_to").get("event_id"))
    new = child(content, "m.new_content")
    if target is not None and isinstance(new.get("body"), str) and not room.is_between_two:
        yield MessageEdited(
            event=_id(room, spot),
            channel=room.channel,
            message=MessageId(target),
            author=person_of(spot.sender),
            text=text_of(new, LONGEST, is_reply=True)[0],
            at=spot.at,
            past_closed=room.past_closed,
        )


# ── marks ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _reaction(raw: Raw, spot: _Spot, room: Room, us: Us) -> Iterator[Happened]:
    """Most clients never encrypt reactions: a mark on a message is taken all the same, a choice is not."""
    relation = child(child(raw, "content"), "m.relates_to")
    target, key = event_id(relation.get("event_id")), words(relation, "key", 100)
    if not target or not key or spot.sender == us.user or relation.get("rel_type") != "m.annotation":
        return
    if key in _KEYS:
        if spot.trusted:
            yield Chosen(
                event=_id(room, spot),
                room=room.id,
                message=target,
                person=person_of(spot.sender),
                number=_KEYS[key],
                text="",
                at=spot.at,
            )
        return
    name = emoji_name(key)
    yield ReactionAdded(
        event=_id(room, spot),
        channel=room.channel,
        message=MessageId(target),
        person=person_of(spot.sender),
        name=name,
        at=spot.at,
    )


def _redaction(raw: Raw, spot: _Spot, room: Room, us: Us) -> Iterator[Event]:  # noqa: ARG001 # one shape for all
    target = redacted(raw)
    if target is None:
        return
    if known := room.reactions.pop(target, None):
        yield ReactionRemoved(
            event=_id(room, spot),
            channel=room.channel,
            message=MessageId(known[0]),
            person=person_of(spot.sender),
            name=known[1],
            at=spot.at,
        )
        return
    yield MessageDeleted(event=_id(room, spot), channel=room.channel, message=MessageId(target), at=spot.at)


def _digest(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:12]


def _id(room: Room, spot: _Spot, *more: str) -> EventId:
    return joined_id("matrix", room.id, spot.id, *more)


_HANDLERS: dict[str, Callable[[Raw, _Spot, Room, Us], Iterator[Happened]]] = {
    "m.room.message": _message,
    "m.room.member": _member,
    "m.room.redaction": _redaction,
    "m.room.name": _state,
    "m.room.canonical_alias": _state,
    "m.room.join_rules": _state,
    "m.room.history_visibility": _state,
    "m.room.encryption": _state,
    "m.room.tombstone": _state,
    "m.reaction": _reaction,
}
