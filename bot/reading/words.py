"""Content words of a text, roughly stemmed, for seeing whether two messages are about the same thing."""

from functools import lru_cache

from bot.reading.language import FUNCTION_WORDS
from bot.reading.text import Text


def content_words(text: Text) -> frozenset[str]:
    """At most 60 stems of the words that carry meaning, with identifiers and numbers."""
    stems = (stem(word) for word in text.tokens if len(word) > 2 and word not in FUNCTION_WORDS)
    return frozenset(list(dict.fromkeys(stems))[:60])


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A crude stem for Dutch and English alike: common endings off, doubled letters single, at most 9 letters."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:9]


_ENDINGS = (
    "ingen",
    "heden",
    "atie",
    "ation",
    "tjes",
    "ing",
    "tje",
    "jes",
    "ies",
    "ers",
    "en",
    "ed",
    "es",
    "er",
    "je",
    "'s",
    "s",
    "e",
    "t",
)
