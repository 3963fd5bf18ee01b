"""Reading a value of which nothing is known: every function gives a sound value or None, and never raises.

Hand-written rather than pydantic: it runs for every field of every message, and a wrong field must cost that
field, not the message.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.events import EventId

Raw = dict[str, Any]
"""One JSON object, as it came."""

_TS = re.compile(r"(\d{9,11})(?:\.(\d{1,6}))?", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def sound(text: str) -> str:
    """The text without NUL and half surrogate pairs, which no database and no UTF-8 can hold."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "")


def words(raw: Raw, key: str, limit: int = 200) -> str:
    """A short text, at most `limit` characters; "" when there is none."""
    found = raw.get(key)
    return sound(found[:limit]).strip() if isinstance(found, str) else ""


def plain_id(found: object) -> str | None:
    """An id of letters and digits as Slack makes them."""
    return found if isinstance(found, str) and _ID.fullmatch(found) else None


def child(raw: Raw, key: str) -> Raw:
    """An object in an object; an empty one when there is none."""
    found = raw.get(key)
    return found if isinstance(found, dict) else {}


def items(raw: Raw, key: str) -> list[Any]:
    """A list in an object; an empty one when there is none."""
    found = raw.get(key)
    return found if isinstance(found, list) else []


def stamp(found: object) -> str | None:
    """Slack's time stamp as text ("1519660926.021000"), however it was written; None for what is no time."""
    if isinstance(found, str):
        return found if _TS.fullmatch(found) else None
    if isinstance(found, int | float) and not isinstance(found, bool) and _FIRST <= found <= _LAST:
        return f"{found:.6f}"
    return None


def moment_of(ts: str) -> datetime | None:
    """The moment of a time stamp, None outside the years 2000–2099."""
    match = _TS.fullmatch(ts)
    if not match or not _FIRST <= int(match[1]) < _LAST:
        return None
    micro = int((match[2] or "").ljust(6, "0"))
    return datetime.fromtimestamp(int(match[1]), UTC).replace(microsecond=micro)


def moment(found: object) -> datetime | None:
    """The moment of a Slack time in any notation."""
    ts = stamp(found)
    return moment_of(ts) if ts else None


def moment_of_millis(found: object) -> datetime | None:
    """The moment of a Matrix time: milliseconds since 1970."""
    if isinstance(found, bool) or not isinstance(found, int) or not _FIRST <= found // 1000 < _LAST:
        return None
    return datetime.fromtimestamp(found // 1000, UTC).replace(microsecond=found % 1000 * 1000)


@lru_cache(maxsize=1024)
def zone(name: str) -> str | None:
    """The name of a time zone that exists, None for any other."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
    return name


def lang(locale: str) -> str | None:
    """ "nl" or "en" of "nl-NL", None for what Ander does not speak."""
    found = locale[:2].lower()
    return found if found in ("nl", "en") else None


def event_id(*parts: str) -> EventId:
    """One id of several parts."""
    return EventId(":".join(parts))
