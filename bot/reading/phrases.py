"""The phrases of `phrases.txt`, compiled."""

import re
from functools import cache
from importlib import resources


@cache
def phrases() -> dict[str, re.Pattern[str]]:
    """One pattern per section: its lines as alternatives, meant for lower-case text."""
    return {name: re.compile("|".join(lines)) for name, lines in _sections().items()}


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
