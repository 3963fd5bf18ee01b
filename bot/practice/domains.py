"""Domains that a community might want, found in what is still unfiled.

Items are grouped by what they mean and by the words they share (spherical k-means, Dhillon & Modha 2001, on the
vector beside a projection of TF-IDF), more groups than wanted; groups that go by the same word are joined, and
those that no word holds together are left out. Groups get their names from the words that set them apart.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.model import Ref, Vector
from bot.practice.filing import DomainView
from bot.practice.keywords import key_words, matched_terms, stem
from bot.practice.learner import SLOTS, hashed

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_SMALLEST = 4
"""A group of fewer items is a coincidence."""
_KEYWORDS = 6
_EXAMPLES = 3
_HELD = 0.4
"""The share of a group's items that must hold one of its key words."""
_WORDS_DIM = 384
_WORDS_WEIGHT = 0.8
_ROUNDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfiled:
    """An item without a domain."""

    ref: Ref
    text: str
    lang: str | None
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSuggestion:
    """A group of unfiled items that might deserve a domain. `examples` lie nearest to its middle, best first;
    whoever shows them (or the key words) checks first that the reader may see them."""

    name: str
    keywords: tuple[str, ...]
    examples: tuple[Ref, ...]
    size: int
    lang: str | None


def suggest_domains(
    items: Sequence[Unfiled],
    existing: Sequence[DomainView] = (),
    k_max: int = 8,
    rng: np.random.Generator | None = None,
) -> list[DomainSuggestion]:
    """At most `k_max` suggestions, largest first; the same input gives the same output (`rng` draws the start of
    the clustering, seed 0 when None). Nothing is suggested whose name shares a
    word with that of a domain of `existing`."""
    if len(items) < 2 * _SMALLEST or k_max < 1:
        return []
    rows = _rows(items)
    count = int(np.clip(np.sqrt(len(items) / 2), 2, 3 * k_max))
    labels = _cluster(rows, count, rng or np.random.default_rng(0))
    groups = _joined(items, [np.flatnonzero(labels == label) for label in range(count)])
    taken = {term for domain in existing for term in matched_terms(domain.name)}
    found = [_suggestion(items, rows, group, names) for group, names in groups if _holds(items, group, names)]
    fresh = [one for one in found if taken.isdisjoint(matched_terms(one.name))]
    return sorted(fresh, key=lambda one: (-one.size, one.name))[:k_max]


def _rows(items: Sequence[Unfiled]) -> Floats:
    """One row of length 1 per item: its meaning without what all have in common, and its words."""
    meaning = np.stack([item.vector for item in items]).astype(np.float32)
    both = np.hstack([_unit(meaning - meaning.mean(axis=0)), _WORDS_WEIGHT * _word_rows(items)])
    return _unit(both)


def _word_rows(items: Sequence[Unfiled]) -> Floats:
    """TF-IDF, brought to `_WORDS_DIM` numbers by a random projection that keeps cosines (Achlioptas 2003)."""
    slots = [hashed(list(matched_terms(item.text))) for item in items]
    seen = np.bincount(np.concatenate(slots), minlength=SLOTS)
    weights = np.log((1 + len(items)) / (1 + seen)).astype(np.float32)
    weights[seen < 2] = 0.0  # a word said once joins nobody
    signs = np.random.default_rng(1).choice(np.array([-1.0, 1.0], np.float32), size=(SLOTS, _WORDS_DIM))
    rows = [(weights[slot, None] * signs[slot]).sum(axis=0) for slot in slots]
    return _unit(np.array(rows, dtype=np.float32))


def _cluster(rows: Floats, count: int, rng: np.random.Generator) -> Ints:
    """The group of each row; starts from far-apart rows (k-means++, Arthur & Vassilvitskii 2007)."""
    centres = _starts(rows, count, rng)
    labels = np.full(len(rows), -1, dtype=np.int64)
    for _ in range(_ROUNDS):
        now = (rows @ centres.T).argmax(axis=1)
        if (now == labels).all():
            break
        labels = now
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, rows)
        centres = np.where(np.linalg.norm(sums, axis=1, keepdims=True) > 0, _unit(sums), centres)
    return labels


def _starts(rows: Floats, count: int, rng: np.random.Generator) -> Floats:
    picked = [int(rng.integers(len(rows)))]
    far = np.full(len(rows), 2.0)
    while len(picked) < count:
        far = np.minimum(far, np.clip(1.0 - rows @ rows[picked[-1]], 0.0, None))
        total = far.sum()
        picked.append(int(rng.choice(len(rows), p=far / total)) if total > 0 else int(rng.integers(len(rows))))
    return rows[picked]


def _joined(items: Sequence[Unfiled], groups: Sequence[Ints]) -> list[tuple[Ints, tuple[str, ...]]]:
    """Groups with their key words, those joined that go by the same first word."""
    kept = [group for group in groups if len(group)]
    first = key_words([[items[place].text for place in group] for group in kept], 1)
    same: dict[str, list[Ints]] = {}
    for group, names in zip(kept, first, strict=True):
        same.setdefault(stem(names[0].split()[-1]) if names else "", []).append(group)
    joined = [np.sort(np.concatenate(parts)) for parts in same.values()]
    words_of = key_words([[items[place].text for place in group] for group in joined], 3 * _KEYWORDS)
    return list(zip(joined, map(_different, words_of), strict=True))


def _different(found: Sequence[str]) -> tuple[str, ...]:
    """The best key words without those that repeat a better one ("rooster", "roosters", "rooster maken")."""
    kept: list[str] = []
    seen: set[str] = set()
    for phrase in found:
        stems = {stem(word) for word in phrase.split()}
        if not stems & seen:
            kept.append(phrase)
            seen |= stems
    return tuple(kept[:_KEYWORDS])


def _holds(items: Sequence[Unfiled], group: Ints, names: Sequence[str]) -> bool:
    if len(group) < _SMALLEST or len(names) < 2:
        return False
    held = sum(any(name in items[place].text.casefold() for name in names) for place in group)
    return held >= _HELD * len(group)


def _suggestion(items: Sequence[Unfiled], rows: Floats, group: Ints, names: tuple[str, ...]) -> DomainSuggestion:
    nearest = group[np.argsort(-(rows[group] @ rows[group].mean(axis=0)), kind="stable")]
    langs = Counter(items[place].lang for place in group if items[place].lang)
    lang = min(langs, key=lambda one: (-langs[one], one or "")) if langs else None
    with_words = [place for place in nearest if names[0] in items[place].text.casefold()]
    examples = list(dict.fromkeys([*with_words, *nearest]))[:_EXAMPLES]
    return DomainSuggestion(
        name=_name(names, lang),
        keywords=names,
        examples=tuple(items[place].ref for place in examples),
        size=len(group),
        lang=lang,
    )


def _name(names: Sequence[str], lang: str | None) -> str:
    """ "Pdf, schermlezer en formulier": the two or three best key words, as a person would write them."""
    best = names[:3]
    joined = f"{', '.join(best[:-1])} {'en' if lang == 'nl' else 'and'} {best[-1]}"
    return joined[:1].upper() + joined[1:]


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)
