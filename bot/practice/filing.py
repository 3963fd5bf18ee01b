"""Filing: to which of its community's domains does a question or a piece of know-how belong?

One `FilingIndex` per community lives in memory. It starts from the domains' names and descriptions and gets better
with every item that a person filed or that it filed itself. It never writes: the caller stores the outcome,
and leaves alone what a person decided (`bot.model.By.PERSON`).

The model is a softmax over the domains and "none of them" (`docs/filing.md` has the formulas and the figures):

    logit = what the descriptions say (cosines and shared words, two scales fitted by training/train_filing.py)
          + what is usual in its channel (its name at the start, then what was filed from there)
          + what was learned (a linear model over the vector and the hashed words and their parts)

The learned part begins at nothing, so that a new community rests on its descriptions, and an old one on its history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId
from bot.model import Channel, Domain, DomainKey, Ref, Vector
from bot.ports import Embedder
from bot.practice.background import BACKGROUND
from bot.practice.keywords import facets, matched_terms
from bot.practice.learner import Learner, Sample, hashed, parts

Floats = NDArray[np.float32]

_SCALE = 18.0
_MIDDLE = 0.16
_SHARED = 1.5
"""Logit = _SCALE · (mean of the three best cosines - _MIDDLE) + _SHARED · √(shared words); "none" stands at 0.
Fitted by training/train_filing.py."""
_BEST = 3
"""A message touches a few facets of a domain, not all of them."""

_BY_PERSON, _BY_DETECTOR = 1.0, 0.2
"""What an item weighs. Its own filings teach the index new words of a domain; at this weight five of them need to
agree before they count as much as one person."""

_FROM_NAME, _NAME_SCALE = 4.0, 8.0
"""A channel's name counts like so many items filed from there; two words are a weak hint, hence less than half of
_SCALE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainView:
    """A domain as the filing sees it: `vector` is the embedding of `describe(name, description)`, `facets` those
    of `bot.practice.keywords.facets(name, description)`, shape (n, dim); without them `vector` is used."""

    key: DomainKey
    name: str
    description: str
    vector: Vector
    facets: Floats | None = None


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
    """The text of a domain that is embedded as a whole."""
    return f"{name}. {description}".strip()


async def open_index(
    domains: Sequence[Domain], embedder: Embedder, *, channels: Sequence[Channel] = (), threshold: float = 0.5
) -> "FilingIndex":
    """An index over a community's domains (those merged into another are left out), nothing learned yet.
    `channels`: where the community meets; their names say something too. Embeds some hundred short texts. Raises
    what the embedder raises."""
    kept = [domain for domain in domains if domain.merged_into is None]
    background = (await embedder.embed(BACKGROUND)).mean(axis=0)
    index = FilingIndex([await _view(domain, embedder) for domain in kept], background=background, threshold=threshold)
    names = [channel.name.replace("-", " ").replace("_", " ") for channel in channels]
    for channel, name, vector in zip(channels, names, await embedder.embed(names), strict=True):
        index.introduce(channel.id, name, vector)
    return index


async def _view(domain: Domain, embedder: Embedder) -> DomainView:
    rows = await embedder.embed([describe(domain.name, domain.description), *facets(domain.name, domain.description)])
    return DomainView(key=domain.key, name=domain.name, description=domain.description, vector=rows[0], facets=rows[1:])


class FilingIndex:
    """The domains of one community and what was filed under them. Not safe to share between threads."""

    def __init__(
        self,
        domains: Sequence[DomainView],
        *,
        background: Vector | None = None,
        threshold: float = 0.5,
        capacity: int = 20_000,
    ) -> None:
        """`background`: the mean vector of everyday talk, taken off every vector, since what all messages have in
        common says nothing about their domain. `threshold`: below this confidence an item stays unfiled.
        `capacity`: of how many items it is remembered where they lie (the oldest give way), so that one which is
        moved counts once. Without domains everything stays unfiled."""
        self.domains = tuple(domains)
        self.threshold = threshold
        self._capacity = capacity
        self._places: Mapping[DomainKey, int] = {domain.key: place for place, domain in enumerate(domains)}
        self._words = _words_of(domains)
        self._filed: dict[Ref, tuple[int, float]] = {}
        dim = domains[0].vector.shape[0] if domains else 0
        self.background = np.zeros(dim, np.float32) if background is None or not dim else background
        self._facets = [_centred(_facets_of(domain), self.background) for domain in domains]
        self._learner = Learner(dim, len(domains) + 1)
        self._usual: dict[ChannelId, Floats] = {}
        self._named: dict[ChannelId, Floats] = {}

    def introduce(self, channel: ChannelId, name: str, vector: Vector) -> None:
        """Say what a channel is called; `vector` is that of the name in plain words. Before anything is learned."""
        if self.domains:
            cosines, _ = self.signs(matched_terms(name), vector)
            self._named[channel] = _FROM_NAME * _softmax(_NAME_SCALE * cosines)

    def __len__(self) -> int:
        """Of how many items it is remembered where they lie."""
        return len(self._filed)

    def learn(self, ref: Ref, text: str, vector: Vector, domain: DomainKey | None, *, by_person: bool) -> None:
        """Take in that an item lies under a domain, or (None) that a person said it lies under none; a ref already
        known is moved. An unknown domain is ignored. Oldest first, for what is asked changes with time. Neither text
        nor vector is kept."""
        place = len(self.domains) if domain is None else self._places.get(domain)
        if place is None or not self.domains:
            return
        weight = _BY_PERSON if by_person else _BY_DETECTOR
        self._learner.step(self._sample(matched_terms(text), vector, ref.channel), place, weight)
        if ref in self._filed:
            self._count(ref.channel, *self._filed[ref], -1)
        self._filed[ref] = place, weight
        self._count(ref.channel, place, weight, 1)
        if len(self._filed) > self._capacity:
            oldest = next(iter(self._filed))
            self._count(oldest.channel, *self._filed.pop(oldest), -1)

    def file(self, text: str, vector: Vector, channel: ChannelId | None = None) -> Filed:
        """Where an item with this text and vector, said in `channel`, belongs. Does not learn it."""
        if not self.domains:
            return Filed(domain=None, best=None, confidence=0.0, runner_up=None)
        terms = matched_terms(text)
        sample = self._sample(terms, vector, channel)
        chances = _softmax(sample.base + self._learner.logits(sample))[:-1]
        order = np.argsort(-chances)
        best, confidence = self.domains[order[0]].key, float(chances[order[0]])
        return Filed(
            domain=best if confidence >= self.threshold else None,
            best=best,
            confidence=confidence,
            runner_up=self.domains[order[1]].key if len(order) > 1 else None,
            why=self._why(terms, int(order[0])),
        )

    def _sample(self, terms: Mapping[str, str], vector: Vector, channel: ChannelId | None) -> Sample:
        centred = _centred(vector[None], self.background)[0]
        base = self._base(centred, terms)
        base[:-1] += self._usually(channel)
        return Sample(vector=centred, words=parts(list(terms)), base=base)

    def _usually(self, channel: ChannelId | None) -> Floats:
        """Per domain the log of how much more than its even share of a channel it has (a Dirichlet prior from the
        channel's name, then counts); of the whole community when the channel is not known."""
        even = np.full(len(self.domains), _FROM_NAME / len(self.domains), dtype=np.float32)
        if channel is None:
            counts = sum(self._usual.values(), even)
        else:
            counts = self._named.get(channel, even) + self._usual.get(channel, 0.0)
        return np.asarray(np.log(counts * len(self.domains) / counts.sum()), dtype=np.float32)

    def _count(self, channel: ChannelId, place: int, weight: float, sign: int) -> None:
        """Add to what is usual in a channel, or take off; that something lies under no domain says nothing of it."""
        if place < len(self.domains):
            counts = self._usual.setdefault(channel, np.zeros(len(self.domains), dtype=np.float32))
            counts[place] = max(0.0, counts[place] + sign * weight)

    def _base(self, centred: Vector, terms: Mapping[str, str]) -> Floats:
        """What the descriptions alone say: one logit per domain, and 0 for none of them."""
        cosines, shared = self._signs(terms, centred)
        return np.append(_SCALE * (cosines - _MIDDLE) + _SHARED * np.sqrt(shared), np.float32(0.0))

    def signs(self, terms: Mapping[str, str], vector: Vector) -> tuple[Floats, Floats]:
        """Per domain: how near a text comes to the description (mean of the best cosines), and how many of its
        `bot.practice.keywords.matched_terms` the description shares. What the training fits its numbers to."""
        return self._signs(terms, _centred(vector[None], self.background)[0])

    def _signs(self, terms: Mapping[str, str], centred: Vector) -> tuple[Floats, Floats]:
        near = [np.sort(facet @ centred)[-_BEST:].mean() for facet in self._facets]
        shared = np.zeros(len(self.domains), dtype=np.float32)
        for term in terms:
            for place in self._words.get(term[:_PREFIX], ()):
                shared[place] += 1.0
        return np.array(near, dtype=np.float32), shared

    def _why(self, terms: Mapping[str, str], place: int) -> tuple[str, ...]:
        learned = self._learner.word_logits(hashed(list(terms)), place).tolist()
        known = [1.0 if place in self._words.get(term[:_PREFIX], ()) else 0.0 for term in terms]
        weights = map(sum, zip(learned, known, strict=True))
        scored = sorted(zip(weights, terms.values(), strict=True), reverse=True)
        return tuple(word for score, word in scored[:3] if score > 0.05)


_PREFIX = 6
"""Letters by which a message's word is recognised in a description: Dutch compounds differ at their end."""


def _words_of(domains: Sequence[DomainView]) -> dict[str, tuple[int, ...]]:
    """Prefix → the places of the domains that mention it; a word that most domains mention says nothing."""
    places: dict[str, set[int]] = {}
    for place, domain in enumerate(domains):
        for term in matched_terms(describe(domain.name, domain.description)):
            places.setdefault(term[:_PREFIX], set()).add(place)
    return {term: tuple(sorted(found)) for term, found in places.items() if 2 * len(found) <= max(2, len(domains))}


def _facets_of(domain: DomainView) -> Floats:
    return domain.vector[None] if domain.facets is None or not len(domain.facets) else domain.facets


def _centred(rows: Floats, background: Vector) -> Floats:
    moved = rows - background
    lengths: Floats = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-6), dtype=np.float32)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
