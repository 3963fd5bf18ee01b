"""How many of a question's own words come back in a piece of evidence, at the level of letters.

Runs of five letters instead of words: they find "herinneringen" in "sms-herinnering" without a Dutch stemmer,
and identifiers and error codes in any language (McNamee & Mayfield 2004, "Character n-gram tokenization for
European language text retrieval", find 4 and 5 best for Dutch). Texts themselves are not kept.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_RUN = 5
_BUCKETS = 1 << 20
_BATCH = 4096
_LONGEST = 600
"""Characters of a text that count; a pasted log file says no more in the rest."""
_GAP = re.compile(r"[\W_]+")
_FACTORS = np.array([1, 31, 31**2, 31**3, 31**4], dtype=np.uint64) * np.uint64(2654435761)


class Words:
    """The letter runs of many texts, for `overlap` with a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        parts = [_runs_of(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)] or [_runs_of([])]
        self._runs = np.concatenate([runs for runs, _ in parts])
        self.sizes = np.concatenate([sizes for _, sizes in parts])
        self._starts = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def overlap(self, text: str, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """For each text of `rows` (a mask over all of them) the weighted share of the question's runs that it
        holds, times √(|question| / |text|); 0 elsewhere. Shape (texts,).

        A run weighs idf², so this is the cosine of TF-IDF vectors with the text's own weights taken as average.
        Frequencies are counted over `rows` only: what may not be shown leaves no trace in the score.
        """
        asked = letter_runs(text)
        found = np.zeros(len(self.sizes), dtype=np.float32)
        if not len(asked) or not rows.any():
            return found
        weights, texts, hits = self._hits(asked, rows)
        shares = np.bincount(texts, weights=weights[hits], minlength=len(found)) / weights.sum()
        sizes = np.maximum(self.sizes, 1)
        return np.asarray(shares * np.minimum(np.sqrt(len(asked) / sizes), 1.0), dtype=np.float32)

    def _hits(
        self, asked: NDArray[np.int32], rows: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int32]]:
        place = np.full(_BUCKETS, -1, dtype=np.int32)
        place[asked] = np.arange(len(asked), dtype=np.int32)
        hits = place[self._runs]
        at = np.flatnonzero(hits >= 0)
        texts = np.searchsorted(self._starts, at, side="right") - 1
        shown = rows[texts]
        texts, hits = texts[shown], hits[at[shown]]
        frequency = np.bincount(hits, minlength=len(asked))
        return np.log((rows.sum() + 1) / (frequency + 0.5)) ** 2, texts, hits


def shared_runs(one: str, other: str) -> float:
    """What two texts have in common: their shared runs over the root of the product of their numbers; 0 to 1."""
    mine, theirs = letter_runs(one), letter_runs(other)
    return float(len(np.intersect1d(mine, theirs)) / max(1.0, np.sqrt(len(mine) * len(theirs))))


def letter_runs(text: str) -> NDArray[np.int32]:
    """The distinct runs of five letters or digits within a text's words, as bucket numbers. A word of
    three letters counts whole, a shorter one not at all."""
    return _runs_of([text])[0]


def _runs_of(texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The runs of all texts, one text after the other, and how many each has."""
    spaced = [_spaced(text) for text in texts]
    owner = np.repeat(np.arange(len(texts), dtype=np.uint64), [len(text) for text in spaced])
    codes = np.frombuffer("".join(spaced).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    if len(codes) < _RUN:
        return np.zeros(0, dtype=np.int32), np.zeros(len(texts), dtype=np.int64)
    hashed = np.zeros(len(codes) - _RUN + 1, dtype=np.uint64)
    for place, factor in enumerate(_FACTORS):
        hashed += codes[place : len(hashed) + place].astype(np.uint64) * factor
    hashed ^= hashed >> np.uint64(29)
    keys = owner[: len(hashed)] * np.uint64(_BUCKETS) + hashed % np.uint64(_BUCKETS)
    keys = np.unique(keys[_inside(codes)])
    sizes = np.bincount((keys // np.uint64(_BUCKETS)).astype(np.int64), minlength=len(texts))
    return (keys % np.uint64(_BUCKETS)).astype(np.int32), sizes.astype(np.int64)


def _inside(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which windows lie within one word and its two gaps. Every text begins and ends with a gap, so that no window
    reaches from one into the next but over two."""
    gaps = np.lib.stride_tricks.sliding_window_view(codes == ord(" "), _RUN)[:, 1:-1]
    return np.logical_not(gaps.any(axis=1))


def _spaced(text: str) -> str:
    words = _GAP.sub(" ", text[:_LONGEST].lower()).split()
    return " " + " ".join(word for word in words if len(word) > 2) + " "
