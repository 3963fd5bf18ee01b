"""What a button means: a typed choice, and the token that carries it to the platform and back.

A token is the choice's word and its values, percent-encoded and joined by ":" ("invitation:accept:5f2c…"). It
comes back from outside, so it proves nothing: whoever acts on a choice checks who pressed and what they may do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, get_type_hints
from urllib.parse import quote, unquote

from bot.anders.invitation import Step
from bot.model import InvitationId, Ref, parse_ref
from bot.outgoing import Button, Form

LONGEST = 1900
"""Characters; Slack carries no more than 2,000 in a button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionChoice:
    """*This helped* or *Not the same*, under an earlier question that Ander showed to an asker."""

    helped: bool
    question: Ref
    earlier: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationChoice:
    """What an ander answers to an invitation; `Step.HELP` is the asker's *This helped* under what they said."""

    step: Step
    invitation: InvitationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChoice:
    """Whether the asker lets their question leave its channel."""

    granted: bool
    question: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class TellChoice:
    """Whether the report may tell about an exchange that helped."""

    granted: bool
    question: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetChoice:
    """Whether somebody really wants to be forgotten."""

    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMore:
    """The next results. The query travels in the button, so that nothing needs to remember who sought what."""

    search: str
    offset: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOpened:
    """Somebody wants to read one result whole."""

    search: str
    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHelped:
    """One result helped."""

    search: str
    ref: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMore:
    """More of the questions that wait, in one domain when it is named."""

    offset: int
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """Somebody filled in the form of their own settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One click instead of typing: the same as saying these words to Ander, and after them whatever was typed."""

    words: str


Choice = (
    SuggestionChoice
    | InvitationChoice
    | ConsentChoice
    | TellChoice
    | ForgetChoice
    | SearchMore
    | SearchOpened
    | SearchHelped
    | OpenMore
    | ChangeSettings
    | Run
)

_WORDS: Mapping[str, type[Choice]] = MappingProxyType(
    {
        "suggestion": SuggestionChoice,
        "invitation": InvitationChoice,
        "consent": ConsentChoice,
        "tell": TellChoice,
        "forget": ForgetChoice,
        "search-more": SearchMore,
        "search-opened": SearchOpened,
        "search-helped": SearchHelped,
        "open-more": OpenMore,
        "change-settings": ChangeSettings,
        "run": Run,
    }
)
_NAMES: Mapping[type[Choice], str] = MappingProxyType({cls: word for word, cls in _WORDS.items()})


def button(label: str, choice: Choice, asks: str | None = None, form: Form | None = None) -> Button:
    """A button that stands for `choice`; `asks` is the prompt when words are wanted with it, `form` what opens."""
    return Button(label=label, token=make(choice), asks=asks, form=form)


def make(choice: Choice) -> str:
    """The token of a choice. Raises ValueError when it is longer than a platform carries."""
    values = (quote(_write(getattr(choice, field.name)), safe="") for field in fields(choice))
    token = ":".join((_NAMES[type(choice)], *values))
    if len(token) > LONGEST:
        raise ValueError(f"a button carries at most {LONGEST} characters, this one has {len(token)}")
    return token


def parse(token: str) -> Choice | None:
    """The choice that `make` wrote; None when the token is none of ours."""
    word, *values = token.split(":")
    kind = _WORDS.get(word)
    if kind is None or len(token) > LONGEST:
        return None
    try:
        read = zip(_READERS[word].items(), values, strict=True)
        return kind(**{name: reader(unquote(value)) for (name, reader), value in read})
    except ValueError:
        return None


def _write(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _read_bool(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"neither yes nor no: {text!r}")
    return text == "yes"


_TYPES: Mapping[object, Callable[[str], Any]] = MappingProxyType(
    {bool: _read_bool, int: int, Ref: parse_ref, Step: Step}
)


def _readers(kind: type[Choice]) -> dict[str, Callable[[str], Any]]:
    hints = get_type_hints(kind)
    return {field.name: _TYPES.get(hints[field.name], str) for field in fields(kind)}


_READERS = {word: _readers(kind) for word, kind in _WORDS.items()}
