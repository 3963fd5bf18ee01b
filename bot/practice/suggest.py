"""Already asked: the earlier, answered question that a new one repeats, or nothing.

Ander only speaks up when it is probably right. How near the best one is says little by itself (questions of one
field are all alike); what counts is how far it stands out from the rest and whether the words agree. A small
logistic model decides; its threshold is set for precision (weights/CARD.md).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np

from bot.events import ChannelId, PersonId
from bot.model import Candidate, ItemKind, Ref, Status, Thread, Vector
from bot.ports import SearchPlane, Transaction
from bot.practice import fusion
from bot.practice.fusion import Array
from bot.practice.search import CANDIDATES, Gate, as_seen, ranked

FEATURES = ("cosine", "margin", "outlier", "words", "words_margin", "alike", "length", "share", "lead")
_WEIGHTS = Path(__file__).with_name("weights") / "suggest.npz"
LOOKED_AT = 20  # of the ranking: an answered, readable question further down is not the same question
_GRAM = 4  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An answered question that is probably the same one. `chance`: the model's, 0 to 1."""

    thread: Thread
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A new question: `ref` None when it is not filed (yet)."""

    text: str
    vector: Vector
    person: PersonId
    at: datetime
    ref: Ref | None = None


async def suggest(tx: Transaction, plane: SearchPlane, gate: Gate, asked: Asked) -> Earlier | None:
    """The best earlier answered question that `asked.person` may read, if the gate lets it through."""
    channels = await gate.readable(tx, asked.person)
    if not channels:
        return None
    candidates = await plane.find(
        text=asked.text, vector=asked.vector, channels=channels, kinds=[ItemKind.QUESTION], limit=CANDIDATES
    )
    ranking = ranked(asked.text, [c for c in candidates if c.ref != asked.ref])
    found = await _first_answered(tx, gate, asked, ranking, channels)
    if found is None:
        return None
    sure = chance(asked.text, found.item.text, [c for c, _ in ranking], found.item.ref)
    return Earlier(thread=found, chance=sure) if sure >= threshold() else None


async def _first_answered(
    tx: Transaction,
    gate: Gate,
    asked: Asked,
    ranking: Sequence[tuple[Candidate, Array]],
    readable: frozenset[ChannelId],
) -> Thread | None:
    threads = await tx.threads([candidate.ref for candidate, _ in ranking[:LOOKED_AT]])
    seen = await as_seen(tx, gate, asked.person, threads.values(), readable)
    ordered = (seen[candidate.ref] for candidate, _ in ranking[:LOOKED_AT] if candidate.ref in seen)
    return next((thread for thread in ordered if _answers(thread, asked)), None)


def _answers(thread: Thread, asked: Asked) -> bool:
    item = thread.item
    return (
        item.kind is ItemKind.QUESTION
        and item.status is not Status.OPEN
        and bool(thread.answers)
        and item.at < asked.at
    )


def chance(text: str, earlier: str, candidates: Sequence[Candidate], chosen: Ref) -> float:
    """How probable it is that the question `text` repeats the one with text `earlier`, which is `chosen` among
    the candidates found for it."""
    weights = _weights()
    ranks = fusion.ranks(fusion.features(text, candidates))
    row = (features(text, earlier, candidates, ranks, chosen) - weights["mean"]) / weights["spread"]
    return float(fusion.chance(row @ weights["weights"], np.array([1.0, weights["constant"]])))


def threshold() -> float:
    """The chance from which on Ander speaks up."""
    return float(_weights()["threshold"])


def features(text: str, earlier: str, candidates: Sequence[Candidate], ranks: Array, chosen: Ref) -> Array:
    """The gate's view of one candidate among all: one value per name in `FEATURES`. `ranks`: by the fusion."""
    cosines = np.array([max(c.own or -1.0, c.thread or -1.0) for c in candidates])
    words = np.array([c.words or 0.0 for c in candidates])
    mine = next(n for n, candidate in enumerate(candidates) if candidate.ref == chosen)
    others = np.arange(len(candidates)) != mine
    return np.array(
        [
            cosines[mine],
            cosines[mine] - max(cosines[others], default=0.0),
            fusion.relative(cosines)[mine],
            words[mine],
            words[mine] - max(words[others], default=0.0),
            alike(text, earlier),
            np.log1p(len(text)),
            ranks[mine] - ranks.max() - np.log(np.exp(ranks - ranks.max()).sum()),
            fusion.relative(ranks)[mine],
        ]
    )


def alike(one: str, other: str) -> float:
    """Cosine of the counts of runs of four letters, which see through inflection and compounds; 0 to 1."""
    a, b = _grams(one), _grams(other)
    shared = sum(count * b[gram] for gram, count in a.items())
    return shared / max(_length(a) * _length(b), 1e-9)


def _grams(text: str) -> Counter[str]:
    low = f" {' '.join(text.lower().split())} "
    return Counter(low[n : n + _GRAM] for n in range(max(0, len(low) - _GRAM + 1)))


def _length(counts: Counter[str]) -> float:
    return float(sum(count * count for count in counts.values()) ** 0.5)


@cache
def _weights() -> dict[str, Array]:
    with np.load(_WEIGHTS, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
