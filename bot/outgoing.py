"""What Ander says, before any platform gives it a look.

A `Body` is a few plain parts that every adapter can render: text, a quote with its origin, a list of results,
buttons, a file. No markup: adapters escape what people wrote. Sent only through the outbox.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import TypeAdapter

from bot.events import ChannelId, MessageId, PersonId
from bot.model import OutgoingId, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph in Ander's own words."""

    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A short title."""

    text: str
    type: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What somebody wrote, where and when. `link` leads to the original where the platform has links."""

    text: str
    author: str
    channel: str
    at: datetime
    link: str | None = None
    ref: Ref | None = None
    type: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the answers a field offers."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to fill in: a choice among `choices`, or free text when there are none. `value` is what holds now."""

    name: str
    label: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What opens when a button is pressed, on platforms that can: a few words and quotes to read, and fields to fill
    in. Platforms that cannot leave the button out when there are fields, and take the press at once when there are
    none: so whatever a form shows also stands in the message, and whatever it asks can be said by a command."""

    title: str
    submit: str
    parts: tuple[Text | Quote, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice; `token` comes back in ButtonPressed. `asks` is the prompt when words are wanted with it, `form` what
    opens first."""

    label: str
    token: str
    asks: str | None = None
    form: Form | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """Choices beside each other. `once`: one of them is chosen, and then none is of use any more; a platform that can
    takes them away after it."""

    buttons: tuple[Button, ...]
    once: bool = False
    type: Literal["buttons"] = "buttons"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, by path on the machine Ander runs on; pictures (by their name's ending) are shown, others attached."""

    path: str
    name: str
    type: Literal["file"] = "file"


BodyPart = Text | Heading | Quote | Buttons | File


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is said, in one language."""

    lang: str
    parts: tuple[BodyPart, ...]


def formless(body: Body) -> Body:
    """The same for a platform that cannot open forms: without the buttons that need one."""
    kept = (_without_forms(part) if isinstance(part, Buttons) else part for part in body.parts)
    return replace(body, parts=tuple(part for part in kept if not isinstance(part, Buttons) or part.buttons))


def _without_forms(part: Buttons) -> Buttons:
    return replace(part, buttons=tuple(one for one in part.buttons if one.form is None or not one.form.fields))


class Audience(StrEnum):
    """Who sees it: everybody in the channel, one person in the channel, one person in a direct message, or one person
    on Ander's own page (where the platform has one; the newest replaces what stood there)."""

    CHANNEL = "channel"
    WHISPER = "whisper"
    DIRECT = "direct"
    HOME = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where it goes. WHISPER needs channel and person, DIRECT and HOME need the person only."""

    audience: Audience
    channel: ChannelId | None = None
    thread: MessageId | None = None
    person: PersonId | None = None

    def __str__(self) -> str:
        return "|".join((self.audience, self.channel or "", self.thread or "", self.person or ""))


class SendState(StrEnum):
    """The life of an outbox row. UNKNOWN: the platform may or may not have it, so nobody sends it again."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A row of the outbox. (purpose, str(target), key) is unique: composing the same thing twice sends it once.

    `about` are the items it shows: the sender asks again whether the reader may read each of them.
    """

    purpose: str
    target: Target
    key: str
    body: Body
    due_at: datetime
    about: tuple[Ref, ...] = ()
    id: OutgoingId = OutgoingId("")
    state: SendState = SendState.NEW
    attempts: int = 0


_body = TypeAdapter(Body)


def dump(body: Body) -> str:
    """A body as JSON, for the outbox."""
    return _body.dump_json(body, exclude_defaults=False).decode()


def load(text: str) -> Body:
    """The body that `dump` wrote."""
    return _body.validate_json(text)
