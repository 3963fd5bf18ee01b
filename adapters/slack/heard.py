"""What a payload of Slack's means: the answer of everything that translates."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.slack.carrying import Carried, Opened
from adapters.slack.ids import Ids
from adapters.untrusted import Raw
from bot.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who Ander is in one workspace. `channels`: Slack's id → name, of the channels it knows."""

    ids: Ids
    user: str
    bot: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A press that wants a modal first. `trigger` lives three seconds."""

    carried: Carried
    label: str
    opened: Opened
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A message whose buttons were pressed and should go: its blocks as they were (none for one that only one person
    sees), without the row that was pressed, and which label it was."""

    blocks: tuple[Raw, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a payload means. `look_up`: a channel of which Slack should be asked how it is now, before the events are
    taken in. `gone`: Ander is no longer in this workspace. `ask`: a modal to open.
    `url`: where to answer privately; `pressed`: what to do with the message that was pressed. `mark`: (channel,
    message, emoji) to show beside the message once it is taken in."""

    events: tuple[Event, ...] = ()
    look_up: str | None = None
    gone: bool = False
    ask: Ask | None = None
    url: str = ""
    pressed: Pressed | None = None
    mark: tuple[str, str, str] | None = None


NOTHING = Heard()

CALLED = "called"
"""The end of the event ids of commands that were written as a message."""
