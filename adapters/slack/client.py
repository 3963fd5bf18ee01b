"""Ander on Slack: the `Chat` that connects, takes in and acknowledges, and says what there is to say."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from starlette.applications import Starlette
from starlette.types import Lifespan

from adapters.slack import checking, history, http
from adapters.slack.api import SECONDS, SlackRefused, patiently
from adapters.slack.door import Door
from adapters.slack.following import Follower
from adapters.slack.ids import PLATFORM, bare, team_of
from adapters.slack.intake import Intake
from adapters.slack.pacing import Pacer
from adapters.slack.receiving import Reception, Seat
from adapters.slack.sending import Speaker
from adapters.slack.settings import Secrets, SlackSection
from adapters.slack.socket import Sockets
from adapters.slack.workspace import Workspace
from adapters.slack.workspaces import Workspaces
from adapters.untrusted import stamp
from bot.errors import TransportError
from bot.events import ChannelId, Event, PersonId
from bot.finding import Finding
from bot.model import Ref
from bot.outgoing import Outgoing
from bot.ports import Clock, Listener

log = logging.getLogger(__name__)

GAP_SECONDS = 20.0
"""After so long without a socket what was said meanwhile is looked up at once."""
_PATIENCE = 2.5
"""Seconds; Slack waits three for an acknowledgement."""
_THERE = frozenset({"already_in_channel", "cant_invite_self"})


def now() -> datetime:
    """The time on the wall."""
    return datetime.now(UTC)


Start = Callable[[Coroutine[Any, Any, Any]], None]


class Slack:
    """See `bot.ports.Chat`. `settling`: seconds to wait after an unclear answer before looking whether it arrived."""

    platform = PLATFORM
    whispers = True

    def __init__(
        self,
        settings: SlackSection,
        secrets: Secrets,
        workspaces: Workspaces,
        *,
        clock: Clock = now,
        steady: Callable[[], float] = time.monotonic,
        settling: float = 3.0,
        pause: float = 1.0,
        serves: bool = True,
    ) -> None:
        """`pause`: seconds before a first new try to open a socket; `steady`: a clock that only runs forward; `serves`:
        whether `run` starts a server for `application` where one is needed, or somebody else does."""
        self._settings, self._secrets, self._workspaces = settings, secrets, workspaces
        self._clock, self._steady, self._settling, self._pause = clock, steady, settling, pause
        self._seats: dict[str, Seat] = {}
        self._opening = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None
        self._followers: dict[str, Follower] = {}
        self._follow: Callable[[Workspace], Follower] = _nobody_listens
        self._removed: asyncio.Queue[TransportError] = asyncio.Queue()
        self._connected = 0
        self._serves = serves
        self._door: Door | None = None
        self.port: int | None = None
        """Where the server listens, when there is one."""
        self.listening = asyncio.Event()
        """Set while Slack can reach us."""

    # ── listening ─────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self, listener: Listener) -> None:
        """See `bot.ports.Chat.run`."""
        async with self._connection(), Intake(listener) as intake:
            seats = await patiently(self._open, pause=self._pause)
            reception = Reception(
                put=intake.put, find=self._find, left=self._left, added=self._workspaces.came.set, clock=self._clock
            )
            self._door = Door(
                reception.take,
                clock=self._clock,
                signing_secret=self._secrets.signing_secret,
                flow=self._workspaces.flow,
            )
            try:
                await self._run(listener, seats, self._door)
            finally:
                self._door = None
                await reception.close()

    async def _run(self, listener: Listener, seats: list[Seat], door: Door) -> None:
        if self._settings.mode == "socket":  # a token that is no good is told now
            await patiently(self._fresh_url, pause=self._pause)
        async with _together() as start:
            self._follow = partial(self._begin_following, listener, start)
            followers = [self._follow(seat.space) for seat in seats]
            start(self._until_removed())
            start(self._welcome())
            if self._settings.mode == "http" or door.flow:
                start(self._serve())
            if self._settings.mode == "socket":
                start(self._when_settled(followers, door))

    def _begin_following(self, listener: Listener, start: Start, space: Workspace) -> Follower:
        follower = Follower(
            space=space,
            listener=listener,
            clock=self._clock,
            line_open=self._is_connected,
            opened=self.listening,
        )
        self._followers[space.ids.team] = follower
        start(self._keep_following(follower))
        return follower

    async def _keep_following(self, follower: Follower) -> None:
        """Where several workspaces are served, one whose token is no good does not end the others."""
        try:
            await follower.run()
        except TransportError as failed:
            if self._workspaces.flow is None:
                raise
            log.warning("the Slack workspace %s is left out: %s", follower.space.ids.team, failed)
            self._seats.pop(follower.space.ids.team, None)
        await asyncio.Event().wait()

    async def _welcome(self) -> None:
        """Begin at once in a workspace that installs Ander while it runs."""
        while True:
            await self._workspaces.came.wait()
            self._workspaces.came.clear()
            for space in await patiently(lambda: self._workspaces.open(self._shared), pause=self._pause):
                self._begin(space)

    def _begin(self, space: Workspace) -> None:
        """Once, also when two events of a new workspace come together."""
        if space.ids.team not in self._seats:
            self._sit(space)
            self._follow(space)

    async def _until_removed(self) -> None:
        """Raises TransportError(permanent=True) when Ander was removed from the only workspace."""
        raise await self._removed.get()

    def _is_connected(self) -> bool:
        return self._settings.mode == "http" or self._connected > 0

    async def _when_settled(self, followers: list[Follower], door: Door) -> None:
        """Listen once it is known who may read what."""
        for follower in followers:
            await follower.settled.wait()
        assert self._session is not None  # noqa: S101 # we are inside _connection
        sockets = Sockets(
            url=self._fresh_url,
            hear=door.from_socket,
            session=self._session,
            opened=self._opened,
            closed=self._closed,
            first_pause=self._pause,
        )
        await sockets.run()

    def _opened(self, gap: float) -> None:
        self._connected += 1
        self.listening.set()
        if gap > GAP_SECONDS:
            for follower in self._followers.values():
                follower.again()

    def _closed(self) -> None:
        self._connected -= 1
        if not self._connected:
            self.listening.clear()

    async def _fresh_url(self) -> str:
        """A url that opens one socket. Raises TransportError, permanent when the app-level token is no good."""
        return await checking.socket_url(self._secrets, self._shared)

    def application(self, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
        """What Slack and browsers speak to over HTTP, for any ASGI server. It answers while `run` runs."""
        events, installs = self._settings.mode == "http", self._workspaces.flow is not None
        return http.application(lambda: self._door, events=events, installs=installs, lifespan=lifespan)

    async def _serve(self) -> None:
        async with AsyncExitStack() as until:
            if self._serves:
                server = http.serving(self.application(), self._settings.host, self._settings.port)
                self.port = await until.enter_async_context(server)
            if self._settings.mode == "http":
                self.listening.set()
            await asyncio.Event().wait()

    # ── workspaces ────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=SECONDS, sock_connect=SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:
            try:
                yield
            finally:
                self._session = None
                await self._workspaces.close()

    def _shared(self) -> aiohttp.ClientSession | None:
        return self._session

    async def _open(self) -> list[Seat]:
        async with self._opening:
            if not self._seats:
                for space in await self._workspaces.open(self._shared):
                    self._sit(space)
            return list(self._seats.values())

    def _sit(self, space: Workspace) -> Seat:
        speaker = Speaker(
            space=space,
            pacer=Pacer(self._steady),
            settling=self._settling,
            pins=self._settings.pin,
            trusted=self._trusts,
        )
        return self._seats.setdefault(space.ids.team, Seat(space=space, speaker=speaker))

    def _trusts(self, url: str) -> bool:
        """Whether a response_url is Slack's own. Where a stand-in takes Slack's place, its urls can be any."""
        stand_in = urlsplit(self._secrets.base).hostname != "slack.com"
        return stand_in or url.startswith("https://hooks.slack.com/")

    async def _find(self, team: str, enterprise: str | None) -> Seat | None:
        await self._open()
        if team not in self._seats and (space := await self._workspaces.find(team, enterprise)):
            self._begin(space)
        if follower := self._followers.get(team):
            await _settled(follower)
        return self._seats.get(team)

    async def _left(self, team: str | None, enterprise: str | None) -> None:
        try:
            out = await self._workspaces.gone(team, enterprise)
        except TransportError as alone:
            if alone.retryable:
                raise
            self._removed.put_nowait(alone)
            return
        for one in out:
            self._seats.pop(one, None)
            if follower := self._followers.pop(one, None):
                follower.end()

    async def _seat_of(self, id: str) -> Seat:
        """The seat for one of our ids. Raises TransportError when Ander is not (any more) in that workspace."""
        seats = await self._open()
        team = team_of(id)
        found = self._seats.get(team) if team else seats[0] if seats else None
        if found is None:
            raise TransportError("Ander is not in that Slack workspace (any more)", permanent=True)
        return found

    # ── saying ────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, outgoing: Outgoing) -> str:
        """See `bot.ports.Chat.send`."""
        return await (await self._seat_of(_place(outgoing))).speaker.send(outgoing)

    async def find_sent(self, outgoing: Outgoing) -> str | None:
        """See `bot.ports.Chat.find_sent`."""
        return await (await self._seat_of(_place(outgoing))).speaker.find_sent(outgoing)

    def link(self, ref: Ref) -> str | None:
        """See `bot.ports.Chat.link`. None before it is known what the workspace's address is."""
        team, ts = team_of(ref.channel), stamp(ref.id)
        seat = self._seats.get(team) if team else next(iter(self._seats.values()), None)
        if seat is None or ts is None or not seat.space.url.startswith("https://"):
            return None
        return f"{seat.space.url.rstrip('/')}/archives/{bare(ref.channel)}/p{ts.replace('.', '')}"

    async def is_member(self, person: PersonId, channel: ChannelId) -> bool | None:
        """See `bot.ports.Chat.is_member`. Where Ander cannot look nobody counts as a member."""
        space = (await self._seat_of(channel)).space
        try:
            return bare(person) in await space.members(bare(channel))
        except SlackRefused as refused:
            if refused.retryable:
                raise
            return False

    async def bring_in(self, person: PersonId, channel: ChannelId) -> bool:
        """See `bot.ports.Chat.bring_in`."""
        if not self._settings.invite:
            return False
        space = (await self._seat_of(channel)).space
        try:
            await space.api.do("conversations.invite", channel=bare(channel), users=bare(person))
        except SlackRefused as refused:
            return refused.code in _THERE
        space.forget_members(bare(channel))
        return True

    async def forget(self, person: PersonId) -> None:
        """See `bot.ports.Chat.forget`. Nothing of people lies on disk here; what is remembered for a minute passes."""

    async def check(self) -> list[Finding]:
        """See `bot.ports.Chat.check`."""
        return await checking.check(self._settings, self._secrets, self._open)

    async def history(self, channel: ChannelId, since: datetime) -> AsyncIterator[Sequence[Event]]:
        """See `bot.ports.Chat.history`."""
        space = (await self._seat_of(channel)).space
        async for events in history.recall(space, channel, since, self._clock()):
            yield events


async def _settled(follower: Follower) -> None:
    """Before it is known who may read what, nothing is taken in. Raises TransportError when that takes too long."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await follower.settled.wait()
    except TimeoutError:
        raise TransportError("it is not known yet who may read what") from None


def _nobody_listens(space: Workspace) -> Follower:  # noqa: ARG001 # takes the place of what does
    raise TransportError("nobody listens to Slack yet")


def _place(outgoing: Outgoing) -> str:
    return outgoing.target.channel or outgoing.target.person or ""


@asynccontextmanager
async def _together() -> AsyncIterator[Start]:
    """Start work with what is given; inside the block it runs. The first to fail or end takes the others with it."""
    tasks: list[asyncio.Task[Any]] = []

    def start(work: Coroutine[Any, Any, Any]) -> None:
        tasks.append(asyncio.create_task(work))

    try:
        yield start
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
