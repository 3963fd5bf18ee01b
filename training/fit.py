"""Fits the small models: one hidden layer beside a linear part, and plain logistic regression. Numpy only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows of few features each: the features of row r are `columns[starts[r]:starts[r + 1]]`. No row is empty."""

    starts: Places
    columns: Places
    values: Floats
    width: int

    def pick(self, rows: Places) -> "Sparse":
        """Some of the rows."""
        counts = self.starts[rows + 1] - self.starts[rows]
        ends = np.concatenate([[0], np.cumsum(counts)])
        at = np.repeat(self.starts[rows] - ends[:-1], counts) + np.arange(ends[-1])
        return Sparse(ends, self.columns[at], self.values[at], self.width)

    def twice(self) -> "Sparse":
        """The rows, and after them the same rows again."""
        starts = np.concatenate([self.starts, self.starts[1:] + self.starts[-1]])
        return Sparse(starts, np.tile(self.columns, 2), np.tile(self.values, 2), self.width)

    def times(self, weights: Floats) -> Floats:
        """Rows × weights (width × outputs)."""
        result: Floats = np.add.reduceat(self.values[:, None] * weights[self.columns], self.starts[:-1], axis=0)
        return result

    def slope(self, error: Floats) -> Floats:
        """Transposed rows × error: what the weights should move."""
        rows = np.repeat(np.arange(len(error)), np.diff(self.starts))
        order = np.argsort(self.columns, kind="stable")
        columns = self.columns[order]
        first = np.flatnonzero(np.concatenate([[True], columns[1:] != columns[:-1]]))
        out = np.zeros((self.width, error.shape[1]), np.float32)
        out[columns[first]] = np.add.reduceat(self.values[order, None] * error[rows[order]], first, axis=0)
        return out


@dataclass(frozen=True, slots=True)
class Task:
    """What to learn, a row per message: its features, the inputs of the hidden layer (of spread about 1), the allowed
    kinds (0/1) or the chance of each, yes/no targets (NaN: unknown) and its weight. `decay`: how tightly each feature
    is held near zero."""

    features: Sparse
    inputs: Floats
    kinds: Floats
    flags: Floats
    weights: Floats
    decay: Floats

    def pick(self, rows: Places) -> "Task":
        """Some of the rows."""
        return Task(
            self.features.pick(rows),
            self.inputs[rows],
            self.kinds[rows],
            self.flags[rows],
            self.weights[rows],
            self.decay,
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network: `features · table + bias + max(0, inputs · first + first_bias) · last`."""

    table: Floats
    bias: Floats
    first: Floats
    first_bias: Floats
    last: Floats

    def scores(self, features: Sparse, inputs: Floats) -> Floats:
        """One row of outputs per row."""
        inner = np.maximum(inputs @ self.first + self.first_bias, 0)
        result: Floats = features.times(self.table) + self.bias + inner @ self.last
        return result


HIDDEN = 64
EPOCHS = 5
_DROP = 0.2  # share of inputs and of hidden units that sit out each step
_DECAY = 3e-3  # of the hidden layer
_BATCH = 256


def fit(task: Task, *, seed: int = 0, epochs: int = EPOCHS, rate: float = 4e-3, hidden: int = HIDDEN) -> Fitted:
    """Adam over small batches: the same input and seed give the same output.

    A row whose label is a set of kinds pulls towards the set: its target is the model's own chances within it. A row
    with a chance for each kind pulls towards these.
    """
    chance = np.random.default_rng(seed)
    network = _start(task, hidden, chance)
    adam = _Adam(network)
    steps = epochs * -(-len(task.weights) // _BATCH)
    for step, rows in enumerate(_batches(len(task.weights), epochs, chance), 1):
        slopes = _slopes(network, task.pick(rows), float(task.weights.mean()), chance)
        adam.move(network, slopes, step, rate * (1 - step / (steps + 1)))
    return network


def fit_together(task: Task, seeds: int, epochs: int = EPOCHS) -> Fitted:
    """The mean of several networks as one: their hidden layers side by side."""
    parts = [fit(task, seed=seed, epochs=epochs) for seed in range(seeds)]
    return Fitted(
        np.mean([part.table for part in parts], axis=0, dtype=np.float32),
        np.mean([part.bias for part in parts], axis=0, dtype=np.float32),
        np.concatenate([part.first for part in parts], axis=1),
        np.concatenate([part.first_bias for part in parts]),
        np.asarray(np.concatenate([part.last for part in parts]) / seeds, np.float32),
    )


def _start(task: Task, hidden: int, chance: np.random.Generator) -> Fitted:
    width, outputs = task.inputs.shape[1], task.kinds.shape[1] + task.flags.shape[1]
    return Fitted(
        np.zeros((task.features.width, outputs), np.float32),
        np.zeros(outputs, np.float32),
        chance.normal(0, 0.5 * (2 / width) ** 0.5, (width, hidden)).astype(np.float32),
        np.zeros(hidden, np.float32),
        chance.normal(0, 0.3 * (1 / hidden) ** 0.5, (hidden, outputs)).astype(np.float32),
    )


def _batches(count: int, epochs: int, chance: np.random.Generator) -> Iterator[Places]:
    for _ in range(epochs):
        order = chance.permutation(count)
        yield from (order[at : at + _BATCH] for at in range(0, count, _BATCH))


def _slopes(network: Fitted, task: Task, mean_weight: float, chance: np.random.Generator) -> list[Floats]:
    inputs = task.inputs * _mask(task.inputs.shape, chance)
    inner = np.maximum(inputs @ network.first + network.first_bias, 0)
    mask = _mask(inner.shape, chance)
    dropped = inner * mask
    scores = task.features.times(network.table) + network.bias + dropped @ network.last
    error = _error(scores, task) / np.float32(mean_weight * len(scores))
    back = (error @ network.last.T) * mask * (inner > 0)
    return [
        task.features.slope(error) + task.decay[:, None] * network.table,
        error.sum(axis=0),
        inputs.T @ back + np.float32(_DECAY) * network.first,
        back.sum(axis=0),
        dropped.T @ error + np.float32(_DECAY) * network.last,
    ]


def _mask(shape: tuple[int, ...], chance: np.random.Generator) -> Floats:
    kept: Floats = (chance.random(shape, np.float32) > _DROP).astype(np.float32)
    return kept / np.float32(1 - _DROP)


def _error(scores: Floats, task: Task) -> Floats:
    count = task.kinds.shape[1]
    chances = chances_of(scores[:, :count])
    allowed = chances * task.kinds
    doubt = (task.kinds.max(axis=1) < 1)[:, None]
    target = np.where(doubt, task.kinds, allowed / np.maximum(allowed.sum(axis=1, keepdims=True), 1e-9))
    flags = yes(scores[:, count:]) - np.nan_to_num(task.flags)
    flags[np.isnan(task.flags)] = 0.0
    error: Floats = np.concatenate([chances - target, flags], axis=1) * task.weights[:, None]
    return error


class _Adam:
    """Kingma & Ba 2015, moving the arrays of a network in place."""

    def __init__(self, network: Fitted) -> None:
        self._state = [(np.zeros_like(one), np.zeros_like(one)) for one in _arrays(network)]

    def move(self, network: Fitted, slopes: Sequence[Floats], step: int, rate: float) -> None:
        for one, (moment, spread), slope in zip(_arrays(network), self._state, slopes, strict=True):
            moment += 0.1 * (slope - moment)
            spread += 0.001 * (slope * slope - spread)
            one -= rate * (moment / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)


def _arrays(network: Fitted) -> list[Floats]:
    return [network.table, network.bias, network.first, network.first_bias, network.last]


def fit_yes(features: Floats, right: Floats, decay: float, *, steps: int = 400, rate: float = 0.08) -> Floats:
    """Logistic weights by full-batch Adam, `decay` holding them near zero; give a column of ones for a bias."""
    weights = np.zeros(features.shape[1], np.float32)
    moment, spread = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        slope = features.T @ (yes(features @ weights) - right) / np.float32(len(right)) + np.float32(decay) * weights
        moment += 0.1 * (slope - moment)
        spread += 0.01 * (slope * slope - spread)
        pace = rate * min(1.0, 3.0 * (1.0 - step / (steps + 1)))
        weights -= pace * (moment / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
    return weights


def chances_of(scores: Floats) -> Floats:
    """Softmax by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def yes(scores: Floats) -> Floats:
    """The chance for each logit."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))), np.float32)


def best_scale(scores: Floats, right: NDArray[np.int64]) -> float:
    """The factor that makes their softmax honest on held-out rows (temperature scaling, Guo et al. 2017)."""

    def loss(scale: float) -> float:
        chances = chances_of(scores * np.float32(scale))
        return float(-np.log(np.maximum(chances[np.arange(len(right)), right], 1e-9)).mean())

    return float(min((0.3 + 0.05 * n for n in range(40)), key=loss))


def best_scale_yes(scores: Floats, right: NDArray[np.bool_]) -> float:
    """The same for a yes/no output."""

    def loss(scale: float) -> float:
        chances = yes(scores * np.float32(scale))
        return float(-np.log(np.maximum(np.where(right, chances, 1 - chances), 1e-9)).mean())

    return float(min((0.3 + 0.05 * n for n in range(40)), key=loss))


def best_cut(chances: Floats, right: NDArray[np.bool_]) -> float:
    """The chance from which saying yes gives the best F1 on held-out rows."""
    return float(max((0.1 + 0.02 * n for n in range(31)), key=lambda cut: f1(right, chances >= cut)))


def f1(right: NDArray[np.bool_], guess: NDArray[np.bool_]) -> float:
    """F1 of the positive class."""
    return float(2 * (right & guess).sum() / max(1, right.sum() + guess.sum()))
