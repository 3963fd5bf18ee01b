"""Small things to put in a record. Ids are short, so that a test reads as a sentence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from bot.events import ChannelId, ChannelKind, MessageId, PersonId, WorkspaceId
from bot.model import (
    Channel,
    CommunityId,
    Item,
    ItemKind,
    ItemVector,
    Message,
    Part,
    Person,
    Ref,
    Vector,
)
from bot.outgoing import Audience, Body, Outgoing, Target, Text

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
MODEL = "words@1"
SPACE = WorkspaceId("chat:acme")
CARE = CommunityId("care")


def who(name: str) -> PersonId:
    """A person's id."""
    return PersonId(f"chat:{name}")


def where(name: str) -> ChannelId:
    """A channel's id."""
    return ChannelId(f"chat:#{name}")


def at(minutes: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def ref(id: str, channel: str = "care") -> Ref:
    """Where something was said."""
    return Ref(where(channel), MessageId(id))


def person(name: str, /, **more: Any) -> Person:
    """Somebody."""
    return Person(**({"id": who(name), "workspace": SPACE, "name": name.title()} | more))


def channel(name: str, /, **more: Any) -> Channel:
    """A public channel of the community `care`."""
    known = {"workspace": SPACE, "name": name, "kind": ChannelKind.PUBLIC, "community": CARE}
    return Channel(**({"id": where(name)} | known | more))


def message(id: str, author: str = "eva", minutes: float = 0, **more: Any) -> Message:
    """A message in `care`."""
    known: dict[str, Any] = {"ref": ref(id), "author": who(author), "at": at(minutes), "text": f"text of {id}"}
    known |= {"thread": None, "reply_to": None, "lang": "en", "kind": "other"}
    return Message(**(known | more))


def item(id: str, author: str = "eva", minutes: float = 0, **more: Any) -> Item:
    """A question in `care`."""
    known: dict[str, Any] = {"ref": ref(id), "author": who(author), "at": at(minutes), "text": f"text of {id}"}
    known |= {"kind": ItemKind.QUESTION, "lang": "en", "community": CARE}
    return Item(**(known | more))


def answer(id: str, author: str = "bob", minutes: float = 5, **more: Any) -> Item:
    """An answer in `care`."""
    return item(id, author, minutes, kind=ItemKind.ANSWER, **more)


def vector(seed: int, dim: int = 256) -> Vector:
    """A vector of length 1, always the same for a seed."""
    made = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return made / np.float32(np.linalg.norm(made))


def vector_of(one: Ref, seed: int = 1, part: Part = Part.OWN, model: str = MODEL) -> ItemVector:
    """A vector for an item."""
    return ItemVector(ref=one, part=part, model=model, vector=vector(seed))


def outgoing(key: str, to: str = "eva", minutes: float = 0, **more: Any) -> Outgoing:
    """A direct message that is due."""
    known: dict[str, Any] = {"purpose": "greeting", "target": Target(audience=Audience.DIRECT, person=who(to))}
    known |= {"key": key, "body": Body(lang="en", parts=(Text(text=f"hello {key}"),)), "due_at": at(minutes)}
    return Outgoing(**(known | more))
