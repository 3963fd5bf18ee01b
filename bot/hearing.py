"""From what was posted to what was heard: each message read in its conversation, with a vector where that helps.

Happens before the transaction, in memory only: nothing of it is kept unless the notebook keeps it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId, MessagePosted, PersonId
from bot.model import ItemKind, Message, Ref, Vector
from bot.ports import Embedder, Store, Talk
from bot.reading import Conversation, Glance, Kind, Reader, Reading, Utterance

CHANNELS_REMEMBERED = 500
UTTERANCES_REMEMBERED = 15_000
"""In all channels together: 20 MB. Where nobody spoke for longest goes first, and is recalled from the record."""
MESSAGES_REMEMBERED = 60
AT_ONCE = 50
"""Messages read before the embedder hears of those that want its vector: in an import it works while more are read."""

LIKELY = 0.5
"""A weaker question is no item: it would wait in vain among the open ones."""

ITEM_KINDS = {Kind.question: ItemKind.QUESTION, Kind.answer: ItemKind.ANSWER, Kind.knowhow: ItemKind.KNOW_HOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message with what Ander makes of it. From here on only `reading.masked` is used, never the raw text."""

    posted: MessagePosted
    reading: Reading
    vector: Vector | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.posted.channel, self.posted.message)

    @property
    def is_filed(self) -> bool:
        """Whether it becomes a question or know-how of the practice: more likely than not, and worth keeping."""
        if self.reading.kind is Kind.question:
            return self.reading.confidence >= LIKELY
        return self.reading.kind is Kind.knowhow and self.reading.keep

    def as_message(self) -> Message:
        """What is stored of it."""
        return Message(
            ref=self.ref,
            thread=self.posted.thread,
            reply_to=self.posted.reply_to,
            author=self.posted.author,
            at=self.posted.at,
            text=self.reading.masked,
            lang=self.reading.lang,
            kind=self.reading.kind,
            resolved=self.reading.resolved,
            past_closed=bool(self.posted.past_closed),
        )


@dataclass(frozen=True, slots=True)
class _First:
    """A message after the first look. `glance` is kept only where a second one, with its vector, is worth it."""

    heard: Heard
    glance: Glance | None


class Hearing:
    """Reads messages and remembers, per channel, the conversation that the next one is read in."""

    def __init__(self, reader: Reader, embedder: Embedder) -> None:
        self._reader = reader
        self._embedder = embedder
        self._conversations: OrderedDict[ChannelId, Conversation] = OrderedDict()

    async def hear(
        self, store: Store, posted: Sequence[MessagePosted], known: Collection[ChannelId] = ()
    ) -> list[Heard]:
        """Read in order, then once more with a vector what is not sure. Messages heard before are read again and
        change nothing. `known`: channels where something heard before was passed over, so that what is remembered of
        them may be out of order."""
        self.drop(known)
        recalled = await self._recall(store, {one.channel for one in posted})
        first: list[_First] = []
        asked: list[asyncio.Task[NDArray[np.float32]]] = []
        try:
            for start in range(0, len(posted), AT_ONCE):
                some = [self._glance(recalled[one.channel], one) for one in posted[start : start + AT_ONCE]]
                asked.append(asyncio.create_task(self._ask(some)))
                first += some
                await asyncio.sleep(0)  # so that the question goes out before the next are read
            vectors = [row for rows in await asyncio.gather(*asked) for row in rows]
        finally:
            for task in asked:
                task.cancel()
        return self._look_again(first, vectors)

    async def complete(self, heard: Sequence[Heard]) -> list[Heard]:
        """What is filed gets its vector, unless it has it; most messages are not, and keep none."""
        bare = [one for one in heard if one.is_filed and one.vector is None]
        rows = await self._embedder.embed([one.reading.masked for one in bare]) if bare else ()
        vectors = {one.ref: row for one, row in zip(bare, rows, strict=True)}
        return [replace(one, vector=vectors.get(one.ref, one.vector) if one.is_filed else None) for one in heard]

    async def reread(self, tx: Talk, message: Message) -> Heard:
        """Read a stored message anew, in today's memory of its channel, with its vector."""
        posted = as_posted(message)
        row = await self._embedder.embed([message.text])
        recalled = await self._recall_from(tx, {posted.channel})
        first = [self._glance(recalled[posted.channel], posted)]
        (heard,) = self._look_again(first, await self._ask(first))
        return replace(heard, vector=row[0])

    def forget(self, ref: Ref) -> None:
        """Leave no trace of one message."""
        if ref.channel in self._conversations:
            self._conversations[ref.channel].forget(ref.id)

    def forget_person(self, person: PersonId) -> None:
        """Leave no trace of what somebody said."""
        for conversation in self._conversations.values():
            conversation.forget_person(person)

    def drop(self, channels: Collection[ChannelId]) -> None:
        """What was heard there was not kept: recall it from the record next time."""
        for channel in channels:
            self._conversations.pop(channel, None)

    def _glance(self, conversation: Conversation, posted: MessagePosted) -> _First:
        """Read without a vector, and remember it so for what follows."""
        utterance = utter(posted)
        glance = self._reader.glance(utterance, conversation)
        reading = self._reader.judge(glance)
        conversation.add(utterance, reading)
        unsure = self._reader.knows(self._embedder.model) and self._reader.wants_vector(glance, reading)
        return _First(Heard(posted=posted, reading=reading), glance if unsure else None)

    async def _ask(self, first: Sequence[_First]) -> NDArray[np.float32]:
        """The vectors of those that are not sure, in order."""
        texts = [one.glance.masked for one in first if one.glance]
        return await self._embedder.embed(texts) if texts else np.zeros((0, self._embedder.dim), np.float32)

    def _look_again(self, first: Sequence[_First], vectors: Iterable[Vector]) -> list[Heard]:
        """Judge what is not sure once more, with its vector. What came later in `first` was read before that."""
        rows = iter(vectors)
        return [self._judge(one.heard, one.glance, next(rows)) if one.glance else one.heard for one in first]

    def _judge(self, heard: Heard, glance: Glance, vector: Vector) -> Heard:
        reading = self._reader.judge(glance, vector)
        conversation = self._conversations.get(heard.posted.channel)
        if conversation is not None:
            conversation.revise(glance.seen.utterance, heard.reading, reading)
        return replace(heard, reading=reading, vector=vector)

    async def _recall(self, store: Store, channels: set[ChannelId]) -> dict[ChannelId, Conversation]:
        if channels <= self._conversations.keys():
            return self._touch(channels)
        async with store.snapshot() as tx:
            return await self._recall_from(tx, channels)

    async def _recall_from(self, tx: Talk, channels: set[ChannelId]) -> dict[ChannelId, Conversation]:
        """The conversations to read in. They are handed over: another batch may `drop` them while we wait."""
        known = {channel: self._conversations[channel] for channel in channels & self._conversations.keys()}
        missing = channels - known.keys()
        fresh = {channel: self._replay(await tx.recent(channel, MESSAGES_REMEMBERED)) for channel in missing}
        for channel, conversation in fresh.items():
            self._conversations.setdefault(channel, conversation)
        self._touch(channels)
        return known | fresh

    def _replay(self, messages: Sequence[Message]) -> Conversation:
        conversation = Conversation()
        for message in messages:
            utterance = utter(as_posted(message))
            conversation.add(utterance, self._reader.read(utterance, conversation, None))
        return conversation

    def _touch(self, channels: set[ChannelId]) -> dict[ChannelId, Conversation]:
        """Those remembered now; they are the last to be forgotten."""
        touched = {channel: self._conversations[channel] for channel in channels & self._conversations.keys()}
        for channel in touched:
            self._conversations.move_to_end(channel)
        many = self._remembered()
        while len(self._conversations) > len(channels) and (
            len(self._conversations) > CHANNELS_REMEMBERED or many > UTTERANCES_REMEMBERED
        ):
            many -= _size(self._conversations.popitem(last=False)[1])
        return touched

    def _remembered(self) -> int:
        return sum(map(_size, self._conversations.values()))


def _size(conversation: Conversation) -> int:
    """Utterances remembered of a channel: each lies in one thread, its own if need be."""
    return sum(map(len, conversation.threads.values()))


def utter(posted: MessagePosted) -> Utterance:
    """A posted message as the reader wants it."""
    return Utterance(
        id=posted.message,
        author=posted.author,
        text=posted.text,
        at=posted.at.timestamp(),
        thread=posted.thread,
        reply_to=posted.reply_to,
        mentions=posted.mentions,
    )


def as_posted(message: Message) -> MessagePosted:
    """A stored message as if it were posted now (its mentions are not kept apart)."""
    return MessagePosted(
        event="",  # type: ignore[arg-type] # never taken in: it is read only
        channel=message.ref.channel,
        message=message.ref.id,
        author=message.author,
        text=message.text,
        at=message.at,
        thread=message.thread,
        reply_to=message.reply_to,
        past_closed=message.past_closed,
    )


def with_kind(heard: Heard, kind: Kind) -> Heard:
    """The same message, of the kind that a person says it is."""
    return replace(heard, reading=replace(heard.reading, kind=kind, confidence=1.0, keep=True))
