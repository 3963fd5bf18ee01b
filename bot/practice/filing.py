"""Filing: to which of its community's domains does a question or a piece of know-how belong?

One `FilingIndex` per community lives in memory. It starts from the domains' names and descriptions and gets better
with every item that a person filed or that it filed itself. It never writes: the caller stores the outcome,
and leaves alone what a person decided (`bot.model.By.PERSON`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import DomainKey, Ref, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainView:
    """A domain as the filing sees it; `vector` is the embedding of `describe(name, description)`."""

    key: DomainKey
    name: str
    description: str
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """Where an item belongs. `domain` is None when none fits well enough; `confidence` is the calibrated
    probability that `best` (the domain, or what it would have been) is right, 0–1; `why` holds up to three of
    the item's own words that speak for it."""

    domain: DomainKey | None
    best: DomainKey | None
    confidence: float
    runner_up: DomainKey | None
    why: tuple[str, ...] = ()


def describe(name: str, description: str) -> str:
    """The text of a domain that is embedded."""
    return f"{name}. {description}".strip()


class FilingIndex:
    """The domains of one community and what was filed under them. Not safe to share between threads."""

    def __init__(self, domains: Sequence[DomainView], *, threshold: float = 0.5, capacity: int = 20_000) -> None:
        """`threshold`: below this confidence an item stays unfiled. `capacity`: how many items are remembered
        (the oldest give way), about 1 kB each. Without domains everything stays unfiled."""
        self.domains = tuple(domains)
        self._threshold = threshold
        self._capacity = capacity

    def learn(self, ref: Ref, text: str, vector: Vector, domain: DomainKey, *, by_person: bool) -> None:
        """Take in that an item lies under a domain; a ref already known is moved. An unknown domain is ignored.
        Oldest first, for a domain's share of what is asked is taken from the recent past."""

    def unlearn(self, ref: Ref) -> None:
        """Forget an item (deleted, hidden, forgotten); an unknown ref is no error."""

    def file(self, text: str, vector: Vector) -> Filed:
        """Where an item with this text and vector belongs. Does not learn it."""
        return Filed(domain=None, best=None, confidence=0.0, runner_up=None)
