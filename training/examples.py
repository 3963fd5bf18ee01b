"""Turns labelled messages into what the fitting wants: each message's features as the reader would see them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.reading import KINDS, Conversation, Kind, Link, Reading
from bot.reading.features import Features
from bot.reading.look import look_at
from bot.reading.replies import Network
from training.corpora import Row
from training.fit import Floats, Sparse

SEEN, SEEN_CUE = 8, 2  # examples that a word, or a cue, must occur in


@dataclass(frozen=True, slots=True)
class Example:
    """One message with its features in its place."""

    row: Row
    features: Features


Guess = Callable[[Row], Sequence[float]]
"""The chance of each kind of a message."""
_LIKELIER = 0.65  # the chance of the kind that somebody in doubt found likelier
_ALONE = {Kind.answer: {Kind.knowhow, Kind.other}, Kind.clarify: {Kind.question}}


def truth(row: Row) -> tuple[float, ...]:
    """What somebody who labelled it says: for certain, or in doubt between some kinds."""
    if row.likely is None:
        return tuple(float(kind in row.kinds) / len(row.kinds) for kind in KINDS)
    rest = (1 - _LIKELIER) / (len(row.kinds) - 1)
    return tuple(_LIKELIER if kind is row.likely else rest * (kind in row.kinds) for kind in KINDS)


def examples(rows: Sequence[Row], network: Network, guess: Guess = truth) -> list[Example]:
    """The rows in order, each read in the conversation before it.

    What was said before counts as what `guess` says it was. `network` tells what a message reacts to.
    """
    conversations: dict[tuple[str, str], Conversation] = {}
    found: list[Example] = []
    for row in rows:
        conversation = conversations.setdefault((row.community, row.channel), Conversation())
        found.append(_example(row, conversation, network))
        conversation.add(row.utterance, told(row, guess(row)))
    return found


def _example(row: Row, conversation: Conversation, network: Network) -> Example:
    return Example(row, look_at(row.utterance, row.utterance.text, conversation, network).features)


def alone(found: Iterable[Example], network: Network, share: float) -> list[Example]:
    """Chat messages once more as if nothing had been said before them, weighing `share` of what they do in place.

    Without these, what is first in a channel would be read by what few such messages the corpus has. There an answer
    can be anything that tells something, and who asks for details just asks.
    """
    empty = Conversation()
    made = []
    for one in found:
        if one.row.lone or one.row.again:
            continue
        kinds = one.row.kinds.union(*(_ALONE.get(kind, ()) for kind in one.row.kinds))
        apart = replace(one.row.utterance, thread=None)
        likely = one.row.likely if kinds == one.row.kinds else None
        row = replace(one.row, utterance=apart, kinds=kinds, likely=likely, weight=one.row.weight * share)
        made.append(_example(row, empty, network))
    return made


def told(row: Row, chances: Sequence[float], parent: str | None = None) -> Reading:
    """The reading of a row by somebody who gives its kinds these chances, and knows the rest."""
    best = max(range(len(KINDS)), key=chances.__getitem__)
    return Reading(
        id=row.utterance.id,
        kind=KINDS[best],
        confidence=round(chances[best], 4),
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
        chances=tuple(chances),
    )


def vocabulary(found: Iterable[Example]) -> tuple[list[str], int]:
    """The features worth a weight, the cues first; and how many of them are cues."""
    seen = Counter(name for one in found for name in one.features)
    cues = sorted(name for name, count in seen.items() if name[:2] == "c " and count >= SEEN_CUE)
    others = sorted(name for name, count in seen.items() if name[:2] != "c " and count >= SEEN)
    return cues + others, len(cues)


def sparse(features: Sequence[Features], names: Sequence[str]) -> Sparse:
    """Features as sparse rows. Each begins with a feature of value 0, so that none is empty."""
    at = {name: n for n, name in enumerate(names)}
    rows = [[(0, 0.0), *((at[name], value) for name, value in one.items() if name in at)] for one in features]
    flat = [pair for row in rows for pair in row]
    return Sparse(
        np.cumsum([0, *(len(row) for row in rows)]),
        np.array([column for column, _ in flat], np.int64),
        np.array([value for _, value in flat], np.float32),
        len(names),
    )


def dense(features: Sequence[Features], names: Sequence[str]) -> Floats:
    """Features as a dense array, one row each."""
    out = np.zeros((len(features), len(names)), np.float32)
    for row, one in zip(out, features, strict=True):
        row[:] = [one.get(name, 0.0) for name in names]
    return out


def labels(found: Sequence[Example]) -> tuple[Floats, Floats, Floats]:
    """The allowed kinds (or the chance of each), the yes/no targets (keep, resolved) and the weight of each example."""
    kinds = np.array([_target(one.row) for one in found], np.float32)
    flags = np.array([[_flag(one.row.keep), _flag(one.row.resolved)] for one in found], np.float32)
    return kinds, flags, np.array([one.row.weight for one in found], np.float32)


def _target(row: Row) -> Sequence[float]:
    return truth(row) if row.likely else [float(kind in row.kinds) for kind in KINDS]


def _flag(value: bool | None) -> float:
    return float("nan") if value is None else float(value)


def decay(names: Sequence[str]) -> Floats:
    """Words are held tighter than cues: there are many of them and each is seen seldom."""
    tight = {"c": 2e-4, "r": 1e-4, "x": 5e-4}
    return np.array([tight.get(name[0], 1.2e-3) for name in names], np.float32)
