"""What stands in a Matrix event, whoever brings it: a server, or Element's export. Pure; nothing raises."""

import re
from datetime import datetime
from html import unescape
from urllib.parse import unquote

from adapters.untrusted import Raw, child, items, moment_of_millis, sound, words
from bot.events import ChannelId, MessageId, PersonId, WorkspaceId

_USER = re.compile(r"@[^\s:]{1,255}:[^\s:]{1,255}(?::\d{1,5})?")
_ROOM = re.compile(r"![^\s]{1,255}")
_EVENT = re.compile(r"\$[^\s]{1,255}")
_PILL = re.compile(r"matrix\.to/#/(@[^\"'<>?\s]{1,400})")
_FALLBACK = re.compile(r"(?:> [^\n]*\n|>\n)+\n?")
_FILES = frozenset({"m.file", "m.image", "m.audio", "m.video"})
_HTML = 40_000
_NAMES = {
    "👍": "+1",
    "👎": "-1",
    "✅": "white_check_mark",
    "☑": "ballot_box_with_check",
    "✔": "heavy_check_mark",
    "📚": "books",
    "🚫": "no_entry_sign",
    "❤": "heart",
    "🎉": "tada",
    "🙏": "pray",
    "😄": "smile",
    "😂": "joy",
    "👀": "eyes",
    "🚀": "rocket",
    "💯": "100",
}
_TONES = dict.fromkeys([*range(0x1F3FB, 0x1F400), 0xFE0F])


def user_id(found: object) -> str | None:
    """A user's id, None for what is none."""
    return sound(found) if isinstance(found, str) and len(found) <= 255 and _USER.fullmatch(found) else None


def event_id(found: object) -> str | None:
    """An event's id, None for what is none."""
    return sound(found) if isinstance(found, str) and len(found) <= 255 and _EVENT.fullmatch(found) else None


def room_id(found: object) -> str | None:
    """A room's id, None for what is none."""
    return sound(found) if isinstance(found, str) and _ROOM.fullmatch(found) else None


def moment_of(raw: Raw) -> datetime | None:
    """When an event happened, by the server it came from."""
    return moment_of_millis(raw.get("origin_server_ts"))


def server_of(user: str) -> str:
    """The homeserver of a user."""
    return user.partition(":")[2]


def person_of(user: str) -> PersonId:
    """The person behind a user's id."""
    return PersonId(f"matrix:{user}")


def workspace_of(server: str) -> WorkspaceId:
    """A homeserver, as the people on it are known."""
    return WorkspaceId(f"matrix:{server}")


def channel_of(room: str) -> ChannelId:
    """The channel that a room is."""
    return ChannelId(f"matrix:{room}")


def text_of(content: Raw, limit: int, *, is_reply: bool) -> tuple[str, bool]:
    """The text of a message without the quote that older clients put before a reply, and whether it was cut off."""
    body = content.get("body")
    body = body if isinstance(body, str) else ""
    if is_reply and body.startswith("> "):
        body = _FALLBACK.sub("", body, count=1)
    text = sound(body[:limit])
    return f"📎 {text}" if words(content, "msgtype", 40) in _FILES else text, len(body) > limit


def place_of(content: Raw) -> tuple[MessageId | None, MessageId | None]:
    """The thread a message stands in, and the message it answers expressly."""
    relation = child(content, "m.relates_to")
    reply = event_id(child(relation, "m.in_reply_to").get("event_id"))
    in_thread = relation.get("rel_type") == "m.thread"
    thread = event_id(relation.get("event_id")) if in_thread else None
    # in a thread, the reply may only be there for clients that know no threads
    answered = reply if not (in_thread and relation.get("is_falling_back")) else None
    return MessageId(thread) if thread else None, MessageId(answered) if answered else None


def mentioned(content: Raw) -> tuple[PersonId, ...]:
    """Who is meant: from `m.mentions`, or from the links to people that older clients write."""
    if isinstance(content.get("m.mentions"), dict):
        found = items(child(content, "m.mentions"), "user_ids")[:100]
    else:
        html = content.get("formatted_body")
        text = html[:_HTML] if isinstance(html, str) and "matrix.to" in html else ""
        found = [unquote(unescape(pill)) for pill in _PILL.findall(text)[:100]]
    return tuple(dict.fromkeys(person_of(user) for one in found if (user := user_id(one))))


def redacted(raw: Raw) -> str | None:
    """The event that a redaction takes back: beside the content until room version 10, in it from version 11."""
    return event_id(raw.get("redacts")) or event_id(child(raw, "content").get("redacts"))


def emoji_name(key: str) -> str:
    """The short name of the emoji that Ander knows; another one stays the sign it is, without its skin tone."""
    plain = key.translate(_TONES).strip(": ")
    return _NAMES.get(plain, plain)
