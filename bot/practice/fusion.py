"""Fusion: one score for each candidate, learned from searches that people judged (weights/CARD.md).

Scores by words and by vectors live on different scales that shift with every query; each is therefore first made
relative to the other candidates of the same query (z-score). Weights are learned, not guessed: what helps on
invented questions hurts on real ones and the other way round (docs/search.md).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.model import Candidate
from bot.practice.identifiers import identifiers

FEATURES = ("words", "own", "thread", "best", "share", "cosine", "agree", "words_named", "words_long", "best_long")
_WEIGHTS = Path(__file__).with_name("weights") / "fusion.npz"
_LONG = 12  # words: about where a search becomes a question

Array = NDArray[np.float64]


def scores(text: str, candidates: Sequence[Candidate]) -> Array:
    """One score from 0 to 1 per candidate, in order: the learned chance that it is what was looked for."""
    if not candidates:
        return np.zeros(0)
    weights = _weights()
    return chance(features(text, candidates) @ weights["rank"], weights["chance"])


def chance(ranks: Array, line: Array) -> Array:
    """The logistic of a line (slope, height) through the ranks."""
    return np.asarray(1 / (1 + np.exp(-(line[0] * ranks + line[1]))))


def features(text: str, candidates: Sequence[Candidate]) -> Array:
    """One row of `FEATURES` per candidate."""
    words = np.array([candidate.words or 0.0 for candidate in candidates])
    own, thread = (_filled([getattr(c, part) for c in candidates]) for part in ("own", "thread"))
    best = np.maximum(own, thread)
    by_words, by_best = relative(words), relative(best)
    long = min(1.0, len(text.split()) / _LONG)
    columns = (
        by_words,
        relative(own),
        relative(thread),
        by_best,
        words / max(float(words.max()), 1e-9),
        best,
        np.minimum(by_words, by_best),
        by_words * bool(identifiers(text)),
        by_words * long,
        by_best * long,
    )
    return np.stack(columns, axis=1)


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
