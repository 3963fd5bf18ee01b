"""A record with visible state: just what the search plane asks of a store."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import cast

import numpy as np

from bot.events import ChannelId, ChannelKind, MessageId, PersonId
from bot.model import Change, Channel, Door, Item, ItemKind, Op, Part, Person, Ref, Thread, Vector
from bot.ports import Transaction

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MODEL, DIM = "letters", 64


def ref(channel: str, id: str) -> Ref:
    """A reference, for short."""
    return Ref(ChannelId(channel), MessageId(id))


def item(where: Ref, text: str, kind: ItemKind = ItemKind.QUESTION, author: str = "t:eva") -> Item:
    """An item, for short."""
    return Item(ref=where, kind=kind, author=PersonId(author), at=AT, text=text, lang="nl", community=None)


def letters(text: str) -> Vector:
    """A vector that is near for texts that share pairs of letters."""
    out = np.full(DIM, -0.05, np.float32)
    low = text.lower()
    for pair in pairwise(low):
        out[(ord(pair[0]) * 31 + ord(pair[1])) % DIM] += 1
    return cast(Vector, out / np.linalg.norm(out))


class Letters:
    """An embedder that counts what it was asked."""

    model, dim = MODEL, DIM

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Collection[str]) -> Vector:
        """See `bot.ports.Embedder`."""
        self.asked += texts
        return np.stack([letters(text) for text in texts])


class Record:
    """Threads by reference, the log of changes, and who may read what."""

    def __init__(self) -> None:
        self.rows: dict[Ref, Thread] = {}
        self.log: list[Change] = []
        self.persons: dict[PersonId, Person] = {}
        self.places: dict[ChannelId, Channel] = {}
        self.joined: dict[PersonId, frozenset[ChannelId]] = {}
        self.embedded = True

    def put(self, where: Ref, text: str, *answers: str, kind: ItemKind = ItemKind.QUESTION) -> Ref:
        """File a question with answers, or know-how."""
        replies = tuple(
            item(ref(where.channel, f"{where.id}-{n}"), answer, ItemKind.ANSWER) for n, answer in enumerate(answers)
        )
        self.rows[where] = Thread(item=item(where, text, kind), answers=replies)
        self.log.append(Change(seq=len(self.log) + 1, ref=where, op=Op.PUT))
        return where

    def drop(self, where: Ref) -> None:
        """Forget it."""
        del self.rows[where]
        self.log.append(Change(seq=len(self.log) + 1, ref=where, op=Op.DROP))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """See `bot.ports.Store`."""
        yield cast(Transaction, self)

    transaction = snapshot

    async def changes_after(self, seq: int, limit: int) -> list[Change]:
        """See `bot.ports.Practice`."""
        return self.log[seq : seq + limit]

    async def last_change(self) -> int:
        """See `bot.ports.Practice`."""
        return len(self.log)

    async def all_refs(self, after: Ref | None, limit: int) -> list[Ref]:
        """See `bot.ports.Practice`."""
        return [r for r in sorted(self.rows) if after is None or r > after][:limit]

    async def threads(self, refs: Collection[Ref]) -> dict[Ref, Thread]:
        """See `bot.ports.Practice`."""
        return {r: self.rows[r] for r in refs if r in self.rows}

    async def vectors(self, refs: Collection[Ref], part: Part, model: str) -> Mapping[Ref, Vector]:
        """See `bot.ports.Practice`."""
        known = await self.threads(refs) if self.embedded and model == MODEL else {}
        return {r: letters(self._text(thread, part)) for r, thread in known.items()}

    def _text(self, thread: Thread, part: Part) -> str:
        answers = thread.answers if part is Part.THREAD else ()
        return "\n".join([thread.item.text, *(answer.text for answer in answers)])

    async def people(self, ids: Collection[PersonId] | None = None) -> dict[PersonId, Person]:
        """See `bot.ports.People`."""
        return {id: p for id, p in self.persons.items() if ids is None or id in ids}

    async def channels(self, ids: Collection[ChannelId] | None = None) -> dict[ChannelId, Channel]:
        """See `bot.ports.People`."""
        return {id: c for id, c in self.places.items() if ids is None or id in ids}

    async def doors(
        self, person: PersonId, kind: ChannelKind, channels: Collection[ChannelId] | None = None
    ) -> list[Door]:
        """See `bot.ports.People`."""
        mine = self.joined.get(person, frozenset())
        known = (c for c in self.places.values() if channels is None or c.id in channels)
        return [Door(c.kind, c.workspace, c.id in mine, [c.id]) for c in known if c.id in mine or c.kind is kind]

    async def memberships(self, person: PersonId) -> frozenset[ChannelId]:
        """See `bot.ports.People`."""
        return self.joined.get(person, frozenset())
