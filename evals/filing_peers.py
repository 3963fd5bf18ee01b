"""What filing is compared with: TF-IDF with the nearest centroid, and with logistic regression."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.practice.keywords import matched_terms

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_WORDS = 6000
_RATE, _EPOCHS, _BATCH = 0.5, 12, 64


class Tfidf:
    """The commonest words and pairs of a corpus, weighted by tf·idf, rows of length 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        seen = Counter(term for text in texts for term in _terms(text))
        self._places = {term: place for place, (term, _) in enumerate(seen.most_common(_WORDS))}
        known = np.array([seen[term] for term in self._places], dtype=np.float32)
        self._idf = np.log((1 + len(texts)) / (1 + known)) + 1

    def rows(self, texts: Sequence[str]) -> Floats:
        """Shape (len(texts), words)."""
        rows = np.zeros((len(texts), len(self._places)), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            places = [self._places[term] for term in _terms(text) if term in self._places]
            row[places] = self._idf[places]
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _terms(text: str) -> set[str]:
    found = list(matched_terms(text))
    return {*found, *(f"{a} {b}" for a, b in pairwise(found))}


def nearest_centroid(seen: Floats, labels: Ints, asked: Floats) -> Ints:
    """The label whose mean row is nearest by cosine."""
    means = np.stack([seen[labels == label].sum(axis=0) for label in range(labels.max() + 1)])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return np.asarray((asked @ means.T).argmax(axis=1))


def softmax_regression(seen: Floats, labels: Ints, asked: Floats) -> Ints:
    """Multinomial logistic regression by mini-batch AdaGrad."""
    rng = np.random.default_rng(0)
    weights = np.zeros((seen.shape[1], labels.max() + 1), dtype=np.float32)
    bias = np.log(np.bincount(labels) + 1.0).astype(np.float32)
    steps = np.full_like(weights, 1e-6)
    for _ in range(_EPOCHS):
        for batch in np.array_split(rng.permutation(len(seen)), max(1, len(seen) // _BATCH)):
            rows = seen[batch]
            error = _softmax(rows @ weights + bias)
            error[np.arange(len(batch)), labels[batch]] -= 1.0
            slope = rows.T @ error / len(batch)
            steps += slope * slope
            weights -= _RATE * slope / np.sqrt(steps)
    return np.asarray((asked @ weights + bias).argmax(axis=1))


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
