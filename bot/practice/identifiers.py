"""Names that a machine made or reads: error codes, file names, versions, snake_case. Searched for as they stand."""

import re

LONGEST = 8_000  # characters of a text that are looked at
_WORD = re.compile(r"(?<![\w./\\-])[\w@#][\w.:/\\@#+-]{0,78}")
_INNER = re.compile(r"\w[_.:/\\@+]\w|[a-z][A-Z]|[A-Za-z]-?\d|\d[A-Za-z]|^#\w")
_PLAIN = re.compile(r"[\d.,:/-]*\d|\d+(?:e|de|ste|th|st|nd|rd|x)|[^\W\d_]+(?:[/.:-][^\W\d_]+)*")
_FILE = re.compile(r"[\w-]+\.[a-z][a-z0-9]{1,4}$")


def identifiers(text: str) -> list[str]:
    """Those in a text, in lower case, each once, in order."""
    found = (match.group().rstrip(".:/\\@#-") for match in _WORD.finditer(text[:LONGEST]))
    return list(dict.fromkeys(word.lower() for word in found if is_identifier(word)))


def only_identifiers(text: str) -> bool:
    """Whether a text is nothing but identifiers: then it is looked up, not understood."""
    words = text.split()
    return bool(words) and all(map(identifiers, words))


def is_identifier(word: str) -> bool:
    """Whether a word without spaces is one. Dates, times, ordinals, and words joined by a dash or slash are not."""
    if (word.isalpha() and word[1:].islower()) or not _INNER.search(word):
        return False  # the first says it of most words, and spares them the search
    camel = bool(re.search(r"[a-z][A-Z]", word))
    return camel or bool(_FILE.fullmatch(word)) or not _PLAIN.fullmatch(word)
