"""From a typed line to what somebody means by it. Pure: no clock, no record, no printing."""

import difflib
import re
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say something in the channel."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """Answer in the thread of a numbered message."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """Put an emoji (its short name) on a numbered message, or take it away."""

    number: int
    emoji: str
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Change one's own numbered message."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Take a numbered message back."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A command to Ander."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Press a numbered button, with words if it asks for them."""

    number: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BecomePerson:
    """Go on as somebody else."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTo:
    """Go on in another channel."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Let time pass."""

    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Show the last messages again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Show what can be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    """Leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """An empty line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Begins like a command of the terminal but is none, or lacks something. `instead`: what to type."""

    instead: str


Typed = (
    Say
    | ReplyTo
    | React
    | Edit
    | Delete
    | Ask
    | Press
    | BecomePerson
    | GoTo
    | Wait
    | Recent
    | Help
    | Quit
    | Nothing
    | Unclear
)

_EMOJI = {
    "✅": "white_check_mark",
    "✔️": "white_check_mark",
    "check": "white_check_mark",
    "📚": "books",
    "🚫": "no_entry_sign",
    "👍": "+1",
    "❤️": "heart",
    "🎉": "tada",
}
_SIGNS = {"white_check_mark": "✅", "books": "📚", "no_entry_sign": "🚫", "+1": "👍", "heart": "❤️", "tada": "🎉"}
_REACT = re.compile(r"([+-])(\d+)\s+(\S+)")
_REPLY = re.compile(r">\s*(\d+)\s+(.+)", re.DOTALL)
_PRESS = re.compile(r"#(\d+)(?:\s+(.+))?", re.DOTALL)
_ANDER = re.compile(r"[/!@]ander\b[:,]?\s*(.*)", re.DOTALL | re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,3})\s*(m|h|u|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "u": "hours", "d": "days", "w": "weeks"}
_USAGE = {
    "reply": "/reply N text",
    "react": "/react N ✅",
    "edit": "/edit N text",
    "delete": "/delete N",
    "as": "/as NAME",
    "channel": "/channel NAME",
    "wait": "/wait 4h",
    "recent": "/recent",
    "help": "/help",
    "quit": "/quit",
    "ander": "/ander help",
}


def understand(line: str) -> Typed:
    """What a line means. Never raises: whatever is no command of the terminal is something said."""
    line = line.strip()
    if not line:
        return Nothing()
    if found := _ANDER.fullmatch(line):
        return Ask(text=found[1].strip())
    if found := _REPLY.fullmatch(line):
        return ReplyTo(number=int(found[1]), text=found[2].strip())
    if found := _REACT.fullmatch(line):
        return React(number=int(found[2]), emoji=emoji_name(found[3]), away=found[1] == "-")
    if found := _PRESS.fullmatch(line):
        return Press(number=int(found[1]), text=(found[2] or "").strip())
    if line.startswith("/"):
        word, _space, rest = line[1:].partition(" ")
        return _slash(word.lower(), rest.strip())
    return Say(text=line)


def emoji_name(text: str) -> str:
    """The short name of an emoji, however it was typed: ✅, :white_check_mark:, check."""
    bare = text.strip(":")
    return _EMOJI.get(bare, bare)


def emoji_sign(name: str) -> str:
    """The emoji itself, for showing."""
    return _SIGNS.get(name, f":{name}:")


def _slash(word: str, rest: str) -> Typed:
    match word:
        case "help" | "?" | "hulp":
            return Help()
        case "quit" | "exit" | "q" | "stop":
            return Quit()
        case "recent":
            return Recent()
        case "as" if rest:
            return BecomePerson(name=rest)
        case "channel" | "join" if rest:
            return GoTo(name=rest)
        case "wait" if found := _SPAN.fullmatch(rest.lower()):
            return Wait(span=timedelta(**{_UNITS[found[2]]: int(found[1])}))
        case _:
            return _numbered(word, rest)


def _numbered(word: str, rest: str) -> Typed:
    first, _space, text = rest.partition(" ")
    number = int(first) if first.isdecimal() else None
    text = text.strip()
    if number is not None:
        match word:
            case "reply" if text:
                return ReplyTo(number=number, text=text)
            case "react" if text:
                return React(number=number, emoji=emoji_name(text))
            case "edit" if text:
                return Edit(number=number, text=text)
            case "delete":
                return Delete(number=number)
    near = difflib.get_close_matches(word, _USAGE, n=1, cutoff=0.5)
    return Unclear(instead=_USAGE[near[0]] if near else "/help")
