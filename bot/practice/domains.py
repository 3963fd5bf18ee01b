"""Domains that a community might want, found in what is still unfiled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.model import Ref, Vector
from bot.practice.filing import DomainView


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfiled:
    """An item without a domain."""

    ref: Ref
    text: str
    lang: str | None
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSuggestion:
    """A group of unfiled items that might deserve a domain. `examples` lie nearest to its middle, best first;
    whoever shows them checks first that the reader may see them."""

    name: str
    keywords: tuple[str, ...]
    examples: tuple[Ref, ...]
    size: int
    lang: str | None


def suggest_domains(
    items: Sequence[Unfiled],
    existing: Sequence[DomainView],
    k_max: int = 8,
    rng: np.random.Generator | None = None,
) -> list[DomainSuggestion]:
    """At most `k_max` suggestions, largest first; the same input gives the same output (`rng` seeds the start
    of the clustering, 0 when None)."""
    return []
