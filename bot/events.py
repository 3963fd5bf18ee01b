"""What happened on a platform: frozen, past tense, without any platform's own objects.

Ids are opaque. Adapters make them, prefixed with the platform (`slack:U123`, `matrix:@eva:example.org`,
`terminal:eva`); nobody else looks inside. Times are aware and UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)
ChannelId = NewType("ChannelId", str)
MessageId = NewType("MessageId", str)
"""Unique within its channel only: always travels with a ChannelId."""
WorkspaceId = NewType("WorkspaceId", str)
"""The Slack workspace or Matrix homeserver that a person or channel belongs to."""
EventId = NewType("EventId", str)
"""The same for every delivery of the same event, different for any other event anywhere."""


class ChannelKind(StrEnum):
    """Who can reach a channel: everybody in the workspace, its members, or two people."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted:
    """Somebody wrote something. `thread` is the message that the thread began with, None outside threads
    and for that first message itself; `reply_to` is the message it answers to expressly, if the platform
    knows. `automatic`: written by a bot or by the platform. `past_closed`: who comes later may not read it; None when
    the platform does not say: then it is as the channel is now."""

    event: EventId
    channel: ChannelId
    message: MessageId
    author: PersonId
    text: str
    at: datetime
    thread: MessageId | None = None
    reply_to: MessageId | None = None
    mentions: tuple[PersonId, ...] = ()
    automatic: bool = False
    past_closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """The author changed a message: `text` replaces what stood there. May arrive before the message. `past_closed`: as
    in `MessagePosted`."""

    event: EventId
    channel: ChannelId
    message: MessageId
    author: PersonId
    text: str
    at: datetime
    past_closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted:
    """A message was taken back. May arrive before the message."""

    event: EventId
    channel: ChannelId
    message: MessageId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionAdded:
    """`name` is the emoji's short name without colons and skin tone, e.g. "white_check_mark"."""

    event: EventId
    channel: ChannelId
    message: MessageId
    person: PersonId
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRemoved:
    """The opposite of ReactionAdded."""

    event: EventId
    channel: ChannelId
    message: MessageId
    person: PersonId
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged:
    """What the platform now says about a person; also how we first hear of somebody."""

    event: EventId
    person: PersonId
    workspace: WorkspaceId
    name: str
    at: datetime
    timezone: str | None = None
    lang: str | None = None
    guest: bool = False
    external: bool = False
    automatic: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged:
    """What the platform now says about a channel; also how we first hear of one.

    `encrypted`: only its members hold the keys to what is said there. `past_closed`: who comes later may not read what
    is said now. `spaces`: names and ids of the places it belongs to, where the platform has such."""

    event: EventId
    channel: ChannelId
    workspace: WorkspaceId
    name: str
    kind: ChannelKind
    at: datetime
    archived: bool = False
    encrypted: bool = False
    past_closed: bool = False
    spaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined:
    """A person became a member of a channel."""

    event: EventId
    channel: ChannelId
    person: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft:
    """A person is no longer a member of a channel."""

    event: EventId
    channel: ChannelId
    person: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersListed:
    """Everybody who is a member of a channel now, as the platform lists them: whoever is not on it has left."""

    event: EventId
    channel: ChannelId
    people: frozenset[PersonId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnderAdded:
    """Ander itself may listen in a channel from now on. A repeat while it is there changes nothing, so that an
    adapter may say it at every start."""

    event: EventId
    channel: ChannelId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnderRemoved:
    """Ander was taken out of a channel: what is said there from now on is not for it."""

    event: EventId
    channel: ChannelId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCalled:
    """Somebody spoke to Ander: `text` is what follows its name ("search pdf", "help", ""). `message` is the message
    they did it with, where everybody in the channel sees it."""

    event: EventId
    person: PersonId
    channel: ChannelId
    text: str
    at: datetime
    thread: MessageId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """Somebody chose one of the buttons under something Ander said; `button` is the token it was sent with.
    `text` holds what they typed with it, if the platform asked for words; `answers` what they filled in, by the
    names of its form's fields."""

    event: EventId
    person: PersonId
    channel: ChannelId
    button: str
    at: datetime
    text: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """Somebody opened Ander's own page, on a platform that has such a thing."""

    event: EventId
    person: PersonId
    at: datetime


Event = (
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionAdded
    | ReactionRemoved
    | PersonChanged
    | ChannelChanged
    | MemberJoined
    | MemberLeft
    | MembersListed
    | AnderAdded
    | AnderRemoved
    | CommandCalled
    | ButtonPressed
    | HomeOpened
)
