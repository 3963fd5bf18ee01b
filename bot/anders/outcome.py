"""How likely a good outcome is with somebody, from how their invitations ended.

A Beta prior (Beta(2, 2): nobody starts at certainty) updated with one success for taking part, two for having
helped, one failure for *Not my field*. *Not now* and no reply say nothing: they are never held against anyone.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from bot.anders.invitation import State
from bot.model import InvitationRow

_PRIOR = (2.0, 2.0)
_ENDED: Mapping[str, tuple[float, float]] = {
    State.ACCEPTED: (1, 0),
    State.ANSWERED: (1, 0),
    State.HELPFUL: (2, 0),
    State.NOT_MY_FIELD: (0, 1),
}

Beta = tuple[float, float]


def outcome(history: Iterable[InvitationRow]) -> Beta:
    """The two parameters of the Beta distribution of a good outcome."""
    wins, losses = _PRIOR
    for row in history:
        win, loss = _ENDED.get(row.state, (0, 0))
        wins, losses = wins + win, losses + loss
    return wins, losses


def mean(beta: Beta) -> float:
    """The expected chance, 0 to 1."""
    return beta[0] / (beta[0] + beta[1])


def draw(beta: Beta, rng: np.random.Generator) -> float:
    """A chance drawn from what we believe (Thompson 1933): who is little known varies most, and so gets a turn."""
    return float(rng.beta(*beta))
