"""Who is likely to answer here and now, whoever they are: expert routing in general, inside a community too.

Learns only from exchanges that are over. The score is a sum of logarithms with equal weights (Dawes 1979, "The
robust beauty of improper linear models"), one for each thing that speaks for somebody: they answer in this place
(the mean of a short and a long memory); they answered questions close to this one (votes, Macdonald & Ounis 2006);
its rare words are their subject (`subjects.py`); they answered this asker; it is their time of day; they are around
more than usual. Being named in the question outweighs all.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.anders.subjects import Subjects
from bot.events import PersonId
from bot.model import Vector

_DAY = 86400.0
_EVERYWHERE = ""
"""The key under which all places are counted together."""
_HOURS = np.array([0.5, 1.0, 1.0, 0.7, 0.5, 0.3])
"""The weight of the hour before a question, its own hour, and the four after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """Memories in days. Set by hand; nothing here was learned from anybody's chat."""

    short_days: float = 14.0
    long_days: float = 60.0
    usual_days: float = 180.0
    similar_days: float = 180.0
    asker_days: float = 20.0
    neighbours: int = 300
    """How many of the closest questions vote."""
    middle: float = 0.5
    width: float = 0.1
    """A vote weighs exp((cosine − middle) / width)."""
    named: float = 6.0
    subject: float = 1.0
    """What `subjects.lift` counts for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question with those who answered. `place`: its channel or domain; without `vector` and `text` it says nothing
    about subjects."""

    place: str
    asker: PersonId
    asked_at: datetime
    answerers: Sequence[PersonId]
    vector: Vector | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A question that waits. `named`: the people it mentions."""

    place: str
    asker: PersonId
    at: datetime
    vector: Vector
    text: str = ""
    named: Collection[PersonId] = ()


class Experts:
    """The memory of who answered what; grows by some 2 kB an exchange, most of it the vector."""

    def __init__(self, settings: RoutingSettings | None = None) -> None:
        self.settings = settings or RoutingSettings()
        self.people: list[PersonId] = []
        self._numbers: dict[PersonId, int] = {}
        self._short = _Tally(self.settings.short_days)
        self._long = _Tally(self.settings.long_days)
        self._usual = _Tally(self.settings.usual_days)
        self._asker = _Tally(self.settings.asker_days)
        self._votes = _Votes(self.settings)
        self._subjects = Subjects()
        self._hours = np.full((256, 24), 0.2)

    def learn(self, exchange: Exchange) -> None:
        """Take in an exchange that is over; call in the order in which they ended."""
        who = np.array([self._number(p) for p in dict.fromkeys(exchange.answerers)], dtype=np.int64)
        asked = exchange.asked_at.timestamp()
        self._short.add(exchange.place, who, asked)
        self._long.add(exchange.place, who, asked)
        self._short.add(_EVERYWHERE, who, asked)
        self._usual.add(_EVERYWHERE, who, asked)
        self._asker.add(exchange.asker, who, asked)
        self._hours[who, exchange.asked_at.hour] += 1
        if exchange.vector is not None:
            self._votes.add(exchange.vector, who, asked)
        if exchange.text:
            self._subjects.add(exchange.text, who)

    def scores(self, enquiry: Enquiry) -> NDArray[np.float64]:
        """How likely each of `people` is to answer, as a logarithm up to a constant; shape (people,)."""
        count, now = len(self.people), enquiry.at.timestamp()
        score = np.log(self._votes.read(enquiry.vector, now, count) + 0.03)
        score += np.log(self._short.read(enquiry.place, now, count) + 0.03) / 2
        score += np.log(self._long.read(enquiry.place, now, count) + 0.03) / 2
        score += np.log(self._asker.read(enquiry.asker, now, count) + 0.5)
        score += np.log(self._awake(enquiry.at)[:count] + 0.05)
        score += self._around(now, count)
        score += self.settings.subject * self._subjects.lift(enquiry.text, count)
        for person in enquiry.named:
            if person in self._numbers:
                score[self._numbers[person]] += self.settings.named
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
            if len(self.people) > len(self._hours):
                self._hours = np.vstack([self._hours, np.full_like(self._hours, 0.2)])
        return self._numbers[person]

    def _awake(self, at: datetime) -> NDArray[np.float64]:
        """How usual this time of day is for each person's answers, in UTC; 1 when all hours are alike."""
        near = self._hours[:, [(at.hour + step) % 24 for step in range(-1, 5)]] @ _HOURS
        share = near / self._hours.sum(axis=1)
        return np.asarray(share * 24 / _HOURS.sum(), dtype=np.float64)

    def _around(self, now: float, count: int) -> NDArray[np.float64]:
        """The logarithm of how much somebody answered lately, anywhere, over how much they usually do. Who is
        little known is taken to be as usual."""
        usual = self.settings.usual_days / self.settings.short_days
        lately = self._short.read(_EVERYWHERE, now, count) + 0.3
        return np.asarray(np.log(lately / (self._usual.read(_EVERYWHERE, now, count) + 0.3 * usual)))


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
