"""Words of people, made safe to quote: what cannot be seen is taken away, and nobody is called by a
quotation."""

import re
import unicodedata

_MENTION = re.compile(r"<[@!#][^<>\s]*>")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})


def excerpt(text: str) -> str:
    """One line of `text` without control and invisible characters (bidi overrides, zero-width), which could
    make it read otherwise, and with mentions such as `<@slack:U1>` as a bare “@…”. Escaping is left to who
    shows it."""
    spaced = re.sub(r"\s+", " ", _MENTION.sub("@…", text))
    return "".join(letter for letter in spaced if unicodedata.category(letter) not in _UNSEEN).strip()
