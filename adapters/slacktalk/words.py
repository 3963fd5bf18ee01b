"""The words of a message, wherever Slack hides them: its text, its first attachment, the names of its files. Pure."""

import re

from adapters.untrusted import Raw, child, items, plain_id, words

SAID = frozenset({"", "me_message", "thread_broadcast", "file_share", "file_comment", "bot_message"})
"""The subtypes of messages in which somebody says something."""
JOINED = frozenset({"channel_join", "group_join"})
LEFT = frozenset({"channel_leave", "group_leave"})
PLATFORM_ITSELF = frozenset({"USLACKBOT", "U00"})
LONGEST = 40_000
"""Characters of a message; Slack cuts at the same."""

_ANNOUNCEMENT = 2000  # characters that "… uploaded a file: …" can take
_UPLOADED = re.compile(r"<@\w+(?:\|[^>]*)?> uploaded (?:a|an) \w+: <[^>]*>(?: and commented:)?")
_COMMENTED = re.compile(r"<@(\w+)(?:\|[^>]*)?> commented on .{1,60}? file <[^>]*>(?: and \w+ \w+)?:?", re.ASCII)
_TONE = re.compile(r"::skin-tone-\d.*")
_FILES = 20


def mrkdwn_of(raw: Raw, subtype: str, limit: int = LONGEST) -> str:
    """What was written, in Slack's markup, with what Slack itself put before it taken off. `limit` is for words that
    stand elsewhere than in `text`."""
    found = raw.get("text")
    mrkdwn = found if isinstance(found, str) else ""
    if subtype in ("file_share", "file_comment"):
        announced = (_UPLOADED if subtype == "file_share" else _COMMENTED).match(mrkdwn[:_ANNOUNCEMENT])
        mrkdwn = mrkdwn[announced.end() :].strip() if announced else mrkdwn
    if not mrkdwn and subtype == "file_comment":
        mrkdwn = words(child(raw, "comment"), "comment", limit)
    return mrkdwn or _attached(raw)


def with_files(text: str, raw: Raw) -> str:
    """The text, and a line for each file that came with it."""
    files = [child(raw, "file")] if "file" in raw else items(raw, "files")[:_FILES] if "files" in raw else []
    titles = [words(file, "title") or words(file, "name") for file in files if isinstance(file, dict)]
    lines = [f"📎 {title}" for title in titles if title]
    return "\n".join((text, *lines)).strip() if lines else text


def author_of(raw: Raw, subtype: str) -> str | None:
    """Slack's id of whoever wrote it, a person's before a bot's; None when the message does not say."""
    user = plain_id(raw.get("user")) or plain_id(raw.get("bot_id"))
    if user or subtype != "file_comment":
        return user
    commented = _COMMENTED.match(words(raw, "text", 400))
    return plain_id(child(raw, "comment").get("user")) or (commented[1] if commented else None)


def emoji_name(found: str) -> str:
    """The short name of an emoji without its skin tone."""
    return _TONE.sub("", found)


def _attached(raw: Raw) -> str:
    """Words for a message that has none of its own: those of its first attachment."""
    for attachment in items(raw, "attachments")[:1]:
        if isinstance(attachment, dict):
            return words(attachment, "text", 4000) or words(attachment, "fallback", 4000)
    return ""
