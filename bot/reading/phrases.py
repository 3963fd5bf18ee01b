"""The phrases of `phrases.txt`, compiled."""

import re
from functools import cache
from importlib import resources


@cache
def phrases() -> dict[str, re.Pattern[str]]:
    """One pattern per section: its lines as alternatives, meant for lower-case text."""
    return {
        name: re.compile(_START.get(name, r"(?<!\w)") + f"(?:{'|'.join(lines)})") for name, lines in _sections().items()
    }


# Every phrase starts at the start of a word (which spares the engine four places in five), save in these sections.
_START = {"steps": "", "yes_no": "", "unsolved": ""}


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
