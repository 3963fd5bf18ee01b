"""Slack's mrkdwn as plain text: mentions with our ids, links readable, entities undone, emoji left as they are.

Pure and linear in the length of the text.
"""

import re
from collections.abc import Mapping

from bot.events import PersonId

_TOKEN = re.compile(r"<([^<>\n]{1,4000})>")
_OURS = re.compile(r"<@(?=(?:slack|matrix|terminal):)")
_PERSON = re.compile(r"@([UWB][A-Z0-9]{1,40})(?:\|.*)?", re.ASCII)
_CHANNEL = re.compile(r"#([CGD][A-Z0-9]{1,40})(?:\|(.*))?", re.ASCII)
_SCHEME = re.compile(r"(?:https?|ftp|mailto|tel):/{0,2}", re.IGNORECASE)


def to_text(mrkdwn: str, channels: Mapping[str, str], prefix: str = "slack:") -> tuple[str, tuple[PersonId, ...]]:
    """The text and the people mentioned in it, each once, in order. `channels`: id → name; `prefix`: what our ids
    of people have before Slack's."""
    if "<" not in mrkdwn:
        return _literal(mrkdwn), ()
    found: dict[PersonId, None] = {}
    parts = _TOKEN.split(mrkdwn)
    for i in range(0, len(parts), 2):
        parts[i] = _literal(parts[i])
    for i in range(1, len(parts), 2):
        parts[i] = _token(parts[i], channels, prefix, found)
    return "".join(parts), tuple(found)


def _literal(text: str) -> str:
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    # what somebody typed must not look like a mention that we made
    return _OURS.sub("‹@", text) if "<@" in text else text


def _token(token: str, channels: Mapping[str, str], prefix: str, found: dict[PersonId, None]) -> str:
    match token[0]:
        case "@":
            return _mention(token, prefix, found)
        case "#":
            return _channel(token, channels)
        case "!":
            return _special(token)
        case _:
            return _link(token)


def _mention(token: str, prefix: str, found: dict[PersonId, None]) -> str:
    match = _PERSON.fullmatch(token)
    if not match:
        return _literal(token)
    person = PersonId(prefix + match[1])
    found[person] = None
    return f"<@{person}>"


def _channel(token: str, channels: Mapping[str, str]) -> str:
    match = _CHANNEL.fullmatch(token)
    if not match:
        return _literal(token)
    return "#" + _literal(match[2] or channels.get(match[1], match[1]))


def _special(token: str) -> str:
    """`!here`, `!channel`, `!subteam^S1|@team`, `!date^1392734382^{date}|18 February`: the words, and no more."""
    command, bar, label = token[1:].partition("|")
    if bar and command.startswith(("subteam", "date")):
        return _literal(label)
    return "@" + _literal(command.split("^")[0])


def _link(token: str) -> str:
    url, bar, label = token.partition("|")
    url, label = _literal(url), _literal(label).strip()
    scheme = _SCHEME.match(url)
    if not scheme:
        return label or url if bar else f"<{url}>"
    bare = url[scheme.end() :]
    if scheme[0].lower().startswith(("mailto", "tel")):
        return label or bare
    if label.rstrip("/") in ("", url.rstrip("/"), bare.rstrip("/")):
        return url
    return f"{label} ({url})"
