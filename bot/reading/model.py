"""The words of reading: what somebody said (Utterance) and what Ander makes of it (Reading). Plain data only."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a message is, for a community of practice. The order is that of the weights' columns."""

    question = "question"
    request = "request"
    clarify = "clarify"
    answer = "answer"
    knowhow = "knowhow"
    thanks = "thanks"
    other = "other"


KINDS: tuple[Kind, ...] = tuple(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One message, platform-neutral: plain text with mentions as `<@person>`.

    `at` is unix time in seconds. `thread` is the id of the thread's root message; a root itself has None.
    `reply_to` is the message it explicitly replies to. `mentions` are the people it names.
    """

    id: str
    author: str
    text: str
    at: float
    thread: str | None = None
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """This message answers that question, with a probability."""

    question: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What Ander makes of one message. Confidences are probabilities.

    `resolves` is the question of the same author that this message calls solved; `answers` are the questions it
    answers, best first; `parent` is the message it most likely reacts to (None: it starts something new);
    `masked` is the only text that may be stored; `secrets` are the kinds of secret that were masked; `why` holds
    short machine keys with a value, for `explain`, when the reader `explains`; `chances` are those of every kind in the
    order of `KINDS`.
    """

    id: str
    kind: Kind
    confidence: float
    lang: str | None
    keep: bool
    keep_confidence: float
    resolved: bool
    resolves: str | None
    answers: tuple[Link, ...]
    masked: str
    secrets: tuple[str, ...]
    why: tuple[str, ...]
    parent: str | None = None
    chances: tuple[float, ...] = ()
