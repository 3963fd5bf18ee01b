"""Learning to rank and to decide with a handful of weights: small enough to look at, fast enough to repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One query: a row of features per candidate, which of them were relevant, and to which group it belongs
    (a group is left out as a whole). `weight`: how much the query counts."""

    rows: Array
    relevant: NDArray[np.bool_]
    group: str
    weight: float = 1.0


def fit_ranking(queries: Sequence[Judged], *, ridge: float = 1e-3) -> Array:
    """Weights that give relevant candidates the most of a softmax over each query's candidates (ListNet's top-one
    probability, Cao et al. 2007). Queries without any relevant candidate teach nothing and are skipped."""
    useful = [q for q in queries if q.relevant.any()]
    rows = _stacked([q.rows for q in useful], 0.0)
    there = _stacked([np.ones(len(q.rows)) for q in useful], 0.0) > 0
    right = _stacked([q.relevant.astype(float) for q in useful], 0.0) > 0
    weight = np.array([q.weight for q in useful]) / sum(q.weight for q in useful)

    def slope(weights: Array) -> Array:
        raw = np.where(there, rows @ weights, -1e9)
        share = np.exp(raw - raw.max(axis=1, keepdims=True))
        target = np.where(right, share, 0)
        pull = target / target.sum(axis=1, keepdims=True) - share / share.sum(axis=1, keepdims=True)
        return np.asarray(ridge * weights - np.einsum("qc,qcf->f", pull * weight[:, None], rows, optimize=True))

    return descend(slope, rows.shape[2])


def _stacked(arrays: Sequence[Array], filler: float) -> Array:
    """One array with a first dimension more, the second filled up to the longest."""
    longest = max(map(len, arrays))
    out = np.full((len(arrays), longest, *arrays[0].shape[1:]), filler)
    for number, array in enumerate(arrays):
        out[number, : len(array)] = array
    return out


def fit_chance(rows: Array, truth: NDArray[np.bool_], *, ridge: float = 1e-3, weight: Array | None = None) -> Array:
    """Logistic regression; the last weight is the constant. `weight`: how much each row counts."""
    wide = np.column_stack([rows, np.ones(len(rows))])
    weight = np.ones(len(rows)) if weight is None else weight
    free = np.append(np.full(rows.shape[1], ridge), 0.0)

    def slope(weights: Array) -> Array:
        wrong = 1 / (1 + np.exp(-np.clip(wide @ weights, -30, 30))) - truth
        return np.asarray((wrong * weight) @ wide / weight.sum() + free * weights)

    return descend(slope, wide.shape[1])


def descend(slope: Callable[[Array], Array], size: int, *, steps: int = 300, rate: float = 0.05) -> Array:
    """The bottom of a convex hill by Adam (Kingma & Ba 2015), steps shrinking to nothing."""
    at, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, steps + 1):
        now = slope(at)
        mean, square = 0.9 * mean + 0.1 * now, 0.999 * square + 0.001 * now * now
        move = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
        at = at - rate * (1 - step / (steps + 1)) * move
    return at


def left_out(queries: Sequence[Judged], group: str) -> list[Judged]:
    """All queries but those of one group."""
    return [query for query in queries if query.group != group]
