"""What is done with a payload: understand it, look up what is not known yet, take it in, and only then say "got it"."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.slack import directory, render
from adapters.slack.carrying import form_of, pack_modal
from adapters.slack.door import Kind
from adapters.slack.heard import Ask, Heard
from adapters.slack.interactions import translate_command, translate_interaction
from adapters.slack.organisations import OrganisationNews, organisation_news
from adapters.slack.sending import Speaker, Way, quietly, respond
from adapters.slack.translate import translate_event
from adapters.slack.workspace import Workspace
from adapters.slack.workspaces import team_of
from adapters.untrusted import Raw, child, stamp, words
from bot.errors import StoreError, TransportError
from bot.events import (
    ButtonPressed,
    CommandCalled,
    Event,
    HomeOpened,
    MemberJoined,
    MemberLeft,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
)
from bot.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A workspace, and who speaks in it."""

    space: Workspace
    speaker: Speaker


Find = Callable[[str, str | None], Awaitable[Seat | None]]


@dataclass(slots=True, kw_only=True)
class Reception:
    """Takes payloads one by one, as many at a time as come. `put` keeps events and returns when they are on disk;
    `find` gives the seat for a team; `left` is called when Ander was removed from one, or from an organisation, and
    `added` when an organisation let it into more of them. `unknown` counts the shapes that
    were not understood."""

    put: Callable[[Sequence[Event]], Awaitable[None]]
    find: Find
    left: Callable[[str | None, str | None], Awaitable[None]]
    added: Callable[[], None]
    clock: Clock
    unknown: Counter[str] = field(default_factory=Counter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, kind: Kind, body: Raw) -> bool:
        """See `door.Take`: False when it could not be kept."""
        try:
            return await self._try(kind, body)
        except (StoreError, TransportError) as failed:
            log.warning("not taken in, Slack will bring it again: %s", type(failed).__name__)
            return False

    async def _try(self, kind: Kind, body: Raw) -> bool:
        team, enterprise = team_of(body)
        if enterprise and (news := organisation_news(kind, body, team)):
            return await self._heed(news, enterprise)
        seat = await self.find(team, enterprise) if team else None
        if seat is None:
            return self._count("a workspace that is not ours", kind)
        heard = self._translate(kind, body, seat.space)
        if heard is None:
            return self._count(_shape(kind, body), kind)
        if heard.gone:
            await self.left(seat.space.ids.team, enterprise)
            return True
        return await self._take(seat, heard, body)

    async def _heed(self, news: OrganisationNews, enterprise: str) -> bool:
        if news.added:
            self.added()
        for team in news.left:
            await self.left(team, enterprise)
        return True

    def _translate(self, kind: Kind, body: Raw, space: Workspace) -> Heard | None:
        match kind:
            case "event":
                return translate_event(body, space.us)
            case "command":
                return translate_command(body, space.us, self.clock())
            case "interaction":
                return translate_interaction(body, space.us, self.clock())

    def _count(self, shape: str, kind: Kind) -> bool:
        self.unknown[shape] += 1
        if self.unknown[shape] == 1:
            log.info("a shape of Slack's that means nothing here (%s): %s", kind, shape)
        return True

    async def _take(self, seat: Seat, heard: Heard, body: Raw) -> bool:
        space = seat.space
        if heard.ask is not None:
            return await self._open(space, heard.ask)
        events = [*await self._looked_up(space, heard, body), *await self._introduced(space, heard), *heard.events]
        self._open_way(seat.speaker, heard, body)
        await self.put(events)
        _note_changes(space, heard.events)
        self._after(seat, heard)
        return True

    # ── before it is taken in ─────────────────────────────────────────────────────────────────────────────────

    async def _open(self, space: Workspace, ask: Ask) -> bool:
        """The modal that a press wants. A trigger that came too late cannot be helped: people press again."""
        form = form_of(ask.carried, ask.label)
        if form is not None:
            view = render.modal(form, pack_modal(ask.opened))
            await quietly(space.api.do("views.open", trigger_id=ask.trigger, view=view), "views.open")
        return True

    async def _looked_up(self, space: Workspace, heard: Heard, body: Raw) -> list[Event]:
        if heard.look_up is None:
            return []
        told = words(child(body, "event"), "event_ts", 40) or words(body, "event_id", 40)
        return await directory.look_up(space, heard.look_up, self.clock(), told)

    async def _introduced(self, space: Workspace, heard: Heard) -> Sequence[Event]:
        """Who is met for the first time is looked up, so that it is known what they may see."""
        users = [id.removeprefix(space.ids.prefix) for event in heard.events if (id := _person(event))]
        if all(user in space.people for user in users):
            return []
        now = self.clock()
        return await directory.strangers(space, users, now, now.isoformat())

    def _open_way(self, speaker: Speaker, heard: Heard, body: Raw) -> None:
        if heard.url and heard.events:
            thread = stamp(child(body, "container").get("thread_ts"))
            takes_place = heard.pressed is not None and not heard.pressed.blocks
            speaker.open_way(heard.events[0].event, Way(url=heard.url, thread=thread, replace=takes_place))

    # ── after it was taken in ─────────────────────────────────────────────────────────────────────────────────

    def _after(self, seat: Seat, heard: Heard) -> None:
        if heard.pressed is not None and heard.pressed.blocks and heard.url:
            body = {"replace_original": True, "blocks": render.settled(heard.pressed.blocks, heard.pressed.label)}
            self._start(_say_so(seat.speaker, heard.url, body | {"text": heard.pressed.label}))
        if heard.mark is not None:
            channel, ts, name = heard.mark
            mark = seat.space.api.do("reactions.add", channel=channel, timestamp=ts, name=name)
            self._start(quietly(mark, "reactions.add"))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Finish what was begun after events were taken in."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _say_so(speaker: Speaker, url: str, body: Raw) -> None:
    if speaker.trusted(url):
        try:
            await respond(url, body)
        except TransportError as failed:
            log.info("the pressed buttons stay: %s", failed)


def _person(event: Event) -> str | None:
    match event:
        case MessagePosted():
            return None if event.automatic else event.author
        case CommandCalled() | ButtonPressed() | HomeOpened() | ReactionAdded() | MemberJoined():
            return event.person
        case _:
            return None


def _note_changes(space: Workspace, events: Sequence[Event]) -> None:
    """What was remembered of who is who and where is no longer so."""
    for event in events:
        if isinstance(event, MemberJoined | MemberLeft):
            space.forget_members(event.channel.removeprefix(space.ids.prefix))
        elif isinstance(event, PersonChanged):
            space.people[event.person.removeprefix(space.ids.prefix)] = event


def _shape(kind: Kind, body: Raw) -> str:
    """What an unknown payload calls itself; never what is in it."""
    inner = child(body, "event") if kind == "event" else body
    name = words(inner, "type", 40) or "?"
    subtype = words(inner, "subtype", 40)
    return f"{kind} {name}/{subtype}" if subtype else f"{kind} {name}"
