"""One search by words: which words to look up, slips of the keyboard included, and what each counts for."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from storage.search.terms import query_weights
from storage.search.text import NAMED, terms
from storage.search.words import Scope, Words

_TELLING = 4  # of the rarest words are looked up however common they are
_COMMON = 20  # a word in more than one of so many items finds nothing by itself
_MOST = 24  # of a long text only the rarest words are looked up, all of them are scored
_LONGEST = 64  # different words of a query that count
_SHORT = 6  # words: a longer query finds its way without mending slips of the keyboard
_SLIPS = 2  # of them at most
_SLIP = 0.6  # what a word counts that was probably meant
_NAME = 2.0  # what an identifier counts


class Wanted(NamedTuple):
    """`rare`: the words to look up; `weights`: what each counts for (`terms.query_weights`)."""

    rare: tuple[str, ...]
    weights: Mapping[str, float]


def wanted(text: str, words: Words, scope: Scope) -> Wanted:
    """From a query's text. Depends on items of the scope only."""
    counts = Counter(dict(list(terms(text).items())[:_LONGEST]))
    found = words.found(counts, scope)
    boosts = {word: _NAME for word in counts if word.startswith(NAMED)}
    unknown = [word for word, count in found.items() if not count]
    for word in unknown[:_SLIPS] if len(counts) <= _SHORT else ():
        for other, count in words.neighbours(word, scope).items():
            if other not in counts:
                counts[other], found[other], boosts[other] = 1, count, _SLIP
    weights = query_weights(counts, found, scope.allowed, boosts=boosts)
    rare = sorted((word for word in counts if found[word]), key=lambda word: (found[word], word))[:_MOST]
    telling = [word for n, word in enumerate(rare) if n < _TELLING or found[word] * _COMMON <= scope.allowed]
    return Wanted(tuple(telling), weights)
