"""Who is likely to answer here and now, whoever they are: expert routing in general, inside a community too.

Learns only from exchanges that are over. The score is a sum of logarithms with equal weights (Dawes 1979, "The
robust beauty of improper linear models"): how much somebody answered in the place lately, with a short and a long
memory; how much they answered questions close to this one (Macdonald & Ounis 2006, votes); whether they answered the
asker; whether it is their time of day. Being named in the question outweighs all.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.events import PersonId
from bot.model import Vector

_DAY = 86400.0
_HOURS = np.array([0.5, 1.0, 1.0, 0.7, 0.5, 0.3])
"""The weight of the hour before a question, its own hour, and the four after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """Memories in days. Set by hand; nothing here was learned from anybody's chat."""

    short_days: float = 14.0
    long_days: float = 60.0
    similar_days: float = 180.0
    asker_days: float = 20.0
    neighbours: int = 300
    """How many of the closest questions vote."""
    middle: float = 0.5
    width: float = 0.1
    """A vote weighs exp((cosine − middle) / width)."""
    named: float = 6.0
    recent: float = 0.5
    """How much having just been here counts, beside the others' 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question with those who answered. `place`: its channel or domain; `over_at`: when the answers were in."""

    place: str
    asker: PersonId
    asked_at: datetime
    over_at: datetime
    answerers: Sequence[PersonId]
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A question that waits. `named`: the people it mentions."""

    place: str
    asker: PersonId
    at: datetime
    vector: Vector
    named: Collection[PersonId] = ()


class Experts:
    """The memory of who answered what; grows by some 2 kB an exchange, most of it the vector."""

    def __init__(self, settings: RoutingSettings | None = None) -> None:
        self.settings = settings or RoutingSettings()
        self.people: list[PersonId] = []
        self._numbers: dict[PersonId, int] = {}
        self._short = _Tally(self.settings.short_days)
        self._long = _Tally(self.settings.long_days)
        self._asker = _Tally(self.settings.asker_days)
        self._votes = _Votes(self.settings)
        self._hours = np.full((256, 24), 0.2)
        self._seen = np.full(256, -math.inf)

    def learn(self, exchange: Exchange) -> None:
        """Take in an exchange that is over; call in the order of `over_at`."""
        who = np.array([self._number(p) for p in dict.fromkeys(exchange.answerers)], dtype=np.int64)
        asker = self._number(exchange.asker)
        asked = exchange.asked_at.timestamp()
        for tally, key in ((self._short, exchange.place), (self._long, exchange.place), (self._asker, exchange.asker)):
            tally.add(key, who, asked)
        self._votes.add(exchange.vector, who, asked)
        self._hours[who, exchange.asked_at.hour] += 1
        self._seen[who] = np.maximum(self._seen[who], exchange.over_at.timestamp())
        self._seen[asker] = max(self._seen[asker], asked)

    def scores(self, enquiry: Enquiry) -> NDArray[np.float64]:
        """How likely each of `people` is to answer, as a logarithm up to a constant; shape (people,)."""
        count, now, weights = len(self.people), enquiry.at.timestamp(), self.settings
        score = np.log(self._short.read(enquiry.place, now, count) + 0.03)
        score += np.log(self._long.read(enquiry.place, now, count) + 0.03)
        score += np.log(self._votes.read(enquiry.vector, now, count) + 0.03)
        score += np.log(self._asker.read(enquiry.asker, now, count) + 0.5)
        score += np.log(self._awake(enquiry.at)[:count] + 0.05)
        score -= weights.recent * np.log(self._away(now)[:count] + 0.02)
        for person in enquiry.named:
            if person in self._numbers:
                score[self._numbers[person]] += weights.named
        if enquiry.asker in self._numbers:
            score[self._numbers[enquiry.asker]] = -math.inf
        return score

    def rank(self, enquiry: Enquiry, most: int = 5) -> list[PersonId]:
        """The likeliest answerers, best first; never the asker."""
        score = self.scores(enquiry)
        best = np.argsort(-score, kind="stable")[:most]
        return [self.people[i] for i in best if np.isfinite(score[i])]

    def _number(self, person: PersonId) -> int:
        if person not in self._numbers:
            self._numbers[person] = len(self.people)
            self.people.append(person)
            if len(self.people) > len(self._seen):
                self._hours = np.vstack([self._hours, np.full_like(self._hours, 0.2)])
                self._seen = np.concatenate([self._seen, np.full_like(self._seen, -math.inf)])
        return self._numbers[person]

    def _awake(self, at: datetime) -> NDArray[np.float64]:
        """How usual this time of day is for each person's answers, in UTC; 1 when all hours are alike."""
        near = self._hours[:, [(at.hour + step) % 24 for step in range(-1, 5)]] @ _HOURS
        share = near / self._hours.sum(axis=1)
        return np.asarray(share * 24 / _HOURS.sum(), dtype=np.float64)

    def _away(self, now: float) -> NDArray[np.float64]:
        """Days since each person was last seen, at most 999."""
        return np.asarray(np.minimum((now - self._seen) / _DAY, 999.0), dtype=np.float64)


class _Tally:
    """Counts per key and person that halve every half-life. Kept as if counted at the key's first moment, so that
    time passes for all of them at once."""

    def __init__(self, half_life_days: float) -> None:
        self._half_life = half_life_days * _DAY
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._base: dict[str, float] = {}

    def add(self, key: str, who: NDArray[np.int64], at: float) -> None:
        if not len(who):
            return
        power = (at - self._base.setdefault(key, at)) / self._half_life
        if power > 500:  # before the floats run out
            self._sums[key] = self._sums[key] * 2.0**-power
            self._base[key], power = at, 0.0
        sums = self._sums.get(key, np.zeros(0))
        sums = np.pad(sums, (0, max(int(who.max()) + 1 - len(sums), 0)))
        sums[who] += 2.0**power
        self._sums[key] = sums

    def read(self, key: str, now: float, count: int) -> NDArray[np.float64]:
        out = np.zeros(count)
        sums = self._sums.get(key)
        if sums is not None:
            out[: len(sums)] = sums * 2.0 ** (-(now - self._base[key]) / self._half_life)
        return out


class _Votes:
    """Past questions, each voting for those who answered it by how close and how old it is."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._settings = settings
        self._vectors = np.zeros((0, 0), dtype=np.float32)
        self._at = np.zeros(1024)
        self._who: list[NDArray[np.int64]] = []

    def add(self, vector: Vector, who: NDArray[np.int64], at: float) -> None:
        n = len(self._who)
        if n == 0:
            self._vectors = np.zeros((1024, len(vector)), dtype=np.float32)
        elif n == len(self._vectors):
            self._vectors = np.vstack([self._vectors, np.zeros_like(self._vectors)])
            self._at = np.concatenate([self._at, np.zeros_like(self._at)])
        self._vectors[n], self._at[n] = vector, at
        self._who.append(who)

    def read(self, vector: Vector, now: float, count: int) -> NDArray[np.float64]:
        out = np.zeros(count)
        n = len(self._who)
        if n == 0:
            return out
        close = self._vectors[:n] @ vector
        near = np.argpartition(-close, min(self._settings.neighbours, n) - 1)[: self._settings.neighbours]
        decay = 2.0 ** (-(now - self._at[near]) / _DAY / self._settings.similar_days)
        votes = decay * np.exp((close[near] - self._settings.middle) / self._settings.width)
        for question, vote in zip(near, votes, strict=True):
            out[self._who[question]] += vote
        return out
