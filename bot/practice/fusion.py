"""Fusion: one score for each candidate, learned from searches that people judged (weights/CARD.md).

Cosines of one field's texts are all alike, and shift with every query: the better of the two is made relative to
the other candidates of the same query (z-score). The score by words is already between 0 and 1 and says by its size
how much of the query it explains; making it relative too would let a chance word of another language decide.
Weights are learned, not guessed: what helps on invented questions hurts on real ones (docs/search.md).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.model import Candidate
from bot.practice.identifiers import identifiers

FEATURES = ("words", "words_named", "best", "best_long")
_WEIGHTS = Path(__file__).with_name("weights") / "fusion.npz"
_LONG = 12  # words: about where a search becomes a question
_SCALE = 20  # brings scores by words to the size of the others

Array = NDArray[np.float64]


def scores(text: str, candidates: Sequence[Candidate]) -> Array:
    """One score from 0 to 1 per candidate, in order: the learned chance that it is what was looked for."""
    if not candidates:
        return np.zeros(0)
    return chance(ranks(text, candidates), _weights()["chance"])


def ranks(text: str, candidates: Sequence[Candidate]) -> Array:
    """What `scores` are made of, on the scale of log-odds against the other candidates."""
    return np.asarray(features(text, candidates) @ _weights()["rank"])


def chance(ranks: Array, line: Array) -> Array:
    """The logistic of a line (slope, height) through the ranks."""
    return np.asarray(1 / (1 + np.exp(-(line[0] * ranks + line[1]))))


def features(text: str, candidates: Sequence[Candidate]) -> Array:
    """One row of `FEATURES` per candidate."""
    words = _SCALE * np.array([candidate.words or 0.0 for candidate in candidates])
    own, thread = (_filled([getattr(c, part) for c in candidates]) for part in ("own", "thread"))
    best = relative(np.maximum(own, thread))
    long = min(1.0, len(text.split()) / _LONG)
    return np.stack([words, words * bool(identifiers(text)), best, best * long], axis=1)


def relative(values: Array) -> Array:
    """Each value's distance from the mean in standard deviations; 0 when all are alike."""
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))


def _filled(cosines: Sequence[float | None]) -> Array:
    """Absent ones count as the lowest there is: nothing speaks for them."""
    known = [cosine for cosine in cosines if cosine is not None]
    lowest = min(known, default=0.0)
    return np.array([lowest if cosine is None else cosine for cosine in cosines])


@cache
def _weights() -> dict[str, Array]:
    with np.load(_WEIGHTS, allow_pickle=False) as file:
        return {name: file[name] for name in ("rank", "chance")}
