"""Does talk cross the borders between groups, more or less than chance would have it?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np

from bot.reports.material import Post
from bot.reports.suppression import K

SHUFFLES = 200
Tie = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridging:
    """index: E-I minus baseline (what is reported); raw: the E-I itself; baseline: its mean under shuffled
    groups."""

    index: float
    raw: float
    baseline: float


def ties(posts: Iterable[Post], groups: Mapping[str, str]) -> frozenset[Tie]:
    """Who replied to whom: each pair of people once, whoever replied and however often; only people with a
    group."""
    return frozenset(
        (min(p.person, p.reply_to), max(p.person, p.reply_to))
        for p in posts
        if p.reply_to and p.reply_to != p.person and p.person in groups and p.reply_to in groups
    )


def ei(external: int, internal: int) -> float:
    """(E - I) ÷ (E + I): -1 when all ties stay inside groups, +1 when all cross. Needs at least one tie."""
    return (external - internal) / (external + internal)


def bridging(pairs: frozenset[Tie], groups: Mapping[str, str], rng: np.random.Generator) -> Bridging | None:
    """E-I index of the ties minus the mean of E-I after shuffling the people's groups (SHUFFLES times, `rng`
    seeded).

    The shuffle keeps the ties and the group sizes, so that a large group is not blamed for having many ties
    inside. None when fewer than K people are tied. Source: Krackhardt & Stern, Informal Networks and
    Organizational Crises, Social Psychology Quarterly 51 (1988).
    """
    people = sorted(set(chain.from_iterable(pairs)))
    if len(people) < K:
        return None
    place = {person: i for i, person in enumerate(people)}
    ends = np.array(sorted((place[a], place[b]) for a, b in pairs), dtype=np.intp)
    _, labels = np.unique([groups[person] for person in people], return_inverse=True)
    raw = _ei_of(labels, ends)
    baseline = float(np.mean([_ei_of(rng.permutation(labels), ends) for _ in range(SHUFFLES)]))
    return Bridging(index=raw - baseline, raw=raw, baseline=baseline)


def _ei_of(labels: "np.typing.NDArray[np.intp]", ends: "np.typing.NDArray[np.intp]") -> float:
    external = int(np.count_nonzero(labels[ends[:, 0]] != labels[ends[:, 1]]))
    return ei(external, len(ends) - external)
