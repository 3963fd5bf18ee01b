"""Fits small linear models: softmax over kinds whose label may be a set, and yes/no outputs beside it. Numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Task:
    """What to learn: features (n × d), allowed kinds (n × k, 0/1), yes/no targets (n × m; NaN unknown), weights (n)."""

    features: Floats
    kinds: Floats
    flags: Floats
    weights: Floats
    decay: Floats  # per feature: how strongly its weights are held near zero


def fit(task: Task, *, steps: int = 110, rate: float = 0.08) -> tuple[Floats, Floats]:
    """Weights (d × (k+m)) and bias (k+m), by full-batch Adam: the same input gives the same output.

    A row whose label is a set of kinds pulls towards the set: its target is the model's own chances within it.
    """
    count = task.kinds.shape[1]
    outputs = count + task.flags.shape[1]
    weights = np.zeros((task.features.shape[1], outputs), np.float32)
    bias = np.zeros(outputs, np.float32)
    moment, spread = np.zeros_like(weights), np.zeros_like(weights)
    b_moment, b_spread = np.zeros_like(bias), np.zeros_like(bias)
    total = float(task.weights.sum())
    for step in range(1, steps + 1):
        error = _error(task.features @ weights + bias, task, count) / total
        slope = task.features.T @ error + task.decay[:, None] * weights
        pace = rate * min(1.0, 3.0 * (1.0 - step / (steps + 1)))
        weights -= pace * _adam(moment, spread, slope, step)
        bias -= pace * _adam(b_moment, b_spread, error.sum(axis=0), step)
    return weights, bias


def _adam(moment: Floats, spread: Floats, slope: Floats, step: int) -> Floats:
    moment += 0.1 * (slope - moment)
    spread += 0.01 * (slope * slope - spread)
    result: Floats = (moment / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
    return result


def _error(scores: Floats, task: Task, count: int) -> Floats:
    chances = chances_of(scores[:, :count])
    allowed = chances * task.kinds
    target = allowed / np.maximum(allowed.sum(axis=1, keepdims=True), 1e-9)
    kinds = chances - target
    flags = 1.0 / (1.0 + np.exp(-np.clip(scores[:, count:], -30, 30))) - np.nan_to_num(task.flags)
    flags[np.isnan(task.flags)] = 0.0
    error: Floats = np.concatenate([kinds, flags], axis=1) * task.weights[:, None]
    return error


def chances_of(scores: Floats) -> Floats:
    """Softmax by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def best_scale(scores: Floats, right: NDArray[np.int64]) -> float:
    """The factor that makes their softmax honest on held-out rows (temperature scaling, Guo et al. 2017)."""

    def loss(scale: float) -> float:
        chances = chances_of(scores * np.float32(scale))
        return float(-np.log(np.maximum(chances[np.arange(len(right)), right], 1e-9)).mean())

    return float(min((0.3 + 0.05 * n for n in range(40)), key=loss))


def best_scale_yes(scores: Floats, right: NDArray[np.bool_]) -> float:
    """The same for a yes/no output."""

    def loss(scale: float) -> float:
        chances = 1.0 / (1.0 + np.exp(-np.clip(scores * scale, -30, 30)))
        return float(-np.log(np.maximum(np.where(right, chances, 1 - chances), 1e-9)).mean())

    return float(min((0.3 + 0.05 * n for n in range(40)), key=loss))
