"""The row of the evals' table, and the interval that stands beside each figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

Observation = TypeVar("Observation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured score. `floor` and `aim` are None where nobody set one."""

    task: str
    data: str
    n: int
    metric: str
    value: float
    low: float
    high: float
    floor: float | None = None
    aim: float | None = None
    peers: Mapping[str, float] = field(default_factory=dict)


def bootstrap(
    observations: Sequence[Observation],
    statistic: Callable[[Sequence[Observation]], float],
    *,
    seed: int = 0,
    draws: int = 1000,
) -> tuple[float, float]:
    """The 95 % percentile interval of `statistic` over resampled `observations` (Efron 1979)."""
    if not observations:
        return (float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(observations), size=(draws, len(observations)))
    values = [statistic([observations[i] for i in pick]) for pick in picks]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
