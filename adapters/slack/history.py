"""What was said while nobody listened: read from Slack's history, with some overlap, and told as if it came now.

An event has the same id whether it is told live or found here, so what was heard before changes nothing. Besides new
messages this finds what was edited and deleted meanwhile, and the marks under what was said lately.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.slack import directory
from adapters.slack.api import SlackRefused
from adapters.slack.translate import deleted, message_in, reactions_on
from adapters.slack.workspace import Workspace
from adapters.slacktalk.words import author_of
from adapters.untrusted import Raw, items, moment_of, stamp, words
from bot.correction import MARKS
from bot.events import ChannelId, Event, MessageEdited, MessagePosted
from bot.model import Channel, Message
from bot.ports import Listener

OVERLAP = timedelta(hours=1)
THREADS = timedelta(days=7)
"""How old a thread may be for new replies in it to be looked for."""
REMEMBERED = 500
"""Of so many of the last messages of a channel it is looked up whether they are still there."""
_BATCH = 100
_PAGE = 200


@dataclass(slots=True)
class _Found:
    """Messages of a channel by their time. `threads`: those whose replies since `begin` were read too."""

    begin: datetime
    messages: dict[str, Raw] = field(default_factory=dict)
    threads: set[str] = field(default_factory=set)


async def catch_up(space: Workspace, listener: Listener, channel: Channel, since: datetime, now: datetime) -> int:
    """Take in what happened in a channel since a moment; returns how many messages were looked at.

    Raises TransportError when Slack does not tell, StoreError when the record takes nothing.
    """
    id = channel.id.removeprefix(space.ids.prefix)
    begin = max(since - OVERLAP, channel.noticed_at or since)
    first = max(begin - THREADS, channel.noticed_at or begin)
    try:
        found = await _read(space, id, first, begin)
    except SlackRefused:  # Ander was taken out meanwhile: the directory tells
        return 0
    await listener.listen(await _strangers(space, found.messages.values(), now))
    for part in _batches(events_of(space, id, found.messages.values(), begin)):
        await listener.listen(part)
    await listener.listen(await _taken_back(space, listener, channel.id, found, first, now))
    return len(found.messages)


async def recall(
    space: Workspace, channel: ChannelId, since: datetime, now: datetime
) -> AsyncIterator[Sequence[Event]]:
    """Everything said in a channel since a moment, in order: see `bot.ports.Chat.history`. Raises TransportError."""
    id = channel.removeprefix(space.ids.prefix)
    found = await _read(space, id, since, since)
    yield await _strangers(space, found.messages.values(), now)
    for part in _batches(events_of(space, id, found.messages.values(), since)):
        yield part


async def _read(space: Workspace, channel: str, first: datetime, begin: datetime) -> _Found:
    """What stands in the channel since `first`, and the replies since `begin` in the threads that had some."""
    found = _Found(begin=begin)
    async for raw in _messages(space, "conversations.history", channel, first):
        _add(found, raw)
    for ts, raw in list(found.messages.items()):
        latest = stamp(raw.get("latest_reply"))
        at = moment_of(latest) if latest else None
        if at is not None and at >= begin:
            found.threads.add(ts)
            async for reply in _messages(space, "conversations.replies", channel, begin, ts=ts):
                _add(found, reply)
    return found


async def _messages(space: Workspace, method: str, channel: str, oldest: datetime, **where: Any) -> AsyncIterator[Raw]:
    arguments = {"channel": channel, "oldest": f"{oldest.timestamp():.6f}", "inclusive": True, **where}
    async for page in space.api.pages(method, "messages", limit=_PAGE, **arguments):
        for raw in page:
            if isinstance(raw, dict):
                yield raw


def _add(found: _Found, raw: Raw) -> None:
    if ts := stamp(raw.get("ts")):
        found.messages.setdefault(ts, raw)


async def _strangers(space: Workspace, messages: Iterable[Raw], now: datetime) -> Sequence[Event]:
    """The authors that were not heard of before."""
    authors = [author for raw in messages if (author := author_of(raw, words(raw, "subtype", 60)))]
    return await directory.strangers(space, authors, now, now.isoformat())


def events_of(space: Workspace, channel: str, messages: Iterable[Raw], begin: datetime) -> list[Event]:
    """What messages of the history tell, oldest first: what was said or edited since `begin`, and every mark."""
    events: list[Event] = []
    for raw in sorted(messages, key=lambda one: stamp(one.get("ts")) or ""):
        heard = message_in(raw, channel, space.us)
        events += [one for one in (heard.events if heard else ()) if _is_new(one, begin)]
        events += [mark for mark in reactions_on(raw, channel, space.us) if mark.name in MARKS]
    return events


def _is_new(event: Event, begin: datetime) -> bool:
    return not isinstance(event, MessagePosted | MessageEdited) or event.at >= begin


def _batches(events: Sequence[Event]) -> Iterable[Sequence[Event]]:
    for start in range(0, len(events), _BATCH):
        yield events[start : start + _BATCH]


# ── what is no longer there ───────────────────────────────────────────────────────────────────────────────────


async def _taken_back(
    space: Workspace, listener: Listener, channel: ChannelId, found: _Found, first: datetime, now: datetime
) -> list[Event]:
    """Messages that the record has and the history no longer shows. Each is asked for once more before it goes."""
    id = channel.removeprefix(space.ids.prefix)
    missing = [one for one in await listener.recent(channel, REMEMBERED) if one.at >= first and _lacks(found, one)]
    return [deleted(id, one.ref.id, now, space.us) for one in missing if not await _stands(space, id, one)]


def _lacks(found: _Found, message: Message) -> bool:
    """Whether it should have been found and was not. When the newest reply of a thread is gone, nothing tells that
    there was one. What Ander itself carried there has no time for an id."""
    was_read = message.thread is None or message.thread in found.threads or message.at >= found.begin
    return was_read and message.ref.id not in found.messages and stamp(message.ref.id) is not None


async def _stands(space: Workspace, channel: str, message: Message) -> bool:
    ts = message.ref.id
    where = {"channel": channel, "ts": message.thread or ts, "oldest": ts, "latest": ts, "inclusive": True, "limit": 2}
    try:
        answer = await space.api.ask("conversations.replies", **where)
    except SlackRefused as refused:
        if refused.code not in ("thread_not_found", "message_not_found"):
            raise
        return False
    same = (raw for raw in items(answer, "messages") if isinstance(raw, dict) and raw.get("ts") == ts)
    return any(raw.get("subtype") != "tombstone" for raw in same)
