"""The phrases of `phrases.txt`, compiled."""

import re
from functools import cache
from importlib import resources


@cache
def phrases() -> dict[str, re.Pattern[str]]:
    """One pattern per section: its lines as alternatives, meant for lower-case text."""
    return {
        name: re.compile(f"{_START}(?:{'|'.join(line.removeprefix(_EDGE) for line in lines)})")
        if name not in _ANYWHERE
        else re.compile("|".join(lines))
        for name, lines in _sections().items()
    }


# Every phrase starts at the start of a word (which spares the engine four places in five), save in these sections.
_ANYWHERE = frozenset({"steps", "yes_no", "unsolved"})
_START, _EDGE = r"(?<!\w)", r"\b"  # the edge says the same once more, and hides the first letters from the engine


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
