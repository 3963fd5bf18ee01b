"""The little arithmetic that reading needs."""

import math
from collections.abc import Sequence


def softmax(scores: Sequence[float]) -> list[float]:
    """Chances that add up to 1, from scores of any size."""
    top = max(scores)
    raised = [math.exp(one - top) for one in scores]
    total = sum(raised)
    return [one / total for one in raised]


def sigmoid(score: float) -> float:
    """The chance for a logit; safe at both ends."""
    if score < -500:
        return 0.0
    return 1.0 / (1.0 + math.exp(-score))
