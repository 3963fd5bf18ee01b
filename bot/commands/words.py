"""The words people call Ander with, English and Dutch alike, and which command each means."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "help": ("help", "hulp", "?"),
        "search": ("search", "zoek", "find", "vind"),
        "open": ("open",),
        "domains": ("domains", "domeinen"),
        "offer": ("offer", "bied"),
        "me": ("me", "ik"),
        "pause": ("pause", "pauze"),
        "my-data": ("my-data", "mijn-gegevens", "my data", "mijn gegevens"),
        "forget-me": ("forget-me", "vergeet-mij", "forget me", "vergeet mij"),
        "opt-out": ("leave me out", "lees mij niet", "opt-out", "lees me niet"),
        "opt-in": ("read me again", "lees mij weer", "opt-in", "lees me weer"),
        "report": ("report", "rapport"),
        "domain": ("domain", "domein"),
        "invite": ("invite", "nodig-uit", "nodig uit"),
        "settings": ("settings", "instellingen"),
        "history": ("history", "geschiedenis"),
        "link": ("link", "koppel"),
    }
)
"""The first two of each are the ones we teach, English and Dutch; where there is one, it is both."""

LONGEST_CALL = 2000
"""Characters of a command that are looked at."""

_COMMAND = {word: command for command, words in WORDS.items() for word in words}
_LONGEST = max(len(word.split()) for word in _COMMAND)


def split(text: str) -> tuple[str | None, str]:
    """The command that `text` begins with, and what follows; (None, text) when it begins with none."""
    pieces = text.split()
    for count in range(min(_LONGEST, len(pieces)), 0, -1):
        command = _COMMAND.get(" ".join(pieces[:count]).lower().rstrip(":,!."))
        if command:
            return command, text.split(None, count)[count] if len(pieces) > count else ""
    return ("help", "") if not pieces else (None, text.strip())


def nearest(text: str, lang: str) -> str | None:
    """The word that somebody who wrote `text` may have meant, in the language they seem to write."""
    first = " ".join(text.split()[:1]).lower()
    near = difflib.get_close_matches(first, _COMMAND, n=1, cutoff=0.7)
    return near[0] if near else taught(_PLAIN[first], lang) if first in _PLAIN else None


def taught(command: str, lang: str) -> str:
    """The word we teach for a command."""
    words = WORDS[command]
    return words[1] if lang == "nl" and len(words) > 1 else words[0]


_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "stop": "opt-out",
        "unsubscribe": "opt-out",
        "afmelden": "opt-out",
        "delete": "forget-me",
        "verwijder": "forget-me",
        "wis": "forget-me",
        "export": "my-data",
        "questions": "open",
        "vragen": "open",
        "vragenlijst": "open",
        "topics": "domains",
        "onderwerpen": "domains",
        "vakantie": "pause",
        "holiday": "pause",
        "snooze": "pause",
        "language": "me",
        "taal": "me",
        "start": "help",
        "commands": "help",
        "hallo": "help",
        "hello": "help",
        "hoi": "help",
        "hi": "help",
    }
)
"""Words that people try first elsewhere."""
