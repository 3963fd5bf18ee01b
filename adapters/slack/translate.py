"""From what Slack sends to what happened. Pure: payloads in, events out; no look-ups, no clock, no record.

Nothing in a payload is believed: a field of the wrong type counts as missing. A shape we do not know gives None and is
counted by the caller; one we know and have no use for gives a `Heard` without events.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from adapters.slack import whereabouts
from adapters.slack.heard import CALLED, NOTHING, Heard, Us
from adapters.slack.whereabouts import when
from adapters.slacktalk.mrkdwn import to_text
from adapters.slacktalk.words import (
    JOINED,
    LEFT,
    LONGEST,
    PLATFORM_ITSELF,
    SAID,
    author_of,
    emoji_name,
    mrkdwn_of,
    with_files,
)
from adapters.untrusted import Raw, child, items, moment_of, plain_id, sound, stamp, words
from bot.events import (
    CommandCalled,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageId,
    MessagePosted,
    PersonId,
    ReactionAdded,
    ReactionRemoved,
)

_COMMAND = 2000
_REACTIONS = 500
_GREETED = re.compile(r"(?:(?:hi|hey|hello|hoi|hallo|dag|beste|ok|okay)[\s,!]+)?", re.IGNORECASE)
_SPACE = re.compile(r"[\s,:;.!-]*")


def translate_event(body: Raw, us: Us) -> Heard | None:
    """An `event_callback` of the Events API."""
    event = child(body, "event")
    kind = words(event, "type", 60)
    if kind in _IGNORED:
        return NOTHING
    translate = _EVENTS.get(kind)
    return translate(event, us) if translate else None


def _message(raw: Raw, us: Us) -> Heard | None:
    channel, place = plain_id(raw.get("channel")), words(raw, "channel_type", 20)
    if channel is None:
        return None
    if place == "im":
        return letter_in(raw, channel, us)
    if place == "mpim":
        return NOTHING  # a conversation of a few people, as private as one of two
    return message_in(raw, channel, us)


def message_in(raw: Raw, channel: str, us: Us) -> Heard | None:
    """A message in a channel, as an event or as it stands in the history."""
    subtype = words(raw, "subtype", 60)
    if subtype in SAID:
        return _posted(raw, subtype, channel, us)
    if subtype in _QUIET:
        return NOTHING
    translate = _SUBTYPES.get(subtype)
    return translate(raw, channel, us) if translate else None


def letter_in(raw: Raw, channel: str, us: Us) -> Heard | None:
    """What somebody says to Ander alone is a command; as an event or as it stands in the history."""
    ts, user = stamp(raw.get("ts")), plain_id(raw.get("user"))
    at = moment_of(ts) if ts else None
    if ts is None or at is None:
        return None
    person = user is not None and user not in (us.user, *PLATFORM_ITSELF) and plain_id(raw.get("bot_id")) is None
    if not person or words(raw, "subtype", 60) not in ("", "file_share", "thread_broadcast"):
        return NOTHING
    text, _ = _text(raw, "", us)
    return Heard(events=(_command(user or "", channel, _after_name(text, us) or text, ts, at, raw, us),))


def _posted(raw: Raw, subtype: str, channel: str, us: Us) -> Heard | None:
    ts = stamp(raw.get("ts"))
    at = moment_of(ts) if ts else None
    author = author_of(raw, subtype) or ("webhook" if subtype == "bot_message" else None)
    if ts is None or at is None or author is None:
        return None
    if _is_ours(raw, author, us):
        return NOTHING
    text, mentions = _text(raw, subtype, us)
    if _after_name(text, us) is not None:
        return NOTHING  # it speaks to Ander: a command, which comes as an app_mention
    thread = stamp(raw.get("thread_ts"))
    posted = MessagePosted(
        event=us.ids.event(channel, ts),
        channel=us.ids.channel(channel),
        message=MessageId(ts),
        author=us.ids.person(author),
        text=text,
        at=at,
        thread=MessageId(thread) if thread and thread != ts else None,
        mentions=mentions,
        automatic=_is_automatic(raw, subtype, author),
    )
    return Heard(events=(posted, *_edit_of(raw, channel, us)))


def _is_ours(raw: Raw, author: str, us: Us) -> bool:
    return us.user == author or (us.bot != "" and us.bot in (author, raw.get("bot_id")))


def _is_automatic(raw: Raw, subtype: str, author: str) -> bool:
    return subtype == "bot_message" or author in PLATFORM_ITSELF or plain_id(raw.get("bot_id")) is not None


def _text(raw: Raw, subtype: str, us: Us) -> tuple[str, tuple[PersonId, ...]]:
    mrkdwn = sound(mrkdwn_of(raw, subtype)[:LONGEST])
    text, mentions = to_text(mrkdwn, us.channels, us.ids.prefix)
    return with_files(text, raw), mentions


def _after_name(text: str, us: Us) -> str | None:
    """What follows Ander's name, when the message begins with it (after a greeting at most)."""
    name = f"<@{us.ids.person(us.user)}>"
    head = text.lstrip()
    start = _GREETED.match(head)
    rest = head[start.end() if start else 0 :]
    if not rest.startswith(name):
        return None
    behind = rest[len(name) :]
    gap = _SPACE.match(behind)
    return behind[gap.end() if gap else 0 :].strip()


def _edit_of(raw: Raw, channel: str, us: Us) -> tuple[Event, ...]:
    """The last change of a message, when it has one: the same event as when it was told live."""
    edited, ts, author = child(raw, "edited"), stamp(raw.get("ts")), author_of(raw, "")
    when = stamp(edited.get("ts"))
    at = moment_of(when) if when else None
    if when is None or at is None or ts is None or author is None:
        return ()
    return (
        MessageEdited(
            event=us.ids.event(channel, ts, "edited", when),
            channel=us.ids.channel(channel),
            message=MessageId(ts),
            author=us.ids.person(author),
            text=_text(raw, words(raw, "subtype", 60), us)[0],
            at=at,
        ),
    )


def _changed(raw: Raw, channel: str, us: Us) -> Heard | None:
    """Somebody edited it, Slack put a preview under it, or what was deleted left its place to its replies."""
    message, before = child(raw, "message"), child(raw, "previous_message")
    ts, author = stamp(message.get("ts")), author_of(message, "")
    if ts is None:
        return None
    if message.get("subtype") == "tombstone":
        return _taken_back(ts, raw, channel, us)
    if author is None or _is_ours(message, author, us):
        return NOTHING
    if stamp(child(message, "edited").get("ts")) == stamp(child(before, "edited").get("ts")):
        return NOTHING
    return Heard(events=_edit_of(message, channel, us))


def _deleted(raw: Raw, channel: str, us: Us) -> Heard | None:
    ts = stamp(raw.get("deleted_ts")) or stamp(child(raw, "previous_message").get("ts"))
    return _taken_back(ts, raw, channel, us) if ts else None


def _tombstone(raw: Raw, channel: str, us: Us) -> Heard | None:
    ts = stamp(raw.get("ts"))
    return _taken_back(ts, raw, channel, us) if ts else None


def _taken_back(ts: str, raw: Raw, channel: str, us: Us) -> Heard | None:
    at = when(raw) or moment_of(ts)
    return Heard(events=(deleted(channel, ts, at, us),)) if at else None


def deleted(channel: str, ts: str, at: datetime, us: Us) -> MessageDeleted:
    """That a message is no longer there."""
    return MessageDeleted(
        event=us.ids.event(channel, ts, "deleted"), channel=us.ids.channel(channel), message=MessageId(ts), at=at
    )


def _converted(raw: Raw, channel: str, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    """The channel became private or public."""
    return Heard(look_up=channel)


def _mention(raw: Raw, us: Us) -> Heard | None:
    channel, user, ts = plain_id(raw.get("channel")), plain_id(raw.get("user")), stamp(raw.get("ts"))
    at = moment_of(ts) if ts else None
    if channel is None or ts is None or at is None:
        return None
    if user is None or plain_id(raw.get("bot_id")) or "edited" in raw:
        return NOTHING
    words_for_us = _after_name(_text(raw, "", us)[0], us)
    if words_for_us is None:
        return NOTHING  # about Ander, not to it: an ordinary message
    return Heard(events=(_command(user, channel, words_for_us, ts, at, raw, us),))


def mention_in(raw: Raw, channel: str, us: Us) -> Heard | None:
    """What a message of the history asks of Ander: the same event as its app_mention."""
    if words(raw, "subtype", 60) not in ("", "thread_broadcast"):
        return NOTHING
    return _mention(raw | {"channel": channel}, us)


def _command(user: str, channel: str, text: str, ts: str, at: datetime, raw: Raw, us: Us) -> CommandCalled:
    thread = stamp(raw.get("thread_ts"))
    return CommandCalled(
        event=us.ids.event(channel, ts, CALLED),
        person=us.ids.person(user),
        channel=us.ids.channel(channel),
        text=text[:_COMMAND],
        at=at,
        thread=MessageId(thread) if thread and thread != ts else None,
    )


def _reaction(raw: Raw, us: Us) -> Heard | None:
    item, user = child(raw, "item"), plain_id(raw.get("user"))
    channel, ts, name = plain_id(item.get("channel")), stamp(item.get("ts")), emoji_name(words(raw, "reaction", 100))
    if item.get("type", "message") != "message":
        return NOTHING
    at = when(raw)
    if channel is None or ts is None or user is None or at is None or not name:
        return None
    if user == us.user:
        return NOTHING
    kind = ReactionAdded if raw["type"] == "reaction_added" else ReactionRemoved
    event = us.ids.event(channel, ts, raw["type"], name, user, words(raw, "event_ts", 40))
    person = us.ids.person(user)
    return Heard(
        events=(
            kind(
                event=event,
                channel=us.ids.channel(channel),
                message=MessageId(ts),
                person=person,
                name=name,
                at=at,
            ),
        )
    )


def reactions_on(raw: Raw, channel: str, us: Us) -> tuple[ReactionAdded, ...]:
    """The reactions that stand under a message of the history. Slack does not say when they were given, so each person
    and emoji counts once."""
    ts = stamp(raw.get("ts"))
    at = moment_of(ts) if ts else None
    if ts is None or at is None:
        return ()
    pairs = [
        (name, user)
        for reaction in items(raw, "reactions")[:_REACTIONS]
        if isinstance(reaction, dict) and (name := emoji_name(words(reaction, "name", 100)))
        for found in items(reaction, "users")[:_REACTIONS]
        if (user := plain_id(found)) and user != us.user
    ]
    return tuple(
        ReactionAdded(
            event=us.ids.event(channel, ts, "stands", name, user),
            channel=us.ids.channel(channel),
            message=MessageId(ts),
            person=us.ids.person(user),
            name=name,
            at=at,
        )
        for name, user in dict.fromkeys(pairs[:_REACTIONS])
    )


_Translate = Callable[[Raw, Us], Heard | None]
_EVENTS: Mapping[str, _Translate] = MappingProxyType(
    {
        "message": _message,
        "app_mention": _mention,
        "reaction_added": _reaction,
        "reaction_removed": _reaction,
        "member_joined_channel": whereabouts.moved,
        "member_left_channel": whereabouts.moved,
        "channel_left": whereabouts.out,
        "group_left": whereabouts.out,
        "channel_deleted": whereabouts.channel_gone,
        "group_deleted": whereabouts.channel_gone,
        "channel_id_changed": whereabouts.renumbered,
        "user_change": whereabouts.user_changed,
        "team_join": whereabouts.user_changed,
        "app_home_opened": whereabouts.home_opened,
        "app_uninstalled": whereabouts.uninstalled,
        "tokens_revoked": whereabouts.revoked,
        **dict.fromkeys(
            [
                "channel_rename",
                "channel_archive",
                "channel_unarchive",
                "channel_shared",
                "channel_unshared",
                "group_rename",
                "group_archive",
                "group_unarchive",
            ],
            whereabouts.channel_news,
        ),
    }
)
_IGNORED = frozenset({"channel_created", "channel_history_changed", "file_shared", "pin_added", "pin_removed"})

_SubTranslate = Callable[[Raw, str, Us], Heard | None]
_SUBTYPES: Mapping[str, _SubTranslate] = MappingProxyType(
    {
        "message_changed": _changed,
        "message_deleted": _deleted,
        "tombstone": _tombstone,
        "channel_convert_to_private": _converted,
        "channel_convert_to_public": _converted,
        "group_convert_to_public": _converted,
    }
)
_QUIET = frozenset(
    {
        *JOINED,
        *LEFT,
        *(f"{kind}_{what}" for kind in ("channel", "group") for what in ("topic", "purpose", "name", "archive")),
        *("channel_unarchive", "group_unarchive", "channel_posting_permissions", "bot_add", "bot_remove"),
        *("ekm_access_denied", "huddle_thread", "message_replied", "pinned_item", "unpinned_item", "reminder_add"),
        *("document_mention", "reply_broadcast", "sh_room_created", "assistant_app_thread", "bot_enable"),
        *("channel_canvas_updated", "tabbed_canvas_updated", "bot_disable", "joiner_notification"),
        *("joiner_notification_for_inviter", "app_conversation_join", "app_conversation_leave"),
    }
)
"""Subtypes that say nothing to file."""
