"""A linear softmax over a vector and hashed words and parts of words.

Learned item by item with AdaGrad (Duchi, Hazan & Singer 2011). Its memory is fixed, whatever it learns from:
2 · (dim + 2^15) · classes numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SLOTS = 1 << 15
_RUN = 4  # letters
_RATE, _WORD_RATE = 0.05, 0.2
"""How far a step goes, in the vector's weights and in those of words and parts: a word is met less often."""
_LOUD = 3.0
"""A vector of length 1 speaks this much louder than the words together: its 512 numbers are small each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One item made ready: `words` of `parts`; `base` are the logits that hold without any learning."""

    vector: Floats
    words: NDArray[np.int64]
    base: Floats


def hashed(terms: Sequence[str]) -> NDArray[np.int64]:
    """Slots of the terms, in order; collisions are rare enough not to matter (Weinberger et al. 2009)."""
    return np.fromiter((crc32(term.encode()) % SLOTS for term in terms), dtype=np.int64, count=len(terms))


def parts(terms: Sequence[str]) -> NDArray[np.int64]:
    """Slots of the terms and of their runs of four letters, each once: Dutch compounds share a part, not a word."""
    framed = [f"<{term}>" for term in terms]
    runs = (word[start : start + _RUN] for word in framed for start in range(len(word) - _RUN + 1))
    return np.unique(hashed([*terms, *runs]))


class Learner:
    """The learned part of the filing; all zeros at the start."""

    def __init__(self, dim: int, classes: int) -> None:
        self.dim = dim
        self.classes = classes
        self._dense = np.zeros((dim + 1, classes), dtype=np.float32)
        self._sparse = np.zeros((SLOTS, classes), dtype=np.float32)
        self._dense_steps = np.full_like(self._dense, 1e-3)
        self._sparse_steps = np.full_like(self._sparse, 1e-3)

    def logits(self, sample: Sample) -> Floats:
        """What was learned about such an item, shape (classes,)."""
        logits = _LOUD * (sample.vector @ self._dense[:-1]) + self._dense[-1]
        return np.asarray(logits + _share(sample) * self._sparse[sample.words].sum(axis=0), dtype=np.float32)

    def word_logits(self, words: NDArray[np.int64], place: int) -> Floats:
        """What each word alone says for a class."""
        return np.asarray(self._sparse[words, place], dtype=np.float32)

    def step(self, sample: Sample, place: int, weight: float) -> None:
        """One gradient step, so far, towards the class that the sample belongs to."""
        logits = sample.base + self.logits(sample)
        powers = np.exp(logits - logits.max())
        error = powers / powers.sum()
        error[place] -= 1.0
        error *= weight
        self._step_dense(np.append(_LOUD * sample.vector, np.float32(1.0)), error)
        self._step_sparse(sample.words, _share(sample) * error)

    def _step_dense(self, inputs: Floats, error: Floats) -> None:
        slope = np.outer(inputs, error)
        self._dense_steps += slope * slope
        self._dense -= _RATE * slope / np.sqrt(self._dense_steps)

    def _step_sparse(self, words: NDArray[np.int64], slope: Floats) -> None:
        steps = self._sparse_steps[words] + slope * slope
        self._sparse_steps[words] = steps
        self._sparse[words] -= _WORD_RATE * slope / np.sqrt(steps)


def _share(sample: Sample) -> np.float32:
    return np.float32(1.0 / np.sqrt(max(1, len(sample.words))))
