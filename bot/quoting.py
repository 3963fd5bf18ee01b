"""Making people's words safe to show in somebody else's place: no hidden controls, no mass mentions, no flood.

Markup is the adapter's to escape; this is about what would still do harm as plain text. Trojan Source (Boucher &
Anderson 2021) shows what bidirectional controls can do; Slack's `<!channel>` and Matrix' `@room` call everybody.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from bot.events import ChannelKind
from bot.model import Channel, Ref
from bot.outgoing import Quote

LONGEST = 600
"""Characters of a quote: a screen of a phone."""
NAME_LONGEST = 60

_SPOKEN = re.compile(r"<!(?:subteam\^)?([^<>|]{0,80})(?:\|[^<>]{0,80})?>")
_PERSON = re.compile(r"<@([^<>|]{1,120})(?:\|([^<>]{0,80}))?>")
_MASS = re.compile(r"@(?=(?:channel|here|room|everyone|all|group|iedereen)\b)", re.IGNORECASE)
_BLANK = re.compile(r"\n\s*\n+")
_SPACE = re.compile(r"[^\S\n]+")


def shown(text: str, limit: int = LONGEST, names: Mapping[str, str] | None = None) -> str:
    """`text` as it may be shown elsewhere, at most `limit` characters; a second time changes nothing.

    `names`: person id → name, for mentions written as `<@id>`; an unknown one becomes "@someone".
    """
    clean = "".join(c for c in text.replace("\r\n", "\n") if not _hidden(c))
    clean = _PERSON.sub(lambda found: _mention(found, names or {}), clean)
    clean = _SPOKEN.sub(r"＠\1", clean).replace("<!", "‹!").replace("<@", "‹＠")
    clean = _BLANK.sub("\n\n", _SPACE.sub(" ", clean)).strip()
    return _MASS.sub("＠", cut(clean, limit))  # last: cutting "@channels" may leave "@channel"


def _mention(found: re.Match[str], names: Mapping[str, str]) -> str:
    name = names.get(found[1]) or found[2] or "someone"
    return "＠" + name.translate({ord("<"): None, ord("@"): None})


def _hidden(char: str) -> bool:
    """Controls, bidirectional and zero-width signs, private use, half pairs: what a reader cannot see."""
    return char not in "\n\t" and (
        unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or char in _FILLERS
    )


_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks that look like nothing."""


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that loses little."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    space = short.rfind(" ")
    return (short[:space] if space > limit * 0.8 else short).rstrip() + "…"


def name(text: str) -> str:
    """A person's, channel's or community's name in one line."""
    return shown(text.replace("\n", " "), NAME_LONGEST) or "?"


def place(channel: Channel | None) -> str:
    """A channel's name as people write it: "#care"; empty for a direct message or one we do not know."""
    if channel is None or channel.kind is ChannelKind.DIRECT:
        return ""
    return "#" + name(channel.name.removeprefix("#"))


def quote(
    text: str,
    *,
    author: str,
    channel: Channel | None,
    at: datetime,
    ref: Ref | None = None,
    link: str | None = None,
    limit: int = LONGEST,
    names: Mapping[str, str] | None = None,
) -> Quote:
    """What somebody wrote, safe to show."""
    return Quote(text=shown(text, limit, names), author=name(author), channel=place(channel), at=at, link=link, ref=ref)
