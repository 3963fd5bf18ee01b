"""How what happened reaches the app: envelopes, acknowledgements, and trying again.

Events are tried again (at once, after 1 and 5 minutes) and then given up; commands and interactions are tried once,
and the person sees that it failed.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from tests.slack.fake import scopes
from tests.slack.fake.faults import EventFault, Schedule
from tests.slack.fake.model import Channel, Install, Json
from tests.slack.fake.pace import Pace
from tests.slack.fake.state import State

Kind = Literal["events_api", "slash_commands", "interactive"]


class NotTaken(Exception):
    """The app did not acknowledge. `reason` as in x-slack-retry-reason; `final`: it asked for no retries."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. `failed` is the reason, None when the app acknowledged; `seconds`: how long that took."""

    number: int
    reason: str
    at: datetime
    seconds: float
    failed: str | None = None


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One thing that the app has to hear. `answer` is what it put into the acknowledgement."""

    kind: Kind
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    answer: Json | None = None
    taken: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def event(self) -> Json:
        """The event within, empty for anything else."""
        inner: Json = self.payload.get("event", {})
        return inner


class Line(Protocol):
    """A way to the app: sockets or HTTP. `slow`: the reason for trying again when it took too long."""

    slow: str

    def begin(
        self, delivery: Delivery, number: int, reason: str, fault: EventFault | None
    ) -> Awaitable[Awaitable[Json]]:
        """Put it on the way; what is returned waits for the acknowledgement. Raises NotTaken, both of them."""
        ...


class Deliveries:
    """Everything that is and was on its way to the app. `open`: neither taken nor given up."""

    def __init__(self, state: State, pace: Pace, schedule: Schedule, line: Line) -> None:
        self.state, self.pace, self.schedule, self.line = state, pace, schedule, line
        self.all: list[Delivery] = []
        self.open: list[Delivery] = []
        self.withheld: list[Json] = []
        self._tasks: set[asyncio.Task[None]] = set()
        state.emit = self.emit

    # ── events ────────────────────────────────────────────────────────────────────────────────────────────────

    def emit(self, event: Json, team: str, channel: Channel | None) -> None:
        """Deliver an event if the app is installed where it happened, subscribed, allowed, and can see it."""
        install = self._audience(event, team, channel)
        if install is None:
            self.withheld.append(event)
            return
        self.send(Delivery(kind="events_api", payload=self._callback(event, install, channel)))

    def _audience(self, event: Json, team: str, channel: Channel | None) -> Install | None:
        app = self.state.app
        if app.events is not None and event["type"] not in app.events:
            return None
        teams = [team, *sorted(channel.teams - {team})] if channel else [team]
        for install in (self.state.installs.get(one) for one in teams):
            if install is not None and self._may_hear(install, event, channel):
                return install
        return None

    def _may_hear(self, install: Install, event: Json, channel: Channel | None) -> bool:
        if event["type"] in ("app_uninstalled", "tokens_revoked", "team_access_granted", "team_access_revoked"):
            return True
        type = None if channel is None else _type_for(channel, install.team)
        scope = scopes.needed(event["type"], type)
        if not install.active or (scope is not None and scope not in install.scopes):
            return False
        return channel is None or install.bot_user in channel.members or _is_public_news(event, channel, install.team)

    def _callback(self, event: Json, install: Install, channel: Channel | None) -> Json:
        if channel is not None and "channel_type" in event and event["type"] == "message":
            event = event | {"channel_type": _type_for(channel, install.team)}
        whole = install.enterprise is not None
        enterprise = install.enterprise or self.state.teams[install.team].enterprise
        team = None if install.team == enterprise else install.team
        return {
            "token": self.state.app.verification,
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": enterprise,
            "api_app_id": self.state.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self.state.new_id("Ev", 10),
            "event_time": self.state.seconds(),
            "authorizations": [
                {
                    "enterprise_id": enterprise,
                    "team_id": None if whole else team,
                    "user_id": install.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": whole,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.shared_with),
            "event_context": "4-" + self.state.secret(40),
        } | ({"enterprise_id": enterprise} if enterprise else {})

    # ── trying ────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, delivery: Delivery) -> Delivery:
        """Put it on its way; `delivery.over` is set when it was taken or given up."""
        self.all.append(delivery)
        self.open.append(delivery)
        fault = self.schedule.for_event() if delivery.kind == "events_api" else None
        self._start(self._deliver(delivery, fault))
        if fault is EventFault.DOUBLED:
            self._start(self._deliver(delivery, None))
        return delivery

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery, fault: EventFault | None) -> None:
        if fault is EventFault.HELD:
            await asyncio.sleep(self.pace.late * self.schedule.share("held"))
        waits = (0.0, *self.pace.retries) if delivery.kind == "events_api" else (0.0,)
        reason = ""
        for number, wait in enumerate(waits):
            if wait:
                await asyncio.sleep(wait)
            try:
                delivery.answer = await self._try(delivery, number, reason, fault if number == 0 else None)
            except NotTaken as not_taken:
                reason = not_taken.reason
                if not_taken.final:
                    break
            else:
                delivery.taken = True
                break
        if not delivery.over.is_set():
            delivery.over.set()
            self.open.remove(delivery)
        self.state.changed()

    async def _try(self, delivery: Delivery, number: int, reason: str, fault: EventFault | None) -> Json:
        loop = asyncio.get_running_loop()
        at, begun, failed = self.state.clock(), loop.time(), None
        try:
            return await self._acknowledged(delivery, number, reason, fault)
        except NotTaken as not_taken:
            failed = not_taken.reason
            raise
        finally:
            taken = loop.time() - begun
            delivery.attempts.append(Attempt(number=number, reason=reason, at=at, seconds=taken, failed=failed))

    async def _acknowledged(self, delivery: Delivery, number: int, reason: str, fault: EventFault | None) -> Json:
        try:
            waiting = await self.line.begin(delivery, number, reason, fault)
            answer = await asyncio.wait_for(waiting, self.pace.ack)
        except TimeoutError:
            raise NotTaken(self.line.slow) from None
        if fault is EventFault.DEAF:
            raise NotTaken(self.line.slow)
        return answer

    @property
    def lost(self) -> list[Delivery]:
        """What was given up: the app never acknowledged it."""
        return [one for one in self.all if one.over.is_set() and not one.taken]

    async def close(self) -> None:
        """Nothing is tried any more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _type_for(channel: Channel, team: str) -> Literal["channel", "group", "im", "mpim"]:
    return "group" if channel.type == "channel" and channel.is_private(team) else channel.type


def _is_public_news(event: Json, channel: Channel, team: str) -> bool:
    """What the app hears of public channels without being in them: that they are there, not what is said."""
    return event["type"].startswith("channel_") and not channel.is_private(team)
