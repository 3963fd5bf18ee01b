"""Fusion: one score for each candidate, learned from searches that people judged (weights/CARD.md).

Three times: all candidates by what the index says of them; then the best of those by their texts as well (runs of
letters, language), which are only read after the gate let them through; then, where there is a second embedder, the
best of these by what it says (`bot.practice.second`).

Cosines of one field's texts are all alike, and shift with every query: the better of the two is made relative to
the other candidates of the same query (z-score), and has a little weight as it is. The score by words is already
between 0 and 1 and says by its size how much of the query it explains; making it relative too would let a chance
word of another language decide. Weights are learned, not guessed: what helps on invented questions hurts on real
ones (docs/search.md).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.model import Candidate
from bot.practice.grams import alikeness
from bot.practice.identifiers import identifiers
from bot.reading.language import detect
from bot.reading.text import prepare

FEATURES = ("words", "words_named", "best", "best_long", "cosine")
CLOSER = (*FEATURES, "alike", "foreign")
SECOND = (*CLOSER, "rank", "near", "near_long", "nearness")
_WEIGHTS = Path(__file__).with_name("weights") / "fusion.npz"
_LONG = 12  # words: about where a search becomes a question
_TELLING = 300  # characters that tell the language
_SCALE = 20  # brings scores by words and letters to the size of the others

Array = NDArray[np.float64]


def scores(rows: Array) -> Array:
    """One score from 0 to 1 per candidate, in order: the learned chance that it is what was looked for. `rows`: of
    `closer`, of those at hand."""
    return _chances(rows, "closer", "chance")


def second_scores(text: str, rows: Array, nearness: Array) -> Array:
    """The same for candidates that were read twice: `rows` of `closer`, `nearness` by the second embedder."""
    return _chances(second(text, rows, nearness, _weights()["closer"]), "second", "second_chance")


def _chances(rows: Array, rank: str, line: str) -> Array:
    """Only against each other: the height of the ranks is the query's."""
    if not len(rows):
        return np.zeros(0)
    weights = _weights()
    ranks = rows @ weights[rank]
    return chance(ranks - ranks.mean(), weights[line])


def ranks(rows: Array) -> Array:
    """The first order, without reading: log-odds against the other candidates. `rows`: of `features`."""
    return np.asarray(rows @ _weights()["rank"])


def chance(ranks: Array, line: Array) -> Array:
    """The logistic of a line (slope, height) through the ranks."""
    return np.asarray(1 / (1 + np.exp(-(line[0] * ranks + line[1]))))


def features(text: str, candidates: Sequence[Candidate]) -> Array:
    """One row of `FEATURES` per candidate."""
    if not candidates:
        return np.zeros((0, len(FEATURES)))
    words = _SCALE * np.array([candidate.words or 0.0 for candidate in candidates])
    own, thread = (_filled([getattr(c, part) for c in candidates]) for part in ("own", "thread"))
    cosine = np.maximum(own, thread)
    best = relative(cosine)
    named = words * bool(identifiers(text))
    return np.stack([words, named, best, best * _length(text), _SCALE / 2 * cosine], axis=1)


def closer(text: str, rows: Array, texts: Sequence[str]) -> Array:
    """One row of `CLOSER` per text that was read: `rows` and what reading adds."""
    alike = _SCALE * alikeness(text, texts)
    other = np.array([float(other) for other in _foreign(text, texts)])
    return np.column_stack([rows, alike, other])


def second(text: str, rows: Array, nearness: Array, weights: Array) -> Array:
    """One row of `SECOND` per candidate: rows of `closer`, their rank by its `weights`, and what the second embedder
    says, made relative as the first one's cosines are."""
    near = relative(nearness)
    return np.column_stack([rows, rows @ weights, near, near * _length(text), _SCALE / 2 * nearness])


def _foreign(text: str, texts: Sequence[str]) -> list[bool]:
    """Which are in another language than `text`; not when either cannot be told."""
    mine = _lang(text)
    if mine is None:
        return [False] * len(texts)
    return [other not in (mine, None) for other in map(_lang, texts)]


def _lang(text: str) -> str | None:
    return detect(prepare(text[:_TELLING]))


def _length(text: str) -> float:
    """From 0 for a search of a word to 1 for a whole question."""
    return min(1.0, len(text.split()) / _LONG)


def relative(values: Array) -> Array:
    """Each value's distance from the mean in standard deviations; 0 when all are alike."""
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))


def _filled(cosines: Sequence[float | None]) -> Array:
    """Absent ones count as the lowest there is: nothing speaks for them."""
    known = [cosine for cosine in cosines if cosine is not None]
    lowest = min(known, default=0.0)
    return np.array([lowest if cosine is None else cosine for cosine in cosines])


@cache
def _weights() -> dict[str, Array]:
    with np.load(_WEIGHTS, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
