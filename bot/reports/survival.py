"""How long a question waits: the Kaplan–Meier estimate, in which open questions are censored, not dropped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """`hours` until the first reply, or, when not `answered`, until we stopped looking."""

    hours: float
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From `hours` on, the share `waiting` (0–1) of questions is still without a reply."""

    hours: float
    waiting: float


def curve(waits: Iterable[Wait]) -> tuple[Step, ...]:
    """The estimate S(t) = Π over reply times tᵢ ≤ t of (1 - dᵢ/nᵢ); dᵢ replies at tᵢ, nᵢ still waiting just
    before.

    A question censored at tᵢ still counts as waiting at tᵢ. Empty input gives no steps; otherwise the first
    step is (0, 1) and there is one step per distinct reply time. Source: Kaplan & Meier, Nonparametric
    Estimation from Incomplete Observations, JASA 53 (1958).
    """
    known = list(waits)
    if not known:
        return ()
    replies = Counter(w.hours for w in known if w.answered)
    leaving = Counter(w.hours for w in known)
    steps, waiting, at_risk = [Step(hours=0.0, waiting=1.0)], 1.0, len(known)
    for hours in sorted(leaving):
        if replies[hours]:
            waiting *= 1 - replies[hours] / at_risk
            steps.append(Step(hours=hours, waiting=waiting))
        at_risk -= leaving[hours]
    return tuple(steps)


def quantile(steps: Sequence[Step], share: float) -> float | None:
    """Hours within which `share` (0.5 the median, 0.9 the p90) of questions got a reply: the smallest t with
    S(t) ≤ 1 - share; None when the curve never comes that low (too many are still open)."""
    # A product of fractions such as 9/10 · 8/9 … may miss 0.5 by one bit; the margin forgives that.
    return next((s.hours for s in steps if s.waiting <= 1 - share + 1e-9), None)
