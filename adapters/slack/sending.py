"""Which call says what to whom: one message, once.

A message that stands in a channel or a direct conversation carries the outbox' id in its metadata, by which it is found
again. What only one person sees (a whisper) never stands in Slack's history: whether an unclear one arrived cannot be
known, and it is not said twice.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import render
from adapters.slack.api import SECONDS, SlackRefused, failure, wait_of
from adapters.slack.heard import CALLED
from adapters.slack.ids import bare
from adapters.slack.pacing import Pacer
from adapters.slack.workspace import Workspace
from adapters.untrusted import Raw, child, items, plain_id, stamp, words
from bot.errors import TransportError, UnclearSend
from bot.events import EventId
from bot.model import OutgoingId
from bot.outgoing import Audience, Outgoing

log = logging.getLogger(__name__)

EVENT_TYPE = "ander_outgoing"
REMEMBERED = 10_000
REPLIES = frozenset({"reply", "farewell"})
"""Purposes of what answers a command or a press: their key is the event's id."""
USES = 4
"""Slack takes five answers at a response_url; one is left for the message that was pressed."""
_BEFORE = timedelta(minutes=5)
_PAGES = 25
_NOT_THERE = frozenset({"user_not_in_channel", "channel_not_found", "not_in_channel", "is_archived"})


@dataclass(slots=True, kw_only=True)
class Way:
    """Where an event may be answered privately. `replace`: the answer takes the place of what was pressed."""

    url: str
    thread: str | None = None
    replace: bool = False
    until: float = 0.0
    used: int = 0


@dataclass(slots=True, kw_only=True)
class Speaker:
    """Says things in one workspace. `settling`: seconds given to Slack after an unclear answer before looking whether
    the message arrived; `post` puts JSON to a response_url."""

    space: Workspace
    pacer: Pacer = field(default_factory=Pacer)
    settling: float = 3.0
    pins: bool = True
    trusted: Callable[[str], bool] = lambda url: url.startswith("https://hooks.slack.com/")
    _said: OrderedDict[OutgoingId, str] = field(default_factory=OrderedDict)
    _unclear: set[OutgoingId] = field(default_factory=set)
    _ways: OrderedDict[EventId, Way] = field(default_factory=OrderedDict)

    # ── remembering ───────────────────────────────────────────────────────────────────────────────────────────

    def open_way(self, event: EventId, way: Way) -> None:
        """An event can be answered here for half an hour."""
        if self.trusted(way.url):
            _keep(self._ways, event, replace(way, until=self.space.now() + 29 * 60))

    def _way(self, outgoing: Outgoing) -> Way | None:
        way = self._ways.get(EventId(outgoing.key)) if outgoing.purpose in REPLIES else None
        return way if way and way.used < USES and self.space.now() < way.until else None

    # ── saying ────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, outgoing: Outgoing) -> str:
        """See `bot.ports.Chat.send`."""
        self._keep_pace(outgoing)
        try:
            remote = await self._send(outgoing)
        except UnclearSend:
            self._unclear.add(outgoing.id)
            raise
        except TransportError as failed:
            if failed.retry_after:
                self.pacer.hold(_line(outgoing), outgoing.id, failed.retry_after)
            raise
        _keep(self._said, outgoing.id, remote)
        return remote

    def _keep_pace(self, outgoing: Outgoing) -> None:
        wait = self.pacer.wait(_line(outgoing), outgoing.id)
        if wait:
            raise TransportError("it is not this message's turn yet", retry_after=wait)

    async def _send(self, outgoing: Outgoing) -> str:
        match outgoing.target.audience:
            case Audience.CHANNEL:
                return await self._post(outgoing, bare(outgoing.target.channel or ""), outgoing.target.thread)
            case Audience.WHISPER:
                return await self._whisper(outgoing)
            case Audience.DIRECT:
                return await self._direct(outgoing)
            case Audience.HOME:
                return await self._lay_out(outgoing)

    async def _post(self, outgoing: Outgoing, channel: str, thread: str | None) -> str:
        """The message, then its files below it. When it was said already and only the files failed, only those."""
        rendered = render.message(outgoing.body)
        ts = self._said.get(outgoing.id)
        if ts is None:
            answer = await self.space.api.do(
                "chat.postMessage",
                channel=channel,
                metadata={"event_type": EVENT_TYPE, "event_payload": {"id": outgoing.id}},
                **_words(rendered),
                **_in_thread(thread),
            )
            ts = stamp(answer.get("ts")) or ""
            _keep(self._said, outgoing.id, ts)
            await self._afterwards(outgoing, channel, ts)
        if rendered.files:
            await self.space.api.upload(channel, stamp(thread), [(one.path, one.name) for one in rendered.files])
        return ts

    async def _afterwards(self, outgoing: Outgoing, channel: str, ts: str) -> None:
        """The notice is pinned where Ander may do so."""
        if outgoing.purpose == "notice" and self.pins:
            await quietly(self.space.api.do("pins.add", channel=channel, timestamp=ts), "pins.add")

    async def _direct(self, outgoing: Outgoing) -> str:
        return await self._answered(outgoing) or await self._letter(outgoing)

    async def _letter(self, outgoing: Outgoing) -> str:
        return await self._post(outgoing, await self._letter_box(bare(outgoing.target.person or "")), None)

    async def _letter_box(self, person: str) -> str:
        known = self.space.letters.get(person)
        if known is None:
            answer = await self.space.api.ask("conversations.open", users=person)
            known = plain_id(child(answer, "channel").get("id"))
            if known is None:
                raise TransportError("Slack opens no direct conversation", permanent=True)
            self.space.letters[person] = known
        return known

    async def _whisper(self, outgoing: Outgoing) -> str:
        """To one person in the channel; by direct message where that cannot be: with a file, or when they left."""
        if _has_files(outgoing):
            return await self._letter(outgoing)
        if answered := await self._answered(outgoing):
            return answered
        channel, person = bare(outgoing.target.channel or ""), bare(outgoing.target.person or "")
        try:
            answer = await self.space.api.do(
                "chat.postEphemeral",
                channel=channel,
                user=person,
                **_words(render.message(outgoing.body)),
                **_in_thread(outgoing.target.thread),
            )
        except SlackRefused as refused:
            if refused.code not in _NOT_THERE:
                raise
            return await self._letter(outgoing)
        return f"{outgoing.id}:{words(answer, 'message_ts', 40)}"

    async def _answered(self, outgoing: Outgoing) -> str | None:
        """Said through the response_url of what it answers; None when there is none (any more)."""
        way = self._way(outgoing)
        if way is None or _has_files(outgoing):
            return None
        way.used += 1
        body: Raw = {"response_type": "ephemeral", "replace_original": way.replace}
        body |= _words(render.message(outgoing.body)) | _in_thread(way.thread)
        try:
            await respond(way.url, body)
        except SlackRefused:
            way.used = USES
            return None
        way.replace = False
        return f"{outgoing.id}:answered"

    async def _lay_out(self, outgoing: Outgoing) -> str:
        """Ander's own page. Doing it again changes nothing, so an unclear one is simply tried again."""
        person = bare(outgoing.target.person or "")
        try:
            answer = await self.space.api.do("views.publish", user_id=person, view=render.page(outgoing.body))
        except UnclearSend as unclear:
            raise TransportError(str(unclear)) from unclear
        return f"{words(child(answer, 'view'), 'id', 80)}:{outgoing.id}"

    # ── looking whether it arrived ────────────────────────────────────────────────────────────────────────────

    async def find_sent(self, outgoing: Outgoing) -> str | None:
        """See `bot.ports.Chat.find_sent`."""
        known = self._said.get(outgoing.id)
        if known is not None and not _has_files(outgoing):
            return known
        if outgoing.target.audience is Audience.HOME:
            return None
        await self._let_settle(outgoing)
        if outgoing.target.audience is Audience.WHISPER and not _has_files(outgoing):
            raise UnclearSend("what only one person sees stands in no history")
        try:
            return await self._find(outgoing)
        except UnclearSend:
            raise
        except TransportError as failed:
            raise UnclearSend(f"it cannot be looked up: {failed}") from failed

    async def _let_settle(self, outgoing: Outgoing) -> None:
        """What Slack took in may come to stand in the history a moment after the answer went missing."""
        if outgoing.id in self._unclear:
            self._unclear.discard(outgoing.id)
            await asyncio.sleep(self.settling)

    async def _find(self, outgoing: Outgoing) -> str | None:
        target = outgoing.target
        if target.audience is Audience.CHANNEL:
            channel, thread = bare(target.channel or ""), stamp(target.thread)
        else:
            channel, thread = await self._letter_box(bare(target.person or "")), None
        oldest = f"{(outgoing.due_at - _BEFORE).timestamp():.6f}"
        found = await self._search(channel, thread, oldest, outgoing.id)
        if found and _has_files(outgoing):
            await self._complete(outgoing, channel, thread, found)
        if found:
            _keep(self._said, outgoing.id, found)
        elif target.audience is Audience.DIRECT and _has_a_way(outgoing):
            raise UnclearSend("it may have been answered where only the person sees it")
        return found

    async def _search(self, channel: str, thread: str | None, oldest: str, id: str) -> str | None:
        method = "conversations.replies" if thread else "conversations.history"
        where: dict[str, Any] = {"ts": thread} if thread else {}
        number = 0
        async for page in self.space.api.pages(
            method, "messages", channel=channel, oldest=oldest, include_all_metadata=True, **where
        ):
            for raw in page:
                if isinstance(raw, dict) and _outbox_id(raw) == id:
                    return stamp(raw.get("ts"))
            number += 1
            if number >= _PAGES:
                raise UnclearSend("too much was said since to look it all up")
        return None

    async def _complete(self, outgoing: Outgoing, channel: str, thread: str | None, ts: str) -> None:
        """The message stands there; its files may not: a crash can have come between."""
        wanted = {one.name for one in render.message(outgoing.body).files}
        method = "conversations.replies" if thread else "conversations.history"
        where: dict[str, Any] = {"ts": thread} if thread else {}
        async for page in self.space.api.pages(method, "messages", channel=channel, oldest=ts, **where):
            for raw in page:
                if isinstance(raw, dict) and raw.get("user") == self.space.user:
                    wanted -= {words(file, "name") for file in items(raw, "files") if isinstance(file, dict)}
        files = [(one.path, one.name) for one in render.message(outgoing.body).files if one.name in wanted]
        if files:
            await self.space.api.upload(channel, thread, files)


# ── small things ──────────────────────────────────────────────────────────────────────────────────────────────


def _line(outgoing: Outgoing) -> str:
    target = outgoing.target
    if target.audience is Audience.HOME:
        return target.audience
    return f"{target.audience} {target.channel} {target.person}"


def _has_a_way(outgoing: Outgoing) -> bool:
    """What answers a slash command or a press may have gone through a response_url; what answers a message did not."""
    return outgoing.purpose in REPLIES and not outgoing.key.endswith(CALLED)


def _has_files(outgoing: Outgoing) -> bool:
    return any(part.type == "file" for part in outgoing.body.parts)


def _words(rendered: render.Rendered) -> dict[str, Any]:
    return {
        "blocks": list(rendered.blocks),
        "text": rendered.text,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _in_thread(thread: str | None) -> dict[str, str]:
    """Only a thread that stands on Slack: what Ander carried there has ids of its own."""
    ts = stamp(thread)
    return {"thread_ts": ts} if ts else {}


def _outbox_id(raw: Raw) -> str:
    metadata = child(raw, "metadata")
    return words(child(metadata, "event_payload"), "id", 80) if metadata.get("event_type") == EVENT_TYPE else ""


def _keep(memory: OrderedDict[Any, Any], key: object, value: object) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


async def respond(url: str, body: Raw) -> None:
    """Put something to a response_url, once. Raises as `Api.do`."""
    try:
        answer = await AsyncWebhookClient(url, timeout=SECONDS, retry_handlers=[]).send_dict(body)
    except Exception as error:
        raise failure("response_url", error, saying=True) from error
    if answer.status_code == 429:
        raise TransportError("response_url: Slack asks to slow down", retry_after=wait_of(answer.headers))
    if answer.status_code >= 500:
        raise UnclearSend(f"response_url: Slack is in trouble ({answer.status_code})")
    if answer.status_code >= 400:
        raise SlackRefused("response_url", str(answer.status_code))


async def quietly(work: Awaitable[Raw], what: str) -> None:
    """Do something that nobody misses when it cannot be done."""
    try:
        await work
    except TransportError as failed:
        log.info("%s: %s", what, failed)
