"""Choosing the ander: who, outside the community that asks, has a practice that touches the question.

The parts are multiplied (a weighted product keeps a perfect calendar from making up for knowing nothing):
relevance × distance × outcome × load × freshness × exploration. Each can be shown, and each choice explained by
evidence that the reader may read; other evidence takes no part in the choice at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from bot.anders import outcome
from bot.anders.distance import Footprint, Group, benefit, distances
from bot.anders.evidence import Evidence, EvidenceIndex, Relevance
from bot.anders.fatigue import Refusal, load, refusal
from bot.anders.hours import calendar_of, next_moment
from bot.anders.invitation import State
from bot.anders.settings import AnderSettings
from bot.errors import InputError
from bot.events import PersonId
from bot.model import CommunityId, DomainKey, InvitationRow, Person, Ref, Vector

MayShow = Callable[[Ref], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question in search of an ander. `group`: the community that asks; `present`: the asker and whoever
    takes part in the conversation already."""

    question: Ref
    community: CommunityId
    at: datetime
    text: str
    vector: Vector
    group: Group
    domain: DomainKey | None = None
    present: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who might be asked. `communities` are theirs; `history` all their invitations; `last_seen`
    when they last posted anything."""

    person: Person
    communities: frozenset[CommunityId]
    footprint: Footprint = field(default_factory=Footprint)
    history: tuple[InvitationRow, ...] = ()
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a score is the product of; each between 0 and 1, except that exploration lies around 1."""

    relevance: float
    distance: float
    outcome: float
    load: float
    freshness: float
    exploration: float

    @property
    def score(self) -> float:
        """The product."""
        return self.relevance * self.distance * self.outcome * self.load * self.freshness * self.exploration


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Somebody who can be asked: at `moment`, because of `why` (best first; `evidence` are its items)."""

    person: PersonId
    score: float
    parts: Parts
    why: tuple[Evidence, ...]
    moment: datetime

    @property
    def evidence(self) -> tuple[Ref, ...]:
        """The items that speak for them."""
        return tuple(e.item for e in self.why if e.item is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The anders, best first; empty when nobody's practice touches the question. `refused`: whose practice
    does, and why they are not asked now (for the administrator only)."""

    ranked: tuple[Ranked, ...] = ()
    refused: Mapping[PersonId, Refusal] = field(default_factory=dict)


def choose(
    asked: Asked,
    candidates: Sequence[Candidate],
    evidence: EvidenceIndex,
    settings: AnderSettings,
    *,
    now: datetime,
    rng: np.random.Generator | None = None,
    may_show: MayShow | None = None,
) -> Choice:
    """Everybody who may be asked and whose practice touches the question, best first; take as many as you need.

    Only evidence from before the question counts, and of that only what `may_show` lets the reader see. Without
    `rng` nothing is left to chance.
    """
    outsiders = {c.person.id: c for c in candidates if _outside(c, asked)}
    touching = _touching(asked, outsiders, evidence, settings, may_show)
    far = distances({p: c.footprint for p, c in outsiders.items()}, asked.group)
    ranked: list[Ranked] = []
    refused: dict[PersonId, Refusal] = {}
    for found in touching:
        candidate = outsiders[found.person]
        moment = _moment(candidate.person, settings, now)
        no = _refusal(candidate, asked.question, moment, settings)
        if moment is None or no is not None:
            refused[found.person] = no or Refusal.NO_HOURS
            continue
        parts = _parts(found, candidate, far[found.person], settings, now, rng)
        ranked.append(Ranked(person=found.person, score=parts.score, parts=parts, why=found.evidence, moment=moment))
    ranked.sort(key=lambda r: (-r.score, r.person))
    return Choice(ranked=tuple(ranked) if _sure(ranked, touching, settings) else (), refused=refused)


def _sure(ranked: Sequence[Ranked], touching: Sequence[Relevance], settings: AnderSettings) -> bool:
    """Whether the practice of anybody who may be asked touches the question beyond coincidence."""
    touch = {found.person: found.touch for found in touching}
    return any(touch[one.person] >= settings.floor for one in ranked)


def _outside(candidate: Candidate, asked: Asked) -> bool:
    person = candidate.person
    inside = asked.community in candidate.communities or person.id in asked.group.people
    return not (inside or person.id in asked.present)


def _touching(
    asked: Asked,
    outsiders: Mapping[PersonId, Candidate],
    evidence: EvidenceIndex,
    settings: AnderSettings,
    may_show: MayShow | None,
) -> list[Relevance]:
    matches = evidence.match(
        vector=asked.vector,
        text=asked.text,
        domain=asked.domain,
        before=asked.at,
        settings=settings,
        may_show=may_show,
        barred=frozenset(_disclaimed(outsiders.values())),
    )
    found = evidence.relevance(matches, settings)
    return [r for r in found if r.person in outsiders and r.touch >= settings.least_touch]


def _disclaimed(candidates: Iterable[Candidate]) -> Iterable[tuple[PersonId, Ref]]:
    """Evidence that led to *Not my field* speaks for nobody any more."""
    for candidate in candidates:
        for row in candidate.history:
            if row.state == State.NOT_MY_FIELD:
                yield from ((candidate.person.id, ref) for ref in row.evidence)


def _moment(person: Person, settings: AnderSettings, now: datetime) -> datetime | None:
    """When the person works next; None when their zone or quiet hours make no sense, which is no reason to
    fail the others."""
    try:
        return next_moment(now, calendar_of(person, settings))
    except InputError:
        return None


def _refusal(candidate: Candidate, question: Ref, moment: datetime | None, settings: AnderSettings) -> Refusal | None:
    if moment is None:
        return Refusal.NO_HOURS
    zone = ZoneInfo(candidate.person.timezone or settings.timezone)
    return refusal(candidate.person, question, candidate.history, moment, zone, settings)


def _parts(
    found: Relevance,
    candidate: Candidate,
    distance: float,
    settings: AnderSettings,
    now: datetime,
    rng: np.random.Generator | None,
) -> Parts:
    chance = outcome.outcome(candidate.history)
    return Parts(
        relevance=found.score,
        distance=benefit(distance, settings.distance_least),
        outcome=_from(settings.outcome_least, outcome.mean(chance)),
        load=load(candidate.history, now, settings),
        freshness=_from(settings.freshness_least, _seen(candidate.last_seen, now, settings)),
        exploration=_luck(chance, settings, rng),
    )


def _from(least: float, share: float) -> float:
    return least + (1 - least) * share


def _seen(last: datetime | None, now: datetime, settings: AnderSettings) -> float:
    """How likely somebody is still around: half of it is gone after `seen_days` of silence."""
    if last is None:
        return 0.5
    days = max((now - last).total_seconds(), 0.0) / 86400
    return float(0.5 ** (days / settings.seen_days))


def _luck(chance: outcome.Beta, settings: AnderSettings, rng: np.random.Generator | None) -> float:
    if rng is None or not settings.exploration:
        return 1.0
    return 1 + settings.exploration * 2 * (outcome.draw(chance, rng) - outcome.mean(chance))
