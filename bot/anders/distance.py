"""How far a person stands from the community that asks, and why the middle is best.

Learning from somebody needs both something new to hear and enough in common to understand it. Wuyts, Colombo,
Dutta and Nooteboom (2005, "Empirical tests of optimal cognitive distance", J. of Economic Behavior &
Organization 58) write it as novelty, rising with distance, times understanding, falling with it:
(a0 + a1·d)(b0 − b1·d), an inverted U; with a0 = 0 and b0 = b1 it is d(1 − d), here scaled to 1 at d = ½.
Which ties count is after Krackhardt & Stern (1988): those inside the group against those outside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bot.events import ChannelId, PersonId
from bot.model import Vector

_SOCIAL = 0.5
"""Half of the distance is where and with whom somebody talks, half is what about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Where somebody talks (posts per channel), with whom (replies to and from each person), and the mean
    vector of their practice, None when there is none. A community's is the sum of its members'."""

    channels: Mapping[ChannelId, float] = field(default_factory=dict)
    partners: Mapping[PersonId, float] = field(default_factory=dict)
    centre: Vector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The community that asks: its people, its channels, and the mean vector of its practice."""

    people: frozenset[PersonId]
    channels: frozenset[ChannelId]
    centre: Vector | None = None


def social(person: Footprint, group: Group) -> float:
    """0 for a member in all but name, 1 for somebody who shares no channel and no partner: the share of their
    posts outside the group's channels times the share of their replies outside its people."""
    return _outside(person.channels, group.channels) * _outside(person.partners, group.people)


def _outside(amounts: Mapping[ChannelId, float] | Mapping[PersonId, float], inside: frozenset[str]) -> float:
    total = sum(amounts.values())
    shared = sum(amount for key, amount in amounts.items() if key in inside)
    return 1.0 - shared / total if total > 0 else 1.0


def topical(people: Mapping[PersonId, Footprint], group: Group) -> dict[PersonId, float]:
    """From 0 for whose practice lies nearest to the group's to 1 for the farthest: the mid-rank of the cosine
    between mean vectors, since cosines of means are not comparable between embedders. ½ when unknown."""
    known = {p: f.centre for p, f in people.items() if f.centre is not None}
    if group.centre is None or len(known) < 2:
        return dict.fromkeys(people, 0.5)
    cosines = np.array([float(np.dot(centre, group.centre)) for centre in known.values()])
    farther = (cosines[:, None] < cosines[None, :]).sum(axis=1)
    equal = (cosines[:, None] == cosines[None, :]).sum(axis=1) - 1
    ranks = (farther + equal / 2) / (len(known) - 1)
    return dict.fromkeys(people, 0.5) | {p: float(r) for p, r in zip(known, ranks, strict=True)}


def distances(people: Mapping[PersonId, Footprint], group: Group) -> dict[PersonId, float]:
    """The distance of each person from the group, 0 (the same team) to 1 (a stranger to all of it)."""
    subject = topical(people, group)
    return {p: _SOCIAL * social(f, group) + (1 - _SOCIAL) * subject[p] for p, f in people.items()}


def benefit(distance: float, least: float) -> float:
    """What distance is worth: 1 half-way, `least` at 0 and at 1 (the inverted U)."""
    return least + (1 - least) * 4 * distance * (1 - distance)
