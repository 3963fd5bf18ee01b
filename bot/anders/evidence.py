"""Why Ander believes that somebody knows about something, and how close all of it lies to a question.

The score of a person is a vote of their evidence, the best first (the voting model for expert search, Macdonald
& Ounis 2006, "Voting for candidates"), here as a noisy-or, which stays between 0 and 1 and cannot be reached by
many poor matches alone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.anders.settings import AnderSettings
from bot.anders.words import Words
from bot.events import ChannelId, PersonId
from bot.model import CommunityId, DomainKey, EvidenceKind, Ref, Vector

KIND_WEIGHT: Mapping[EvidenceKind, float] = {
    EvidenceKind.HELPFUL: 1.0,
    EvidenceKind.ANSWER: 0.8,
    EvidenceKind.KNOW_HOW: 0.8,
    EvidenceKind.OFFER: 0.8,
}
_DAY = 86400.0
_CHUNK = 8192
_HUNDRED = 100  # pieces of evidence, for which `middle` was calibrated


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason to think of a person. `own` and `about` are rows of the vectors given to EvidenceIndex: of
    what they wrote and of the question it answered; an offer has neither, it names a domain."""

    person: PersonId
    kind: EvidenceKind
    at: datetime
    item: Ref | None = None
    community: CommunityId | None = None
    channel: ChannelId | None = None
    domain: DomainKey | None = None
    text: str = ""
    weight: float = 1.0
    own: int | None = None
    about: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """How much one person's practice touches a question, each between 0 and 1.

    `touch` is the best single match whatever its age, `score` the vote with age. `evidence`: best first, each
    item once.
    """

    person: PersonId
    score: float
    touch: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Every piece of evidence against one question, shape (n,) in the index's order: `match` (0 to 1), `decay`
    (1 when new, ½ after a half-life) and `shown`, whether it takes part at all."""

    match: NDArray[np.float32]
    decay: NDArray[np.float32]
    shown: NDArray[np.bool_]


class EvidenceIndex:
    """All evidence, compact: 200,000 pieces of 512 dimensions take some 110 MB and a quarter of a second.

    `vectors`: float32, shape (m, dim), rows of length 1. Evidence may come in any order.
    """

    def __init__(self, evidence: Sequence[Evidence], vectors: NDArray[np.float32]) -> None:
        self.evidence = sorted(evidence, key=lambda e: e.at)
        self.people: list[PersonId] = sorted({e.person for e in self.evidence})
        number = {person: i for i, person in enumerate(self.people)}
        self.person = np.array([number[e.person] for e in self.evidence], dtype=np.int32)
        self.at = np.array([e.at.timestamp() for e in self.evidence], dtype=np.float64)
        self.weight = np.array([e.weight * KIND_WEIGHT[e.kind] for e in self.evidence], dtype=np.float32)
        self._domain = np.array([e.domain or "" for e in self.evidence], dtype=object)
        self._offer = np.array([e.kind is EvidenceKind.OFFER for e in self.evidence], dtype=bool)
        self._own = _rows([e.own for e in self.evidence])
        self._about = _rows([e.about for e in self.evidence])
        self._vectors = np.rint(vectors * 127 / _peak(vectors)).astype(np.int8)
        self._scale = (_peak(vectors) / 127).astype(np.float32)
        self._words = Words([e.text for e in self.evidence])

    def match(
        self,
        *,
        vector: Vector,
        text: str,
        domain: DomainKey | None,
        before: datetime,
        settings: AnderSettings,
        may_show: Callable[[Ref], bool] | None = None,
        barred: Collection[tuple[PersonId, Ref]] = (),
    ) -> Matches:
        """All evidence strictly `before` against a question. What `may_show` denies takes no part, nor do
        `barred` pairs of a person and an item."""
        shown = self._shown(before, may_show, barred)
        close = self._cosines(vector)[: len(shown)]
        same = (self._domain == domain) if domain else np.zeros(len(shown), dtype=bool)
        raw = close + self._words.overlap(text, shown) + settings.same_domain * same
        match = _logistic((raw - _middle(int(shown.sum()), settings)) / settings.width) * ~self._offer
        match = np.where(self._offer & same, settings.offer, match)
        age = np.maximum(before.timestamp() - self.at, 0.0) / _DAY
        decay = np.power(0.5, age / settings.half_life_days)
        return Matches(match=(match * shown).astype(np.float32), decay=decay.astype(np.float32), shown=shown)

    def relevance(self, matches: Matches, settings: AnderSettings) -> list[Relevance]:
        """What the matches mean per person, best first; people without any are left out."""
        strength = matches.match * matches.decay * self.weight
        found = np.flatnonzero(strength > settings.least_match)
        order = found[np.lexsort((-strength[found], self.person[found]))]
        people, starts = np.unique(self.person[order], return_index=True)
        groups = np.split(order, starts[1:]) if len(order) else []
        scored = [
            self._person(int(p), rows, strength, matches, settings) for p, rows in zip(people, groups, strict=True)
        ]
        return sorted(scored, key=lambda r: (-r.score, r.person))

    def _person(
        self,
        person: int,
        rows: NDArray[np.intp],
        strength: NDArray[np.float32],
        matches: Matches,
        settings: AnderSettings,
    ) -> Relevance:
        best = rows[: settings.top]
        fading = strength[best].astype(np.float64) * settings.fade ** np.arange(len(best))
        return Relevance(
            person=self.people[person],
            score=float(1 - np.prod(1 - fading)),
            touch=float(matches.match[rows].max()),
            evidence=_each_once([self.evidence[row] for row in best]),
        )

    def _shown(
        self,
        before: datetime,
        may_show: Callable[[Ref], bool] | None,
        barred: Collection[tuple[PersonId, Ref]],
    ) -> NDArray[np.bool_]:
        shown = self.at < before.timestamp()
        if may_show is None and not barred:
            return shown
        for row in np.flatnonzero(shown):
            e = self.evidence[row]
            if e.item is not None:
                hidden = may_show is not None and not may_show(e.item)
                shown[row] = not hidden and (e.person, e.item) not in barred
        return shown

    def _cosines(self, vector: Vector) -> NDArray[np.float32]:
        """The better of own words and answered question; 0 for evidence without vectors."""
        by_row = np.zeros(len(self._vectors) + 1, dtype=np.float32)
        for start in range(0, len(self._vectors), _CHUNK):
            chunk = self._vectors[start : start + _CHUNK].astype(np.float32)
            by_row[start : start + len(chunk)] = chunk @ vector
        by_row[:-1] *= self._scale[:, 0]
        return np.maximum(by_row[self._own], by_row[self._about])


def _middle(pieces: int, settings: AnderSettings) -> float:
    """Where a match is as likely as not, among so many pieces of evidence: the best of many is near by chance."""
    return settings.middle + settings.crowd * float(np.log(max(1.0, pieces / _HUNDRED)))


def _rows(numbers: Sequence[int | None]) -> NDArray[np.int32]:
    return np.array([-1 if n is None else n for n in numbers], dtype=np.int32)


def _peak(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0.0), 1e-9), dtype=np.float32)


def _logistic(x: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), dtype=np.float32)


def _each_once(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    first: dict[object, Evidence] = {}
    for e in evidence:
        first.setdefault(e.item or (e.kind, e.domain), e)
    return tuple(first.values())
