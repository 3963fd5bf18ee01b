"""`ander demo`: eight weeks of an invented organisation, played through the real pipeline.

Nothing is faked: messages go in by the one door, time passes on a simulated clock, and people react only to what
really left the outbox. What had to happen and did not is said, and the demo fails.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from bot.app import App
from bot.buttons import SuggestionChoice, parse
from bot.demo import narration
from bot.demo.clock import DemoClock
from bot.demo.script import (
    PLATFORM,
    ZONE,
    Called,
    Cue,
    Marked,
    Pressed,
    Said,
    Script,
    What,
    channel_id,
    person_id,
)
from bot.demo.stage import Stage
from bot.events import (
    AnderAdded,
    ButtonPressed,
    ChannelChanged,
    ChannelId,
    CommandCalled,
    Event,
    EventId,
    MemberJoined,
    MessageId,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
)
from bot.jobs import invitations, moments, questions, reports, upkeep
from bot.outgoing import Button, Buttons, Outgoing, SendState
from bot.sender import Sender
from bot.world import World

_SEED = 7
_HOUR = timedelta(hours=1)
_OPEN = frozenset({9, 10, 12, 14, 16})
"""Hours of the working day at which the demo lets Ander look at what is due; a real one does so every minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A cue that came: what Ander said, and the button that will be pressed."""

    cue: Cue
    out: Outgoing
    button: Button


@dataclass(slots=True)
class Played:
    """What came of it so far; the narration reads it."""

    said: dict[str, tuple[datetime, Said]] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)
    messages: int = 0
    """Read this week."""
    since: datetime | None = None
    """When this week began."""
    missing: list[str] = field(default_factory=list)


async def play(
    app: App,
    world: World,
    clock: DemoClock,
    script: Script,
    stage: Stage,
    *,
    sent: Callable[[], Sequence[Outgoing]],
    lang: str = "en",
) -> bool:
    """Play the whole script; True when everything happened that had to.

    `world.clock` must be `clock`. `sent`: everything that left the outbox so far, in order.
    """
    player = Player(app, world, clock, script, narration.Narrator(script, world, stage, sent, lang))
    await player.begin()
    await player.weeks()
    return await player.end()


class Player:
    """Lets time pass and people speak."""

    def __init__(
        self, app: App, world: World, clock: DemoClock, script: Script, narrator: "narration.Narrator"
    ) -> None:
        self._app = app
        self._world = world
        self._clock = clock
        self._script = script
        self._narrator = narrator
        self._sender = Sender(world)
        self._rng = np.random.default_rng(_SEED)
        self._ahead: list[tuple[datetime, int, What, Cue | None]] = []
        self._order = 0
        self._heard = 0
        self.played = Played()

    async def begin(self) -> None:
        """The organisation moves in; each channel gets its notice before anything is read."""
        for at, what in self._script.lines:
            self._plan(at, what, None)
        await self._app.listen(list(self._everybody()))
        await self._settle()
        await self._narrator.opening()

    def _everybody(self) -> list[Event]:
        at, workspace = self._script.starts, self._script.workspace
        people = [
            PersonChanged(
                event=EventId(f"demo:person:{key}"),
                person=member.id,
                workspace=workspace,
                name=member.name,
                at=at,
                timezone=member.timezone,
                lang=member.lang,
                guest=member.guest,
            )
            for key, member in self._script.people.items()
        ]
        channels = [
            ChannelChanged(
                event=EventId(f"demo:channel:{key}"),
                channel=channel_id(key),
                workspace=workspace,
                name=key,
                kind=kind,
                at=at,
            )
            for key, kind in self._script.channels.items()
        ]
        added = [
            AnderAdded(event=EventId(f"demo:added:{key}"), channel=channel_id(key), at=at)
            for key in self._script.channels
        ]
        joined = [
            MemberJoined(event=EventId(f"demo:joined:{channel}:{key}"), channel=channel, person=member.id, at=at)
            for key, member in self._script.people.items()
            for channel in member.channels
        ]
        return [*people, *channels, *joined, *added]

    async def weeks(self) -> None:
        """Every line at its time, and in between whatever is due."""
        week = -1
        while self._ahead:
            if await self._pass_hour(self._ahead[0][0]):
                continue  # something may have been planned meanwhile
            at, _order, what, cue = heapq.heappop(self._ahead)
            if (now := (at - self._script.starts).days // 7) != week:
                await self._turn_week(week, now)
                week = now
            self._clock.set(at)
            await self._happen(at, what, cue)
        await self._turn_week(week, None)

    async def end(self) -> bool:
        """The last reports go out; what is missing is named."""
        while await self._pass_hour(self._script.ends):
            pass
        self._clock.set(self._script.ends)
        await reports.send_due(self._world)
        await self._settle()
        await self._narrator.closing(self.played, self._search)
        for cue in self._script.cues:
            if cue.name not in self.played.answered:
                self._narrator.cue_missing(cue, self.played)
        return not self.played.missing

    async def _turn_week(self, before: int, now: int | None) -> None:
        if before >= 0:
            await self._narrator.week_over(self.played)
        self.played.messages, self.played.since = 0, self._clock()
        if now is not None:
            self._narrator.week_begins(now)

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _pass_hour(self, at: datetime) -> bool:
        """Go to the next working hour before `at` and do what is due; False when there is none."""
        hour = self._clock().replace(minute=0, second=0, microsecond=0) + _HOUR
        while not _is_open(hour) and hour < at:
            hour += _HOUR
        if hour >= at:
            return False
        self._clock.set(hour)
        await self._tick()
        return True

    async def _tick(self) -> None:
        # as bot.jobs.tick, but for the reports of the first seven weeks, which would only take time
        await upkeep.embed(self._world)
        await self._world.plane.catch_up()
        await questions.look_at_due(self._world, self._rng)
        await moments.hold_due(self._world, self._rng)
        await invitations.expire_due(self._world)
        await invitations.send_due(self._world)
        await self._settle()

    async def _settle(self) -> None:
        """Send what is due, and let people notice it."""
        async with self._world.store.snapshot() as tx:
            if not await tx.out(SendState.NEW, limit=1):
                return
        await self._sender.drain()
        fresh = self._narrator.sent()[self._heard :]
        self._heard += len(fresh)
        for out in fresh:
            for cue in self._script.cues:
                await self._notice(out, cue)

    async def _notice(self, out: Outgoing, cue: Cue) -> None:
        button = _button(out, cue)
        if button is None or cue.name in self.played.answered or not _is_about(out, button, cue):
            return
        self.played.answered[cue.name] = Answered(cue=cue, out=out, button=button)
        for after, what in cue.then:
            self._plan(self._clock() + after, what, cue)
        await self._narrator.cue_came(self.played.answered[cue.name], self._clock())

    def _plan(self, at: datetime, what: What, cue: Cue | None) -> None:
        self._order += 1
        heapq.heappush(self._ahead, (at, self._order, what, cue))

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _happen(self, at: datetime, what: What, cue: Cue | None) -> None:
        heed = await self._app.listen([self._event(at, what, cue)])
        self.played.messages += heed.messages
        if isinstance(what, Said):
            self.played.said[what.name] = (at, what)
        await self._narrator.happened(at, what, cue, self.played)
        await upkeep.embed(self._world)
        await self._world.plane.catch_up()
        await self._settle()
        await self._narrator.settled(at, what, cue, self.played)

    def _event(self, at: datetime, what: What, cue: Cue | None) -> Event:
        self._order += 1
        event = EventId(f"demo:{self._order}")
        match what:
            case Said():
                return MessagePosted(
                    event=event,
                    channel=channel_id(what.channel),
                    message=MessageId(what.name),
                    author=person_id(what.by),
                    text=what.text,
                    at=at,
                    thread=MessageId(what.root) if what.root else None,
                )
            case Marked():
                _at, said = self.played.said[what.name]
                return ReactionAdded(
                    event=event,
                    channel=channel_id(said.channel),
                    message=MessageId(what.name),
                    person=person_id(what.by),
                    name=what.emoji,
                    at=at,
                )
            case Called():
                return CommandCalled(
                    event=event,
                    person=person_id(what.by),
                    channel=channel_id(what.channel),
                    text=what.text,
                    at=at,
                )
            case Pressed():
                return self._press(event, at, what.text, cue)

    def _press(self, event: EventId, at: datetime, text: str, cue: Cue | None) -> ButtonPressed:
        if cue is None:
            raise ValueError("only a cue presses buttons")
        answered = self.played.answered[cue.name]
        target = answered.out.target
        return ButtonPressed(
            event=event,
            person=person_id(cue.person),
            channel=target.channel or ChannelId(f"{PLATFORM}:@{cue.person}"),
            button=answered.button.token,
            at=at,
            text=text,
        )

    async def _search(self, channel: str, by: str, words: str) -> Outgoing | None:
        """Somebody searches at the end; returns what Ander answered."""
        before = len(self._narrator.sent())
        call = Called(channel=channel, by=by, text=words)
        await self._app.listen([self._event(self._clock(), call, None)])
        await self._settle()
        fresh = self._narrator.sent()[before:]
        return next((out for out in fresh if out.target.person == person_id(by)), None)


def _button(out: Outgoing, cue: Cue) -> Button | None:
    """The button that the cue waits for, if this message offers it to the right person, or to everybody."""
    if out.target.person not in (None, person_id(cue.person)):
        return None
    offered = (b for part in out.body.parts if isinstance(part, Buttons) for b in part.buttons)
    return next((b for b in offered if b.token.startswith(cue.button + ":")), None)


def _is_about(out: Outgoing, button: Button, cue: Cue) -> bool:
    choice = parse(button.token)
    question = choice.question.id if isinstance(choice, SuggestionChoice) else None
    return cue.about == question or any(ref.id == cue.about for ref in out.about)


def _is_open(hour: datetime) -> bool:
    local = hour.astimezone(ZONE)
    return local.hour in _OPEN and local.weekday() < 5
