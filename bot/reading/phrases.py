"""The phrases of `phrases.txt`, compiled."""

import re
from collections import defaultdict
from functools import cache
from importlib import resources


@cache
def phrases() -> dict[str, re.Pattern[str]]:
    """One pattern per section: its lines as alternatives, meant for lower-case text."""
    return {
        name: re.compile("|".join(lines))
        if name in _ANYWHERE
        else re.compile(f"{_START}(?:{'|'.join(map(_without_edge, lines))})")
        for name, lines in _sections().items()
    }


def said(text: str) -> list[str]:
    """The sections that have a phrase in the (lower-case) text, in order. As if each were searched for, but the text is
    gone through once: where any phrase begins, all sections are tried."""
    places = [begun.start() for begun in _beginnings().finditer(text)]
    found = []
    for name, pattern in phrases().items():
        if name in _ANYWHERE:
            if pattern.search(text):
                found.append(name)
            continue
        for place in places:
            if pattern.match(text, place):
                found.append(name)
                break
    return found


@cache
def _beginnings() -> re.Pattern[str]:
    """Every place where a phrase begins. Those with the same first letter stand together: most words are passed by
    after a look at theirs."""
    by_letter, others = defaultdict[str, list[str]](list), list[str]()
    for name, lines in _sections().items():
        for line in map(_without_edge, lines if name not in _ANYWHERE else ()):
            if _LETTER.match(line):
                by_letter[line[0]].append(line[1:])
            else:
                others.append(line)
    letters = [f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items()]
    return re.compile(f"{_START}(?={'|'.join(letters + others)})")


# Every phrase starts at the start of a word (which spares the engine four places in five), save in these sections.
_ANYWHERE = frozenset({"steps", "yes_no", "unsolved"})
_START, _EDGE = r"(?<!\w)", r"\b"  # the edge says the same once more, and hides the first letters from the engine
_LETTER = re.compile(r"[a-z](?![?*+{|])")


def _without_edge(line: str) -> str:
    return line.removeprefix(_EDGE)


def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in resources.files("bot.reading").joinpath("phrases.txt").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]") and line[1:-1].isidentifier():
            lines = found.setdefault(line[1:-1], [])
        else:
            lines.append(line)
    return found
