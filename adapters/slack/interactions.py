"""Commands, buttons, shortcuts and modals: what somebody means by them. Pure, as `translate`."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from adapters.slack.carrying import ONCE, TEXT, Carried, Opened, unpack, unpack_modal
from adapters.slack.heard import NOTHING, Ask, Heard, Pressed, Us
from adapters.slacktalk.mrkdwn import to_text
from adapters.untrusted import Raw, child, items, moment, plain_id, sound, stamp, words
from bot.events import ButtonPressed, ChannelId, CommandCalled, Event, EventId, HomeOpened, MessageId, ReactionAdded

SAVE, ANSWERS = "save_know_how", "this_answers_it"
"""The message shortcuts; the same names stand in the manifest."""
MARKS: Mapping[str, str] = MappingProxyType({SAVE: "books", ANSWERS: "white_check_mark"})
"""What each shortcut marks the message with."""

_COMMAND = 2000
_TYPED = 3000
_URL = re.compile(r"https?://[^\s<>\"']{1,500}")


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
