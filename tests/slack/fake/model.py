"""The nouns of a Slack: teams, users, channels, messages, views, files, tokens. Mutable, for Slack is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
"""A payload. Its values are whatever Slack sends."""

ChannelType = Literal["channel", "group", "im", "mpim"]
"""Public, private, direct between two, direct between several."""


@dataclass(slots=True, kw_only=True)
class Team:
    """A workspace."""

    id: str
    name: str
    domain: str
    enterprise: str | None = None


@dataclass(slots=True, kw_only=True)
class Organisation:
    """An Enterprise Grid: several workspaces. `granted`: those that the app may be in when it is installed for all."""

    id: str
    name: str
    domain: str
    granted: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody of one team: a person, or an app's bot user (then `bot_id` is set)."""

    id: str
    team: str
    name: str
    real_name: str
    display_name: str = ""
    tz: str = "Europe/Amsterdam"
    tz_offset: int = 3600
    locale: str = "en-US"
    email: str = ""
    deleted: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    bot_id: str | None = None
    updated: int = 0


@dataclass(slots=True, kw_only=True)
class Message:
    """What stands in a channel. `extra` holds what only its subtype has."""

    ts: str
    channel: str
    team: str
    text: str
    user: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    files: list[Json] = field(default_factory=list)
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json | None = None
    bot_id: str | None = None
    app_id: str | None = None
    client_msg_id: str | None = None
    broadcast: bool = False
    extra: Json = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True, kw_only=True)
class Ephemeral:
    """What one person sees until they reload; in no history."""

    message: Message
    user: str
    gone: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation. `threads`: the replies under each parent; `shared_with`: other teams that are in it (Slack
    Connect); `private_in`: those for which it is private though it is public to its own team; `of_several`: workspaces
    of one organisation share it."""

    id: str
    team: str
    name: str
    type: ChannelType
    creator: str
    created: int
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    general: bool = False
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[str]] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    shared_with: set[str] = field(default_factory=set)
    private_in: set[str] = field(default_factory=set)
    previous_names: list[str] = field(default_factory=list)
    of_several: bool = False
    open: bool = True

    @property
    def teams(self) -> set[str]:
        """Every team that is in it."""
        return {self.team, *self.shared_with}

    def is_private(self, team: str) -> bool:
        """Whether that team sees it as private."""
        return self.type != "channel" or team in self.private_in

    def replies(self, ts: str) -> list[Message]:
        """The messages under `ts`, oldest first, without the parent."""
        return [self.messages[one] for one in self.threads.get(ts, ())]


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a Home tab, as the person sees it now."""

    id: str
    team: str
    user: str
    kind: Literal["modal", "home"]
    content: Json
    hash: str
    root: str
    previous: str | None = None
    open: bool = True
    response_channel: str | None = None


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """An uploaded file; `content` is None until its bytes came in, `shared` until it was completed."""

    id: str
    team: str
    user: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    shared: bool = False
    channels: list[str] = field(default_factory=list)
    created: int = 0


@dataclass(slots=True, kw_only=True)
class Token:
    """A key to the Web API. `expires` is None without token rotation; `team` of a whole organisation is its id."""

    value: str
    kind: Literal["bot", "app"]
    team: str
    user: str
    scopes: frozenset[str]
    expires: datetime | None = None
    refresh: str | None = None
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Install:
    """The app in one team. `enterprise`: of an install for a whole organisation, whose token it then is."""

    team: str
    bot_user: str
    bot_id: str
    scopes: frozenset[str]
    installer: str
    active: bool = True
    enterprise: str | None = None


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What lets the app open a modal: for 3 seconds, once."""

    id: str
    user: str
    team: str
    at: datetime
    used: bool = False
    view: str | None = None


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Lets the app answer an interaction: 5 times within 30 minutes. `source` is the message that was pressed."""

    key: str
    user: str
    team: str
    channel: str
    at: datetime
    used: int = 0
    source: Message | None = None
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something the app put before people, as it was accepted. `to`: who alone sees it (ephemeral).

    `alarms`: control sequences in it that notify people (`<!channel>`, `<!here>`, `<!everyone>`, `<@U…>`,
    `<!subteam^…>`); `unfurls`: whether links or media could have been unfolded.
    """

    method: str
    channel: str
    ts: str
    text: str
    at: datetime
    to: str | None = None
    thread_ts: str | None = None
    blocks: tuple[Json, ...] = ()
    metadata: Json | None = None
    alarms: tuple[str, ...] = ()
    unfurls: bool = False
