"""Turns labelled messages into what the fitting wants: each message's features as the reader would see them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.reading import KINDS, Conversation, Kind, Link, Reading
from bot.reading.alone import look_alone
from bot.reading.features import Features
from bot.reading.look import look_at
from training.corpora import Row
from training.fit import Floats, Task

SEEN = 4  # messages a word feature must occur in


@dataclass(frozen=True, slots=True)
class Example:
    """One message with its features in its place and without it."""

    row: Row
    features: Features
    alone: Features


Guess = Callable[[Row], Kind]


def examples(rows: Sequence[Row], guess: Guess | None = None) -> list[Example]:
    """The rows in order, each read in the conversation before it.

    What was said before counts as what `guess` says it was, or as what it truly was.
    """
    conversations: dict[tuple[str, str], Conversation] = {}
    found: list[Example] = []
    for row in rows:
        conversation = conversations.setdefault((row.community, row.channel), Conversation())
        found.append(_example(row, conversation) if not row.lone else _lone(row))
        kind = guess(row) if guess else row.kind
        if kind is not None:
            conversation.add(row.utterance, told(row, kind))
    return found


def _example(row: Row, conversation: Conversation) -> Example:
    text = row.utterance.text
    return Example(row, look_at(row.utterance, text, conversation).features, look_alone(text).features)


def _lone(row: Row) -> Example:
    features = look_alone(row.utterance.text).features
    return Example(row, features, features)


def alone(found: Iterable[Example], share: float) -> list[Example]:
    """Chat messages once more as if nothing had been said before them, weighing `share` of what they do in place.

    Without these, what is first in a channel would be read by what few such messages the corpus has.
    """
    empty = Conversation()
    made = []
    for one in found:
        if one.row.lone or one.row.kind in (Kind.clarify, Kind.answer):
            continue
        row = replace(one.row, utterance=replace(one.row.utterance, thread=None), weight=one.row.weight * share)
        made.append(_example(row, empty))
    return made


def told(row: Row, kind: Kind, parent: str | None = None) -> Reading:
    """The reading that a perfect reader would give, with `kind` as its kind."""
    return Reading(
        id=row.utterance.id,
        kind=kind,
        confidence=1.0,
        lang=None,
        keep=bool(row.keep),
        keep_confidence=1.0,
        resolved=bool(row.resolved),
        resolves=None,
        answers=tuple(Link(question=one, confidence=1.0) for one in row.answers),
        masked=row.utterance.text,
        secrets=(),
        why=(),
        parent=parent,
    )


def vocabulary(found: Iterable[Example]) -> list[str]:
    """The features worth a weight: every cue, and the words that several messages have."""
    seen = Counter(name for one in found for name in one.features)
    return sorted(name for name, count in seen.items() if count >= SEEN or (name[0] in "cr" and count >= 2))


def table(features: Sequence[Features], names: Sequence[str]) -> Floats:
    """Features as a dense array, one row each."""
    at = {name: n for n, name in enumerate(names)}
    out = np.zeros((len(features), len(names)), np.float32)
    for n, one in enumerate(features):
        for name, value in one.items():
            if name in at:
                out[n, at[name]] = value
    return out


def task(found: Sequence[Example], names: Sequence[str], vectors: Floats | None, *, alone: bool = False) -> Task:
    """The fitting task. The columns of `vectors` follow those of the named features."""
    left = table([one.alone if alone else one.features for one in found], names)
    features = left if vectors is None else np.concatenate([left, vectors], axis=1)
    kinds = np.array([[float(kind in one.row.kinds) for kind in KINDS] for one in found], np.float32)
    flags = np.array([[_flag(one.row.keep), _flag(one.row.resolved)] for one in found], np.float32)
    weights = np.array([one.row.weight for one in found], np.float32)
    return Task(features, kinds, flags, weights, _decay(names, 0 if vectors is None else vectors.shape[1]))


def _flag(value: bool | None) -> float:
    return float("nan") if value is None else float(value)


def _decay(names: Sequence[str], dimension: int) -> Floats:
    """Words are held tighter than cues: there are many of them and each is seen seldom."""
    tight = {"c": 2e-4, "r": 1e-4, "x": 5e-4}
    return np.array([tight.get(name[0], 1.2e-3) for name in names] + [VECTOR_DECAY] * dimension, np.float32)


VECTOR_DECAY = 4e-4


def right_kinds(found: Sequence[Example]) -> NDArray[np.int64]:
    """The column of each example's kind; only for examples with one kind."""
    return np.array([KINDS.index(next(iter(one.row.kinds))) for one in found], np.int64)
