"""The script of the demo: an invented organisation, what its people say, and how they react to Ander. Data only."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import InputError
from bot.events import ChannelId, ChannelKind, PersonId, WorkspaceId

ZONE = ZoneInfo("Europe/Amsterdam")
PLATFORM = "terminal"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(
    r"(?:(?P<week>\d+) (?P<day>[a-z]{3}) (?P<clock>\d\d:\d\d)|\+(?P<minutes>\d+)) (?P<what>.+)", re.DOTALL
)
_SAID = re.compile(r"#(?P<channel>\S+) (?P<by>\S+) (?P<name>\w+)(?:>(?P<root>\w+))?: (?P<text>.+)", re.DOTALL)
_MARKED = re.compile(r"\+ (?P<emoji>\S+) (?P<by>\S+) (?P<name>\w+)")
_PRESSED = re.compile(r"press(?:: (?P<text>.+))?", re.DOTALL)
_CALLED = re.compile(r"! #(?P<channel>\S+) (?P<by>\S+) (?P<text>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message. `name` is what the script calls it, `root` the message whose thread it is in."""

    channel: str
    by: str
    name: str
    text: str
    root: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A reaction with an emoji's short name."""

    emoji: str
    by: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A command to Ander."""

    channel: str
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """The button that the cue waited for is pressed; `text` is what they type with it, when it asks for words."""

    text: str = ""


What = Said | Marked | Called | Pressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What `person` does once Ander offers them a button whose token begins with `button`, about the message
    that the script calls `about`. `then`: how long after, and what."""

    name: str
    person: str
    button: str
    about: str
    then: tuple[tuple[timedelta, What], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the invented organisation, with the channels they are in."""

    id: PersonId
    name: str
    lang: str
    timezone: str
    guest: bool
    channels: tuple[ChannelId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Everything the demo needs. `lines` are in the order of time, UTC."""

    workspace: WorkspaceId
    starts: datetime
    people: Mapping[str, Member]
    channels: Mapping[str, ChannelKind]
    communities: Mapping[str, Any] = field(repr=False)
    lines: tuple[tuple[datetime, What], ...] = field(repr=False)
    cues: tuple[Cue, ...]

    @property
    def ends(self) -> datetime:
        """The Monday after the last message, when the last weekly report has gone out."""
        last = self.lines[-1][0].astimezone(ZONE).date()
        monday = last + timedelta(days=7 - last.weekday())
        return datetime.combine(monday, time(9, 5), ZONE).astimezone(UTC)


def recent_start(now: datetime) -> date:
    """The Monday from which the eight weeks, and the reports after them, are just over at `now`."""
    local = now.astimezone(ZONE)
    monday = local.date() - timedelta(days=local.weekday())
    early = local < datetime.combine(monday, time(9, 30), ZONE)
    return monday - timedelta(weeks=9 if early else 8)


def load_script(starts: date | None = None) -> Script:
    """The script that comes with Ander, beginning on a Monday of choice, else always on the same one.

    Raises InputError naming the line that cannot be read.
    """
    organisation = tomllib.loads(_read("organisation.toml"))
    starts = starts or date.fromisoformat(str(organisation["starts"]))
    return Script(
        workspace=WorkspaceId(organisation["workspace"]),
        starts=datetime.combine(starts, time(8), ZONE).astimezone(UTC),
        people={key: _member(key, facts) for key, facts in organisation["people"].items()},
        channels={key: ChannelKind(kind) for key, kind in organisation["channels"].items()},
        communities=organisation["communities"],
        lines=tuple(sorted(_timed(_read("conversation.txt"), starts), key=lambda line: line[0])),
        cues=tuple(_cue(facts) for facts in tomllib.loads(_read("cues.toml"))["cues"]),
    )


def person_id(name: str) -> PersonId:
    """The id of a person of the script."""
    return PersonId(f"{PLATFORM}:{name}")


def channel_id(name: str) -> ChannelId:
    """The id of a channel of the script."""
    return ChannelId(f"{PLATFORM}:#{name}")


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _member(key: str, facts: Mapping[str, Any]) -> Member:
    return Member(
        id=person_id(key),
        name=facts["name"],
        lang=facts["lang"],
        timezone=facts.get("timezone", ZONE.key),
        guest=facts.get("guest", False),
        channels=tuple(channel_id(name) for name in facts["in"]),
    )


def _timed(source: str, starts: date) -> Iterator[tuple[datetime, What]]:
    for found, what in _lines(source):
        days = 7 * (int(found["week"]) - 1) + _DAYS.index(found["day"])
        local = datetime.combine(starts + timedelta(days=days), time.fromisoformat(found["clock"]), ZONE)
        yield local.astimezone(UTC), what


def _cue(facts: Mapping[str, Any]) -> Cue:
    then = tuple((timedelta(minutes=int(found["minutes"])), what) for found, what in _lines(facts["then"]))
    return Cue(name=facts["name"], person=facts["person"], button=facts["button"], about=facts["about"], then=then)


def _lines(source: str) -> Iterator[tuple[re.Match[str], What]]:
    for number, line in enumerate(source.splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        found = _LINE.fullmatch(line)
        what = _what(found["what"]) if found else None
        if found is None or what is None:
            raise InputError(f"Line {number} of the demo cannot be read: {line[:60]!r}.")
        yield found, what


def _what(text: str) -> What | None:
    if pressed := _PRESSED.fullmatch(text):
        return Pressed(text=pressed["text"] or "")
    if said := _SAID.fullmatch(text):
        return Said(channel=said["channel"], by=said["by"], name=said["name"], text=said["text"], root=said["root"])
    if marked := _MARKED.fullmatch(text):
        return Marked(emoji=marked["emoji"], by=marked["by"], name=marked["name"])
    if called := _CALLED.fullmatch(text):
        return Called(channel=called["channel"], by=called["by"], text=called["text"])
    return None


def said(script: Script) -> Sequence[Said]:
    """All messages of the script, those of the cues included."""
    ahead = [what for _, what in script.lines]
    later = [what for cue in script.cues for _, what in cue.then]
    return [what for what in (*ahead, *later) if isinstance(what, Said)]
