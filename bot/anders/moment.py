"""The weekly ander moment: a community's liveliest subject of the week, and one or two people from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log1p
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bot.anders.choose import Candidate, Choice, Ranked
from bot.anders.settings import AnderSettings
from bot.events import PersonId
from bot.model import CommunityId, DomainKey, Ref

_SAME = 0.45
"""Cosine from which two conversations of a week are about one subject."""
_SAME_FILED = 0.35
"""The same when they are filed under one domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A question or know-how of the week with what it stirred. `row`: of its vector."""

    ref: Ref
    at: datetime
    people: frozenset[PersonId]
    replies: int
    row: int
    domain: DomainKey | None = None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Conversations about one thing, the one that stands for them first."""

    talks: tuple[Talk, ...]
    liveliness: float

    @property
    def centre(self) -> Talk:
        """The conversation an invitation is about."""
        return self.talks[0]


def liveliest(talks: Sequence[Talk], vectors: NDArray[np.float32], settings: AnderSettings) -> Subject | None:
    """The subject that stirred most people and replies, or None when nothing was lively.

    `vectors`: float32 (m, dim), rows of length 1. A subject is a talk with those close to it; its liveliness
    adds up log(1 + replies) × log(1 + people) over them, so that one long quarrel of two does not win. An
    open conversation stands for its subject before a closed one: there an ander can still help.
    """
    subjects = [_around(talk, talks, vectors) for talk in talks]
    lively = [s for s in subjects if sum(t.replies for t in s.talks) >= settings.moment_least_replies]
    return max(lively, key=lambda s: (s.liveliness, str(s.centre.ref)), default=None)


def _around(seed: Talk, talks: Sequence[Talk], vectors: NDArray[np.float32]) -> Subject:
    near = [t for t in talks if t is seed or _together(seed, t, vectors)]
    near.sort(key=lambda t: (not t.open, -_stir(t), str(t.ref)))
    return Subject(talks=tuple(near), liveliness=sum(map(_stir, near)))


def _together(a: Talk, b: Talk, vectors: NDArray[np.float32]) -> bool:
    filed = a.domain is not None and a.domain == b.domain
    return float(vectors[a.row] @ vectors[b.row]) >= (_SAME_FILED if filed else _SAME)


def _stir(talk: Talk) -> float:
    return log1p(talk.replies) * log1p(len(talk.people))


def period(moment: datetime, zone: ZoneInfo) -> str:
    """The ISO week in which a moment lies for a community, as "2026-W40"."""
    return _week(moment.astimezone(zone).date())


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def due_period(now: datetime, zone: ZoneInfo, settings: AnderSettings) -> str:
    """The latest week whose ander moment has come. Claim it once (it is a key); the weeks that were missed
    before it stay missed."""
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    day = monday + timedelta(days=settings.moment_weekday)
    if now >= datetime.combine(day, settings.moment_at, zone):
        return _week(monday)
    return _week(monday - timedelta(days=7))


def pick(choice: Choice, candidates: Sequence[Candidate], people: int) -> tuple[Ranked, ...]:
    """At most `people` of a choice, best first, each from another community than those before where it can be."""
    home = {c.person.id: c.communities for c in candidates}
    picked: list[Ranked] = []
    seen: set[CommunityId] = set()
    for fresh in (True, False):
        for one in choice.ranked:
            new = not (home.get(one.person, frozenset()) & seen)
            if len(picked) < people and one not in picked and (new or not fresh):
                picked.append(one)
                seen |= home.get(one.person, frozenset())
    return tuple(picked)
