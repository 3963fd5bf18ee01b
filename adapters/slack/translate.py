"""From what Slack sends to what happened. Pure: payloads in, events out; no look-ups, no clock, no record.

Nothing in a payload is believed: a field of the wrong type counts as missing. A shape we do not know gives None and is
counted by the caller; one we know and have no use for gives a `Heard` without events.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from adapters.slack.carrying import ONCE, TEXT, Carried, Opened, unpack, unpack_modal
from adapters.slack.ids import Ids
from adapters.slacktalk.mrkdwn import to_text
from adapters.slacktalk.people import home_of, is_bot, is_guest, name_of
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
from adapters.untrusted import Raw, child, items, lang, moment, moment_of, plain_id, sound, stamp, words, zone
from bot.events import (
    AnderRemoved,
    ButtonPressed,
    ChannelId,
    CommandCalled,
    Event,
    EventId,
    HomeOpened,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessageId,
    MessagePosted,
    PersonChanged,
    PersonId,
    ReactionAdded,
    ReactionRemoved,
    WorkspaceId,
)

SAVE, ANSWERS = "save_know_how", "this_answers_it"
"""The message shortcuts; the same names stand in the manifest."""
MARKS: Mapping[str, str] = MappingProxyType({SAVE: "books", ANSWERS: "white_check_mark"})
"""What each shortcut marks the message with."""

CALLED = "called"
"""The end of the event ids of commands that were written as a message."""

_COMMAND = 2000
_TYPED = 3000
_REACTIONS = 500
_GREETED = re.compile(r"(?:(?:hi|hey|hello|hoi|hallo|dag|beste|ok|okay)[\s,!]+)?", re.IGNORECASE)
_SPACE = re.compile(r"[\s,:;.!-]*")
_URL = re.compile(r"https?://[^\s<>\"']{1,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who Ander is in one workspace. `channels`: Slack's id → name, of the channels it knows."""

    ids: Ids
    user: str
    bot: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A press that wants a modal first. `trigger` lives three seconds."""

    carried: Carried
    label: str
    opened: Opened
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A message whose buttons were pressed and should go: its blocks as they were (none for one that only one person
    sees), without the row that was pressed, and which label it was."""

    blocks: tuple[Raw, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a payload means. `look_up`: a channel of which Slack should be asked how it is now, before the events are
    taken in; `came`: Ander itself came in there. `gone`: Ander is no longer in this workspace. `ask`: a modal to open.
    `url`: where to answer privately; `pressed`: what to do with the message that was pressed. `mark`: (channel,
    message, emoji) to show beside the message once it is taken in."""

    events: tuple[Event, ...] = ()
    look_up: str | None = None
    came: bool = False
    gone: bool = False
    ask: Ask | None = None
    url: str = ""
    pressed: Pressed | None = None
    mark: tuple[str, str, str] | None = None


NOTHING = Heard()


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────


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
        return _direct(raw, channel, us)
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


def _direct(raw: Raw, channel: str, us: Us) -> Heard | None:
    """What somebody says to Ander alone is a command."""
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
    at = _at(raw) or moment_of(ts)
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
    at = _at(raw)
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


# ── who is who and where ──────────────────────────────────────────────────────────────────────────────────────


def _moved(raw: Raw, us: Us) -> Heard | None:
    """Somebody came into a channel, or went."""
    channel, user, at = plain_id(raw.get("channel")), plain_id(raw.get("user")), _at(raw)
    if channel is None or user is None or at is None:
        return None
    joined = raw["type"] == "member_joined_channel"
    if user == us.user:
        return Heard(look_up=channel, came=True) if joined else _out(raw, us)
    event = us.ids.event(channel, raw["type"], user, words(raw, "event_ts", 40))
    kind = MemberJoined if joined else MemberLeft
    return Heard(events=(kind(event=event, channel=us.ids.channel(channel), person=us.ids.person(user), at=at),))


def _out(raw: Raw, us: Us) -> Heard | None:
    """Ander was taken out of a channel."""
    channel, at = plain_id(raw.get("channel")), _at(raw)
    if channel is None or at is None:
        return None
    event = us.ids.event(channel, "out", words(raw, "event_ts", 40))
    return Heard(events=(AnderRemoved(event=event, channel=us.ids.channel(channel), at=at),))


def _channel_gone(raw: Raw, us: Us) -> Heard | None:
    channel, out = plain_id(raw.get("channel")), _out(raw, us)
    return Heard(events=out.events, look_up=channel) if out else None


def _channel_news(raw: Raw, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    """Renamed, archived, shared …: Slack is asked how the channel is now."""
    channel = plain_id(raw.get("channel")) or plain_id(child(raw, "channel").get("id"))
    return Heard(look_up=channel) if channel else None


def _renumbered(raw: Raw, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    channel = plain_id(raw.get("new_channel_id"))
    return Heard(look_up=channel, came=True) if channel else None


def _user(raw: Raw, us: Us) -> Heard | None:
    person = child(raw, "user")
    at = _at(raw) or moment(person.get("updated"))
    if at is None:
        return None
    made = person_changed(person, us, at, words(raw, "event_ts", 40))
    return Heard(events=(made,)) if made else None


def person_changed(raw: Raw, us: Us, at: datetime, told: str) -> PersonChanged | None:
    """What Slack says of a person. `told`: when, so that the same words later are another event."""
    user = plain_id(raw.get("id"))
    if user is None:
        return None
    team, external = home_of(raw, us.ids.team)
    name, zone_name = words(raw, "tz", 60), None
    zone_name = zone(name) if name else None
    return PersonChanged(
        event=us.ids.event("person", user, told, _digest(raw)),
        person=us.ids.person(user),
        workspace=WorkspaceId(f"slack:{team}"),
        name=name_of(raw, child(raw, "profile"), user),
        at=at,
        timezone=zone_name,
        lang=lang(words(raw, "locale")),
        guest=is_guest(raw),
        external=external,
        automatic=is_bot(raw),
        active=raw.get("deleted") is not True,
    )


def _digest(raw: Raw) -> str:
    return hashlib.sha256(repr(sorted(raw.items(), key=str)).encode(errors="replace")).hexdigest()[:12]


def _home(raw: Raw, us: Us) -> Heard | None:
    user, at = plain_id(raw.get("user")), _at(raw)
    if user is None or at is None:
        return None
    if words(raw, "tab", 20) not in ("", "home"):
        return NOTHING
    event = us.ids.event("home", user, words(raw, "event_ts", 40))
    return Heard(events=(HomeOpened(event=event, person=us.ids.person(user), at=at),))


def _uninstalled(raw: Raw, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    return Heard(gone=True)


def _revoked(raw: Raw, us: Us) -> Heard | None:
    return Heard(gone=True) if us.user in items(child(raw, "tokens"), "bot") else NOTHING


def _at(raw: Raw) -> datetime | None:
    return moment(raw.get("event_ts")) or moment(raw.get("ts"))


_Translate = Callable[[Raw, Us], Heard | None]
_EVENTS: Mapping[str, _Translate] = MappingProxyType(
    {
        "message": _message,
        "app_mention": _mention,
        "reaction_added": _reaction,
        "reaction_removed": _reaction,
        "member_joined_channel": _moved,
        "member_left_channel": _moved,
        "channel_left": _out,
        "group_left": _out,
        "channel_deleted": _channel_gone,
        "group_deleted": _channel_gone,
        "channel_id_changed": _renumbered,
        "user_change": _user,
        "team_join": _user,
        "app_home_opened": _home,
        "app_uninstalled": _uninstalled,
        "tokens_revoked": _revoked,
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
            _channel_news,
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


# ── commands and presses ──────────────────────────────────────────────────────────────────────────────────────


def translate_command(body: Raw, us: Us, now: datetime) -> Heard | None:
    """A slash command."""
    user, channel, trigger = plain_id(body.get("user_id")), plain_id(body.get("channel_id")), words(body, "trigger_id")
    if user is None or channel is None or not trigger:
        return None
    text, _ = to_text(sound(words(body, "text", _COMMAND)), us.channels, us.ids.prefix)
    event = CommandCalled(
        event=us.ids.event("command", user, trigger),
        person=us.ids.person(user),
        channel=us.ids.channel(channel),
        text=text,
        at=now,
    )
    return Heard(events=(event,), url=_url(body))


def translate_interaction(body: Raw, us: Us, now: datetime) -> Heard | None:
    """A button, a message shortcut, or a modal that was sent off."""
    translate = _INTERACTIONS.get(words(body, "type", 40))
    user = plain_id(child(body, "user").get("id"))
    return translate(body, user, us, now) if translate and user else None


def _block_actions(body: Raw, user: str, us: Us, now: datetime) -> Heard | None:
    actions = [one for one in items(body, "actions")[:1] if isinstance(one, dict)]
    if not actions or actions[0].get("type") != "button":
        return NOTHING if actions else None
    action = actions[0]
    carried = unpack(words(action, "value", _TYPED))
    if carried is None:
        return None
    opened = _opened_by(body, carried, action, user, us)
    label = words(child(action, "text"), "text", 80)
    if carried.asks is not None or carried.form is not None:
        trigger = words(body, "trigger_id")
        return Heard(ask=Ask(carried=carried, label=label, opened=opened, trigger=trigger)) if trigger else None
    key = us.ids.event("press", user, words(action, "action_ts", 40), words(action, "action_id", 255))
    pressed = ButtonPressed(
        event=key,
        person=us.ids.person(user),
        channel=ChannelId(opened.channel),
        button=carried.token,
        at=moment(action.get("action_ts")) or now,
    )
    events: tuple[Event, ...] = (pressed, *_home_again(pressed, opened))
    return Heard(events=events, url=opened.url, pressed=_row_of(body, action, label) if opened.once else None)


def _opened_by(body: Raw, carried: Carried, action: Raw, user: str, us: Us) -> Opened:
    container = child(body, "container")
    channel = plain_id(child(body, "channel").get("id")) or plain_id(container.get("channel_id"))
    return Opened(
        token=carried.token,
        channel=us.ids.channel(channel or user),
        asks=carried.asks is not None,
        home=words(child(body, "view"), "type", 20) == "home",
        once=words(action, "block_id", 255).startswith(ONCE),
        url=_url(body),
    )


def _row_of(body: Raw, action: Raw, label: str) -> Pressed:
    blocks = [one for one in items(child(body, "message"), "blocks") if isinstance(one, dict)]
    left = tuple(one for one in blocks if one.get("block_id") != action.get("block_id"))
    return Pressed(blocks=left, label=label)


def _home_again(pressed: ButtonPressed, opened: Opened) -> tuple[HomeOpened, ...]:
    """After something was pressed on Ander's page it is laid out anew, so that it shows what changed."""
    if not opened.home:
        return ()
    return (HomeOpened(event=EventId(f"{pressed.event}:home"), person=pressed.person, at=pressed.at),)


def _submission(body: Raw, user: str, us: Us, now: datetime) -> Heard | None:
    view = child(body, "view")
    opened = unpack_modal(words(view, "private_metadata", 4000))
    id = plain_id(view.get("id"))
    if opened is None or id is None:
        return None
    answers = _filled_in(child(child(view, "state"), "values"))
    pressed = ButtonPressed(
        event=us.ids.event("submit", user, id, words(view, "hash", 80)),
        person=us.ids.person(user),
        channel=ChannelId(opened.channel),
        button=opened.token,
        at=now,
        text=answers.pop(TEXT, "") if opened.asks else "",
        answers=answers,
    )
    once = Pressed() if opened.once else None
    return Heard(events=(pressed, *_home_again(pressed, opened)), url=opened.url, pressed=once)


def _filled_in(values: Raw) -> dict[str, str]:
    """Field → what was filled in; a field with choices of which none was chosen is left out."""
    answers: dict[str, str] = {}
    for name, elements in list(values.items())[:100]:
        for element in list(elements.values())[:1] if isinstance(elements, dict) else []:
            if isinstance(element, dict) and element.get("type") == "plain_text_input":
                answers[name] = words(element, "value", _TYPED)
            elif isinstance(element, dict) and (chosen := words(child(element, "selected_option"), "value", 150)):
                answers[name] = chosen
    return answers


def _message_action(body: Raw, user: str, us: Us, now: datetime) -> Heard | None:
    channel, message = plain_id(child(body, "channel").get("id")), child(body, "message")
    ts = stamp(message.get("ts")) or stamp(body.get("message_ts"))
    name = MARKS.get(words(body, "callback_id", 255))
    if channel is None or ts is None or name is None:
        return None
    event = ReactionAdded(
        event=us.ids.event(channel, ts, "shortcut", name, user, words(body, "action_ts", 40)),
        channel=us.ids.channel(channel),
        message=MessageId(ts),
        person=us.ids.person(user),
        name=name,
        at=moment(body.get("action_ts")) or now,
    )
    return Heard(events=(event,), mark=(channel, ts, name))


def _nothing_done(body: Raw, user: str, us: Us, now: datetime) -> Heard | None:  # noqa: ARG001 # one shape for all
    """A modal was closed, or a shortcut that is none of ours called."""
    return NOTHING


def _url(body: Raw) -> str:
    found = words(body, "response_url", 600)
    return found if _URL.fullmatch(found) else ""


_INTERACTIONS: Mapping[str, Callable[[Raw, str, Us, datetime], Heard | None]] = MappingProxyType(
    {
        "block_actions": _block_actions,
        "view_submission": _submission,
        "view_closed": _nothing_done,
        "message_action": _message_action,
        "shortcut": _nothing_done,
    }
)
