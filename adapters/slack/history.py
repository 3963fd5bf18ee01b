"""What was said while nobody listened: read from Slack's history, with some overlap, and told as if it came now.

An event has the same id whether it is told live or found here, so what was heard before changes nothing. Besides new
messages this finds what was edited and deleted meanwhile, the marks under what was said lately, and what was asked of
Ander. It is read in parts, a few threads at a time, and each is taken in before the next is read.
"""

import logging
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.slack import directory
from adapters.slack.api import SlackRefused
from adapters.slack.marks import Mark
from adapters.slack.translate import deleted, letter_in, mention_in, message_in, reactions_on
from adapters.slack.workspace import Workspace
from adapters.slacktalk.words import author_of
from adapters.untrusted import Raw, items, moment_of, stamp, words
from bot.correction import MARKS
from bot.events import ChannelId, Event, MessageEdited, MessagePosted
from bot.model import Channel, Message
from bot.ports import Listener

log = logging.getLogger(__name__)

OVERLAP = timedelta(hours=1)
THREADS = timedelta(days=7)
"""How old a thread may be for new replies in it to be looked for."""
ANSWERED = timedelta(days=1)
"""How old a question to Ander may be for it to be answered late; after that nobody waits for the answer."""
REMEMBERED = 2000
"""Of so many of the last messages of a channel it is looked up whether they are still there."""
PART = 10
"""Messages, with their threads, that are read and taken in together."""
_DELETED = frozenset({"thread_not_found", "message_not_found"})
_BATCH = 100
_PAGE = 200


@dataclass(slots=True, kw_only=True)
class _Part:
    """Messages of a channel by their time: those outside threads after `low` and up to `high` (all older, all newer
    ones when empty), and what was said in their threads since `begin`. `threads`: those that were read."""

    begin: datetime
    low: str = ""
    high: str = ""
    messages: dict[str, Raw] = field(default_factory=dict)
    threads: set[str] = field(default_factory=set)

    def add(self, raw: Raw) -> None:
        if ts := stamp(raw.get("ts")):
            self.messages.setdefault(ts, raw)

    def spans(self, message: Message) -> bool:
        """Whether it stands, or should stand, in this part."""
        root = message.thread or message.ref.id
        return self.low < root and (not self.high or root <= self.high)

    def lacks(self, message: Message) -> bool:
        """Whether it should have been found and was not. When the newest reply of a thread is gone, nothing tells that
        there was one. What Ander itself carried there has no time for an id."""
        was_read = message.thread is None or message.thread in self.threads or message.at >= self.begin
        return was_read and message.ref.id not in self.messages and stamp(message.ref.id) is not None


async def catch_up(space: Workspace, listener: Listener, channel: Channel, mark: Mark, now: datetime) -> None:
    """Take in what happened in a channel since a mark, which moves along. A reading that was broken off is ended first.

    Raises TransportError when Slack does not tell, StoreError when the record takes nothing.
    """
    if mark.reading is not None:
        mark = await _read_on(space, listener, channel, mark, now)
    if mark.reading is None:
        await _read_on(space, listener, channel, mark.begin(now), now)


async def _read_on(space: Workspace, listener: Listener, channel: Channel, mark: Mark, now: datetime) -> Mark:
    """A reading to its end; gives it as it was when Ander cannot look there any more."""
    id = channel.id.removeprefix(space.ids.prefix)
    begin = max(mark.heard - OVERLAP, channel.noticed_at or mark.heard)
    first = max(begin - THREADS, channel.noticed_at or begin)
    known = [one for one in await listener.recent(channel.id, REMEMBERED) if one.at >= first]
    try:
        async for part in _parts(space, id, first, begin, mark.through):
            await _take_in(space, listener, id, part, now)
            missing = [one for one in known if part.spans(one) and part.lacks(one)]
            await listener.listen(await _taken_back(space, id, missing, now))
            mark = await mark.keep(listener, channel.id, through=part.high)
    except SlackRefused as refused:
        if refused.retryable:
            raise
        return mark  # Ander was taken out meanwhile: the directory tells
    return await mark.end().keep(listener, channel.id)


async def _take_in(space: Workspace, listener: Listener, id: str, part: _Part, now: datetime) -> None:
    await listener.listen(await _strangers(space, part.messages.values(), now))
    for batch in _batches(events_of(space, id, part.messages.values(), part.begin)):
        await listener.listen(batch)
    await listener.listen(calls_of(space, id, part.messages.values(), max(part.begin, now - ANSWERED)))


async def recall(
    space: Workspace, channel: ChannelId, since: datetime, now: datetime
) -> AsyncIterator[Sequence[Event]]:
    """Everything said in a channel since a moment, in order: see `bot.ports.Chat.history`. Raises TransportError."""
    id = channel.removeprefix(space.ids.prefix)
    async for part in _parts(space, id, since, since, size=sys.maxsize):
        yield await _strangers(space, part.messages.values(), now)
        for batch in _batches(events_of(space, id, part.messages.values(), since)):
            yield batch


async def answer_letters(space: Workspace, listener: Listener, since: datetime, now: datetime) -> None:
    """Take in what people asked of Ander in direct messages since a moment, as far back as it is answered late.

    Raises as `catch_up`.
    """
    begin = max(since - OVERLAP, now - ANSWERED)
    try:
        await _answer_letters(space, listener, begin, now)
    except SlackRefused as refused:
        if refused.retryable:
            raise
        log.warning("what was said to Ander directly is not looked up: %s", refused)


async def _answer_letters(space: Workspace, listener: Listener, begin: datetime, now: datetime) -> None:
    async for box in directory.letter_boxes(space):
        letters = [raw async for raw in _messages(space, "conversations.history", box, begin)]
        heard = (letter_in(raw, box, space.us) for raw in sorted(letters, key=_ts))
        calls = [event for one in heard if one for event in one.events]
        if calls:
            await listener.listen(await _strangers(space, letters, now))
            await listener.listen(calls)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _parts(
    space: Workspace, channel: str, first: datetime, begin: datetime, through: str = "", size: int = PART
) -> AsyncIterator[_Part]:
    """What stands in the channel since `first` and after `through`, oldest first, with the replies since `begin` in the
    threads that had some. There is at least one part."""
    found = [raw async for raw in _messages(space, "conversations.history", channel, first) if _ts(raw) > through]
    found.sort(key=_ts)
    for start in range(0, max(1, len(found)), size):
        roots, rest = found[start : start + size], found[start + size :]
        part = _Part(begin=begin, low=through, high=_ts(roots[-1]) if rest else "")
        for raw in roots:
            part.add(raw)
        for raw in roots:
            await _read_thread(space, channel, raw, part)
        yield part
        through = part.high


async def _read_thread(space: Workspace, channel: str, root: Raw, part: _Part) -> None:
    latest = stamp(root.get("latest_reply"))
    at = moment_of(latest) if latest else None
    if at is None or at < part.begin:
        return
    part.threads.add(_ts(root))
    try:
        async for reply in _messages(space, "conversations.replies", channel, part.begin, ts=_ts(root)):
            part.add(reply)
    except SlackRefused as refused:  # it may have been deleted since the history was read
        if refused.code not in _DELETED:
            raise


async def _messages(space: Workspace, method: str, channel: str, oldest: datetime, **where: Any) -> AsyncIterator[Raw]:
    arguments = {"channel": channel, "oldest": f"{oldest.timestamp():.6f}", "inclusive": True, **where}
    async for page in space.api.pages(method, "messages", limit=_PAGE, **arguments):
        for raw in page:
            if isinstance(raw, dict) and _ts(raw):
                yield raw


def _ts(raw: Raw) -> str:
    return stamp(raw.get("ts")) or ""


async def _strangers(space: Workspace, messages: Iterable[Raw], now: datetime) -> Sequence[Event]:
    """The authors that were not heard of before."""
    authors = [author for raw in messages if (author := author_of(raw, words(raw, "subtype", 60)))]
    return await directory.strangers(space, authors, now, now.isoformat())


# ── understanding ─────────────────────────────────────────────────────────────────────────────────────────────


def events_of(space: Workspace, channel: str, messages: Iterable[Raw], begin: datetime) -> list[Event]:
    """What messages of the history tell, oldest first: what was said or edited since `begin`, and every mark."""
    events: list[Event] = []
    for raw in sorted(messages, key=_ts):
        heard = message_in(raw, channel, space.us)
        events += [one for one in (heard.events if heard else ()) if _is_new(one, begin)]
        events += [mark for mark in reactions_on(raw, channel, space.us) if mark.name in MARKS]
    return events


def calls_of(space: Workspace, channel: str, messages: Iterable[Raw], begin: datetime) -> list[Event]:
    """What was asked of Ander in the channel since `begin`: it is answered late rather than never."""
    heard = (mention_in(raw, channel, space.us) for raw in sorted(messages, key=_ts))
    return [event for one in heard if one for event in one.events if event.at >= begin]


def _is_new(event: Event, begin: datetime) -> bool:
    return not isinstance(event, MessagePosted | MessageEdited) or event.at >= begin


def _batches(events: Sequence[Event]) -> Iterable[Sequence[Event]]:
    for start in range(0, len(events), _BATCH):
        yield events[start : start + _BATCH]


# ── what is no longer there ───────────────────────────────────────────────────────────────────────────────────


async def _taken_back(space: Workspace, id: str, missing: Sequence[Message], now: datetime) -> list[Event]:
    """Messages that the record has and the history no longer shows. Each is asked for once more before it goes."""
    return [deleted(id, one.ref.id, now, space.us) for one in missing if not await _stands(space, id, one)]


async def _stands(space: Workspace, channel: str, message: Message) -> bool:
    ts = message.ref.id
    where = {"channel": channel, "ts": message.thread or ts, "oldest": ts, "latest": ts, "inclusive": True, "limit": 2}
    try:
        answer = await space.api.ask("conversations.replies", **where)
    except SlackRefused as refused:
        if refused.code not in _DELETED:
            raise
        return False
    same = (raw for raw in items(answer, "messages") if isinstance(raw, dict) and raw.get("ts") == ts)
    return any(raw.get("subtype") != "tombstone" for raw in same)
