"""What a Slack knows: everything in memory, in one place, open to every assertion."""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.slack.fake.errors import Refused
from tests.slack.fake.model import (
    Channel,
    ChannelType,
    Ephemeral,
    Install,
    Json,
    Message,
    Organisation,
    ResponseUrl,
    Said,
    StoredFile,
    Team,
    Token,
    Trigger,
    User,
    View,
)

SLACKBOT = "USLACKBOT"
_LETTERS = string.ascii_uppercase + string.digits
_CHANNEL_LETTER: dict[ChannelType, str] = {"channel": "C", "group": "C", "im": "D", "mpim": "G"}


def real_time() -> datetime:
    """The clock of a wall."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class AppSettings:
    """The one app of this Slack, as its manifest and its page of secrets say. `request_url`: where HTTP mode posts
    to; `events`: what it subscribed to, None for everything; `rotation`: whether tokens expire."""

    id: str = "A0ANDER"
    name: str = "ander"
    client_id: str = "1.2"
    client_secret: str = "the client's secret"
    signing_secret: str = "the signing secret"
    verification: str = "the old verification token"
    scopes: frozenset[str] = frozenset()
    socket_mode: bool = True
    request_url: str | None = None
    events: frozenset[str] | None = None
    commands: frozenset[str] = frozenset({"/ander"})
    rotation: bool = False


class State:
    """The record of a Slack. `emit` hands an event to whoever delivers; `changed` is called after anything changed."""

    def __init__(self, app: AppSettings, clock: Callable[[], datetime], rng: random.Random) -> None:
        self.app, self.clock, self.rng = app, clock, rng
        self.base = ""
        self.teams: dict[str, Team] = {}
        self.organisations: dict[str, Organisation] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Ephemeral] = []
        self.views: dict[str, View] = {}
        self.files: dict[str, StoredFile] = {}
        self.tokens: dict[str, Token] = {}
        self.installs: dict[str, Install] = {}
        self.codes: dict[str, Json] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.said: list[Said] = []
        self.emit: Callable[[Json, str, Channel | None], None] = _nobody
        self.changed: Callable[[], None] = lambda: None
        self.users[SLACKBOT] = User(id=SLACKBOT, team="", name="slackbot", real_name="Slackbot")
        self._last = 0

    # ── ids and moments ───────────────────────────────────────────────────────────────────────────────────────

    def new_id(self, prefix: str, length: int = 9) -> str:
        """An id like Slack's: a letter and capitals."""
        return prefix + "".join(self.rng.choices(_LETTERS, k=length))

    def secret(self, length: int = 24) -> str:
        """Something nobody guesses."""
        return "".join(self.rng.choices(string.ascii_letters + string.digits, k=length))

    def ts(self) -> str:
        """A new timestamp: now in microseconds, never twice the same."""
        self._last = max(self._last + 1, int(self.clock().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def seconds(self) -> int:
        """Now, as the epoch's seconds."""
        return int(self.clock().timestamp())

    # ── who and where ─────────────────────────────────────────────────────────────────────────────────────────

    def bots(self) -> frozenset[str]:
        """The app's own users, in every team."""
        return frozenset(one.bot_user for one in self.installs.values())

    def token(self, value: str | None) -> Token:
        """The live token by that value. Raises what auth.test would say."""
        if not value:
            raise Refused("not_authed")
        token = self.tokens.get(value)
        if token is None:
            raise Refused("invalid_auth")
        if token.revoked:
            raise Refused("token_revoked")
        if token.expires is not None and token.expires <= self.clock():
            raise Refused("token_expired")
        if token.kind == "bot" and not self.installs[token.team].active:
            raise Refused("account_inactive")
        return token

    def channel_for(self, token: Token, id: str | None) -> Channel:
        """The channel, if the token's bot can know of it: a public one of its team, or one it is in."""
        channel = self.channels.get(id or "")
        if channel is None or token.team not in channel.teams:
            raise Refused("channel_not_found")
        if channel.is_private(token.team) and token.user not in channel.members:
            raise Refused("channel_not_found")
        return channel

    def user_for(self, token: Token, id: str | None) -> User:
        """The user, if of the token's team or met in a shared channel."""
        user = self.users.get(id or "")
        if user is None:
            raise Refused("user_not_found")
        if not user.team:  # Slackbot, and the app's user in an organisation: at home everywhere
            return user
        if user.team != token.team and not self._met(user, token):
            raise Refused("user_not_visible")
        return user

    def _met(self, user: User, token: Token) -> bool:
        return any(user.id in one.members and token.team in one.teams for one in self.channels.values())

    def new_channel(self, team: str, type: ChannelType, name: str, creator: str, members: list[str]) -> Channel:
        """A channel that nobody is told about."""
        channel = Channel(
            id=self.new_id(_CHANNEL_LETTER[type]),
            team=team,
            name=name,
            type=type,
            creator=creator,
            created=self.seconds(),
            members=list(members),
        )
        self.channels[channel.id] = channel
        return channel

    def direct(self, team: str, one: str, other: str) -> Channel:
        """The direct conversation of two, made if it was not there."""
        for channel in self.channels.values():
            if channel.type == "im" and set(channel.members) == {one, other}:
                return channel
        first, second = (other, one) if other in self.bots() else (one, other)
        return self.new_channel(team, "im", "", first, [first, second])

    # ── what an interaction gives the app ─────────────────────────────────────────────────────────────────────

    def new_trigger(self, user: User, team: str, view: str | None = None) -> str:
        """A trigger id, good for 3 seconds."""
        id = f"{self.rng.randrange(10**12)}.{self.rng.randrange(10**12)}.{self.secret(32).lower()}"
        self.triggers[id] = Trigger(id=id, user=user.id, team=team, at=self.clock(), view=view)
        return id

    def take_trigger(self, id: str | None, team: str) -> Trigger:
        """Use up a trigger id. Raises when it is unknown, used or older than 3 seconds."""
        trigger = self.triggers.get(id or "")
        if trigger is None or trigger.team != team:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.clock() - trigger.at > timedelta(seconds=3):
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(
        self, user: User, team: str, channel: str, source: Message | None = None, thread_ts: str | None = None
    ) -> str:
        """A url that takes 5 answers within 30 minutes."""
        key = self.secret()
        self.response_urls[key] = ResponseUrl(
            key=key, user=user.id, team=team, channel=channel, at=self.clock(), source=source, thread_ts=thread_ts
        )
        return f"{self.base}/response/{team}/{key}"


def _nobody(event: Json, team: str, channel: Channel | None) -> None:
    """Nobody delivers yet."""


@dataclass(slots=True)
class Counter:
    """Counts by name; for what has no better place."""

    by: dict[str, int] = field(default_factory=dict)

    def next(self, name: str) -> int:
        """0, 1, 2 … per name."""
        self.by[name] = self.by.get(name, -1) + 1
        return self.by[name]
