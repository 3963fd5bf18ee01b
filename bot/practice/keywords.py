"""The words of a text that say what it is about, and the key words that set one group of texts apart."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

_READ = 1200
"""Characters of a text that are read: its subject is in its first lines."""

_NOT_PROSE = re.compile(
    r"```[^`]*(?:```|\Z)|`[^`\n]*`|<?(?:https?://|www\.)[^\s<>]{1,2000}>?|<[@#!][^>\s]{0,120}>"
    r"|@\*\*[^*\n]{1,80}\*\*|:[a-z0-9_+-]{2,40}:"
)
_WORD = re.compile(r"[^\W\d_][\w'’+#-]*|\d+[^\W\d_]\w*")
_ANY = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-case words of the prose in order: no code, links, mentions, emoji names; at most 30 letters each."""
    prose = _NOT_PROSE.sub(" . ", text[:_READ]).casefold().replace("’", "'")
    return [word.rstrip("'-")[:30] for word in _WORD.findall(prose)]


def terms(text: str) -> list[str]:
    """What a text is recognised by: stems of its words without the common ones, of links and code too."""
    return list(matched_terms(text))


def matched_terms(text: str) -> dict[str, str]:
    """Stem → the word it was first met in, in order."""
    found: dict[str, str] = {}
    for word in _ANY.findall(text[:_READ].casefold()):
        if len(word) > 1 and word not in STOP_WORDS:
            found.setdefault(stem(word[:30]), word)
    return found


def facets(name: str, description: str) -> list[str]:
    """A domain's name and the things its description lists, each as a short question: messages mostly are
    questions, and an embedder hears the mood of a sentence as well as its subject."""
    parts = [part.strip() for part in _BETWEEN.split(f"{name}, {description}")]
    return list(dict.fromkeys(f"{part}?" for part in parts if len(part) > 2))


_BETWEEN = re.compile(r"[,;:.()\n]| en | of | and | or ")


def stem(word: str) -> str:
    """A crude stem for Dutch and English: a common ending off, doubled last letters single."""
    for length in (5, 4, 3, 2, 1):
        if word[-length:] in _ENDINGS and len(word) - length >= 3:
            word = word[:-length]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


_ENDINGS = frozenset(
    "ingen heden atie ation tjes ments ment ing tje jes ies ers en ed es er je 's s e t y".split()  # noqa: SIM905
)


def key_words(groups: Sequence[Iterable[str]], count: int = 8) -> list[tuple[str, ...]]:
    """Per group of texts the `count` words and two-word phrases that set it apart, best first.

    Class-based TF-IDF (Grootendorst 2022, BERTopic): tf(t, c) · log(1 + A / tf(t)), with A the mean number of
    words per class; a text counts a word once, so that one long message does not name a group."""
    counts = [Counter(phrase for text in group for phrase in set(_phrases(words(text)))) for group in groups]
    total: Counter[str] = Counter()
    for counter in counts:
        total.update(counter)
    mean = sum(total.values()) / max(1, len(counts))
    return [_best(counter, total, mean, count) for counter in counts]


_FEW = 60
"""A group of more phrases than this is large enough to leave out what was said only once."""


_LIFT = 1.3
"""A phrase must be that much commoner in its group than everywhere: what all groups say names none of them."""


def _best(counter: Counter[str], total: Counter[str], mean: float, count: int) -> tuple[str, ...]:
    floor = 2 if len(counter) > _FEW else 1
    share = _LIFT * sum(counter.values()) / max(1, sum(total.values()))
    own = {p: n for p, n in counter.items() if n >= floor and n > share * total[p]}
    scores = {p: n * float(np.log1p(mean / total[p])) for p, n in (own or counter).items()}
    return tuple(sorted(scores, key=lambda phrase: (-scores[phrase], phrase))[:count])


def _phrases(found: Sequence[str]) -> Iterator[str]:
    kept = [word if len(word) > 2 and word not in STOP_WORDS else "" for word in found]
    yield from filter(None, kept)
    yield from (f"{a} {b}" for a, b in pairwise(kept) if a and b)


def _stop_words() -> frozenset[str]:
    lines = Path(__file__).with_name("stop_words.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


STOP_WORDS = _stop_words()
"""Words that say nothing about a subject, Dutch and English. A word with a meaning in one of the two languages
("man", "den") is left out of key words in both: a name is better without it than with it."""
