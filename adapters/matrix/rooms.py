"""What a room is now, from its state events: its name, who is in it, who may do what. Grows with each event."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from adapters.matrixtalk import channel_of, room_id, server_of, user_id, workspace_of
from adapters.untrusted import Raw, child, items, words
from bot.events import ChannelId, ChannelKind, WorkspaceId

_V = TypeVar("_V")
_REMEMBERED = 5_000
_CREATORS_ABOVE_ALL = 12
"""From this room version on, those who made a room stand above all power levels."""
_OPEN = ("shared", "world_readable")
VISIBILITY = "m.room.history_visibility"
DESCRIPTION = "org.matrix.msc4391.command_description"
_MOST_DESCRIPTIONS = 1_000


class Recent(OrderedDict[str, _V]):
    """A mapping that forgets its oldest entries."""

    def __setitem__(self, key: str, value: _V) -> None:
        super().__setitem__(key, value)
        if len(self) > _REMEMBERED:
            self.popitem(last=False)


@dataclass(slots=True)
class Room:
    """One room. `members` are those who joined, with their names; `creators` those above all power levels;
    `reactions` those that are being taken away: event → message, name; `descriptions` those of bots' commands: state
    key → whose, content."""

    id: str
    name: str = ""
    alias: str = ""
    version: str = "1"
    type: str = ""
    creator: str = ""
    creators: frozenset[str] = frozenset()
    join_rule: str = "invite"
    visibility: str = "shared"
    """How far those who come later may look back; "" when that is not known."""
    encrypted: bool = False
    direct: bool = False
    levels: Raw = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    invited: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    spaces: tuple[str, ...] = ()
    """Ids (as channels) and names of the spaces that it stands in."""
    successor: str | None = None
    reactions: dict[str, tuple[str, str]] = field(default_factory=dict)
    descriptions: dict[str, tuple[str, Raw]] = field(default_factory=dict)

    @property
    def channel(self) -> ChannelId:
        return channel_of(self.id)

    @property
    def workspace(self) -> WorkspaceId:
        """The homeserver it was made on: rooms of version 12 do not name it, their creator does."""
        return workspace_of(self.id.partition(":")[2] or server_of(self.creator))

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.alias or self.id

    @property
    def is_space(self) -> bool:
        """A place for rooms, not for talk."""
        return self.type == "m.space"

    @property
    def is_between_two(self) -> bool:
        """A conversation of two: said to be one, or a room without a name that holds no more."""
        return self.direct or (not (self.name or self.alias) and len(self.members) + len(self.invited) <= 2)

    @property
    def kind(self) -> ChannelKind:
        """Public when everybody may enter and read back."""
        if self.is_between_two:
            return ChannelKind.DIRECT
        is_open = self.join_rule == "public" and self.visibility in _OPEN
        return ChannelKind.PUBLIC if is_open else ChannelKind.PRIVATE

    @property
    def past_closed(self) -> bool:
        """Whether those who come later may not read what is said now."""
        return self.visibility not in _OPEN

    def power(self, user: str) -> float:
        """Somebody's power level; without any power levels only the creator has one."""
        if user in self.creators:
            return float("inf")
        if not self.levels:
            return 100.0 if user == self.creator else 0.0
        return _number(child(self.levels, "users").get(user), _number(self.levels.get("users_default"), 0))

    def may_send(self, user: str, kind: str, *, state: bool = False) -> bool:
        """Whether somebody who is in the room may send events of this kind."""
        default = _number(self.levels.get("state_default"), 50) if state else self.levels.get("events_default")
        needed = _number(child(self.levels, "events").get(kind), _number(default, 0))
        return user in self.members and self.power(user) >= (needed if self.levels else 0)

    def may_invite(self, user: str) -> bool:
        """Whether somebody who is in the room may invite others."""
        return user in self.members and self.power(user) >= _number(self.levels.get("invite"), 0)

    def apply(self, raw: Raw) -> None:
        """Take in a state event; what is malformed changes nothing."""
        kind, key = words(raw, "type", 60), raw.get("state_key")
        if isinstance(key, str) and (not key or kind in _KEYED) and (change := _CHANGES.get(kind)):
            change(self, raw, child(raw, "content"))


def visibility_before(timeline: Sequence[Raw], now: str) -> str:
    """How far those who come later could look back before a timeline, at whose end it is `now`: as its first change of
    that says it was, or "" when it does not say."""
    changes = (raw for raw in timeline if raw.get("type") == VISIBILITY and raw.get("state_key") == "")
    first = next(changes, None)
    if first is None:
        return now
    return words(child(child(first, "unsigned"), "prev_content"), "history_visibility", 40)


def _number(found: object, otherwise: float) -> float:
    if isinstance(found, bool) or not isinstance(found, int | str):
        return otherwise
    try:
        return float(int(found))
    except ValueError:
        return otherwise


def _create(room: Room, raw: Raw, content: Raw) -> None:
    room.version = words(content, "room_version", 20) or "1"
    room.type = words(content, "type", 60)
    room.creator = user_id(raw.get("sender")) or ""
    if room.version.isdecimal() and int(room.version) >= _CREATORS_ABOVE_ALL:
        more = items(content, "additional_creators")[:100]
        room.creators = frozenset(user for one in (room.creator, *more) if (user := user_id(one)))


def _member(room: Room, raw: Raw, content: Raw) -> None:
    user = user_id(raw.get("state_key"))
    if user is None:
        return
    membership = content.get("membership")
    room.invited.discard(user)
    if membership == "join":
        room.members[user] = words(content, "displayname", 80) or user[1:].partition(":")[0]
        return
    room.members.pop(user, None)
    if membership == "invite":
        room.invited.add(user)


def _name(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001 # one shape for all
    room.name = words(content, "name", 80)


def _alias(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001
    room.alias = words(content, "alias", 255)


def _rules(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001
    room.join_rule = words(content, "join_rule", 40) or "invite"


def _visibility(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001
    room.visibility = words(content, "history_visibility", 40) or "shared"


def _encryption(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001
    room.encrypted = True  # for ever: no event undoes it


def _levels(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001
    room.levels = content


def _tombstone(room: Room, raw: Raw, content: Raw) -> None:  # noqa: ARG001
    room.successor = room_id(content.get("replacement_room"))


def _child(room: Room, raw: Raw, content: Raw) -> None:
    inside = room_id(raw.get("state_key"))
    if inside and items(content, "via"):
        room.children.add(inside)
    elif inside:
        room.children.discard(inside)


def _described(room: Room, raw: Raw, content: Raw) -> None:
    key = words(raw, "state_key", 255)
    if key in room.descriptions or len(room.descriptions) < _MOST_DESCRIPTIONS:
        room.descriptions[key] = words(raw, "sender", 255), content


_CHANGES = {
    "m.room.create": _create,
    "m.room.member": _member,
    "m.room.name": _name,
    "m.room.canonical_alias": _alias,
    "m.room.join_rules": _rules,
    VISIBILITY: _visibility,
    "m.room.encryption": _encryption,
    "m.room.power_levels": _levels,
    "m.room.tombstone": _tombstone,
    "m.space.child": _child,
    DESCRIPTION: _described,
}
_KEYED = ("m.room.member", "m.space.child", DESCRIPTION)
"""State that there is one of for each person, room or command; of all other there is one in a room."""
