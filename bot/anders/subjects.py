"""Whose subject is this? Who answered more often than usual where the same rare words fell.

Whoever answers most, answers most of everything; so a person's share of the votes is held against their share of all
answers ("lift"; Brin, Motwani, Ullman & Tsur 1997, "Dynamic itemset counting and implication rules for market basket
data"). Words are weighed by how rare they are (idf², Salton & Buckley 1988); texts themselves are not kept.
"""

import math
import re
from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W\d_][\w.']{2,}")
_PART = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])")
_LONGEST = 1_250
"""Characters of a text that count."""
_NEAREST = 50
"""Exchanges that vote, each by the square of how alike it is."""
_COMMON = 0.05
"""A word that more of the exchanges have says nothing."""
_MOST = 2_500
"""Exchanges with a word that are looked at, the latest."""
_SMOOTH = 0.002
"""Added to both shares: who is little known stands out for nothing."""


class Subjects:
    """The words of past exchanges and who answered them; some 100 bytes for each different word of an exchange."""

    def __init__(self) -> None:
        self._having: dict[str, list[int]] = defaultdict(list)
        self._words: list[frozenset[str]] = []
        self._who: list[NDArray[np.int64]] = []
        self._answers: Counter[int] = Counter()

    def add(self, text: str, who: NDArray[np.int64]) -> None:
        """Take in an exchange that is over: what it was about, and the numbers of those who answered."""
        words = rare_words(text)
        for word in words:
            self._having[word].append(len(self._words))
        self._words.append(words)
        self._who.append(who)
        self._answers.update(who.tolist())

    def lift(self, text: str, count: int) -> NDArray[np.float64]:
        """Per person the logarithm of how much more than usual they answer where such words fall; 0 for whoever did
        not, shape (count,)."""
        votes = np.zeros(count)
        for alike, exchange in self._nearest(self._weights(rare_words(text))):
            votes[self._who[exchange]] += alike**2
        usual = np.array([self._answers[person] for person in range(count)], dtype=np.float64)
        found = np.zeros(count)
        some = votes > 0
        share, expected = votes[some] / votes.sum(), usual[some] / (usual.sum() + 1)
        found[some] = np.log((share + _SMOOTH) / (expected + _SMOOTH))
        return found

    def _weights(self, words: frozenset[str]) -> dict[str, float]:
        count = len(self._words)
        common = _COMMON * count
        seen = {word: len(self._having[word]) for word in words if word in self._having}
        return {word: math.log(count / times) ** 2 for word, times in seen.items() if 2 <= times <= common}

    def _nearest(self, weights: dict[str, float]) -> list[tuple[float, int]]:
        """The exchanges most alike, each with the cosine of its rare words."""
        scores: dict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            for exchange in self._having[word][-_MOST:]:
                scores[exchange] += weight
        mine = math.sqrt(sum(weights.values()))
        first = sorted(scores, key=lambda one: -scores[one])[: 8 * _NEAREST]
        alike = ((scores[one] / mine / math.sqrt(sum(self._weights(self._words[one]).values())), one) for one in first)
        return sorted(alike, reverse=True)[:_NEAREST]


def rare_words(text: str) -> frozenset[str]:
    """The different words of a text, and the parts of names that programs use ("readFile", "Data.List")."""
    found: set[str] = set()
    for word in _WORD.findall(text[:_LONGEST]):
        for piece in re.split(r"[.'_]", word):
            if len(piece) > 3:
                found.add(piece.lower())
            found.update(part.lower() for part in _PART.findall(piece))
    return frozenset(found)
