"""Vectors of hashed words and letters (Weinberger et al. 2009): no model, no memory, the same on every machine.

For tests and for the smallest machines. Finds texts that share words or parts of words ("inlogproblemen",
"inloggen"); knows nothing of synonyms or translations.
"""

from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from adapters.embedding.local import LocalEmbedder
from bot.practice.keywords import STOP_WORDS

DIM = 512

_GRAMS = (3, 4, 5)
_WORD = 1.0
_PAIR = 0.5
_PART = 0.35
_COMMON = 0.1
"""What a function word weighs: enough to compare two texts that hold nothing else."""


def open_lexical() -> LocalEmbedder:
    """512 dimensions."""
    return LocalEmbedder(model="lexical-1", dim=DIM, load=lambda: encode)


def encode(texts: list[str]) -> NDArray[np.float32]:
    """One row per text, shape (len(texts), DIM); not of length 1 yet."""
    return np.stack([_row(text) for text in texts])


def _row(text: str) -> NDArray[np.float32]:
    weights: dict[bytes, float] = {}
    for feature, weight in _features(_words(text)):
        key = feature.encode()
        weights[key] = weights.get(key, 0.0) + weight
    return _hash(weights)


def _hash(weights: dict[bytes, float]) -> NDArray[np.float32]:
    codes = np.fromiter(map(crc32, weights), dtype=np.int64, count=len(weights))
    # The square root, so that a word said four times weighs as two; one bit of the hash is the sign, so that
    # collisions cancel out instead of adding up.
    values = np.sqrt(np.fromiter(weights.values(), dtype=np.float64, count=len(weights)))
    values[(codes >> 16) & 1 == 1] *= -1.0
    return np.bincount(codes % DIM, weights=values, minlength=DIM).astype(np.float32)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


def _features(words: list[str]) -> Iterator[tuple[str, float]]:
    for word in words:
        common = _COMMON if word in STOP_WORDS else 1.0
        yield word, _WORD * common
        if common == 1.0:
            yield from ((part, _PART) for part in _parts(f"<{word[:30]}>"))
    content = [word for word in words if word not in STOP_WORDS]
    yield from ((f"{a} {b}", _PAIR) for a, b in pairwise(content))


def _parts(word: str) -> Iterator[str]:
    for size in _GRAMS:
        for start in range(max(0, len(word) - size + 1)):
            part = word[start : start + size]
            yield f"#{part}"
