"""Payloads as Slack sends them, after https://docs.slack.dev/reference: one of each shape that means something."""

from typing import Any

from adapters.slack.heard import Us
from adapters.slack.ids import Ids

Json = dict[str, Any]
US = Us(ids=Ids("T1"), user="UANDER", bot="BANDER", channels={"C1": "help"})
TS = "1772442000.000100"
LATER = "1772442060.000200"


def event(type: str, **more: Any) -> Json:
    """An event_callback."""
    return {
        "type": "event_callback",
        "team_id": "T1",
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event_time": 1772442000,
        "authorizations": [{"team_id": "T1", "user_id": "UANDER", "is_bot": True}],
        "event": {"type": type, "event_ts": LATER, **more},
    }


def said(text: str = "How do I reset a password?", user: str | None = "UEVA", **more: Any) -> Json:
    """A message in a channel."""
    message = {"channel": "C1", "channel_type": "channel", "user": user, "text": text, "ts": TS, "team": "T1"}
    return event("message", **message | more)


def changed(**more: Any) -> Json:
    """A message that was edited."""
    new = {"type": "message", "user": "UEVA", "text": "new", "ts": TS, "edited": {"user": "UEVA", "ts": LATER}}
    old = {"type": "message", "user": "UEVA", "text": "old", "ts": TS}
    return said("", subtype="message_changed", hidden=True, message=new | more, previous_message=old, ts=LATER)


def command(text: str = "search <@UBO|bo> &amp; <#C1|help>") -> Json:
    """`/ander …`."""
    return {
        "command": "/ander",
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "UEVA",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "response_url": "https://hooks.slack.com/commands/T1/1/x",
        "is_enterprise_install": "false",
    }


def press(value: str = "run:open", **more: Any) -> Json:
    """A button under a message."""
    action = {"type": "button", "action_id": "press-0-0", "block_id": "row-0-0", "value": value, "action_ts": TS}
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "UEVA", "team_id": "T1"},
        "channel": {"id": "C1", "name": "help"},
        "container": {"type": "message", "message_ts": TS, "channel_id": "C1", "is_ephemeral": True},
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "actions": [action | {"text": {"type": "plain_text", "text": "More"}}],
    } | more


def submission(metadata: str, values: Json) -> Json:
    """A modal that was sent off."""
    view = {
        "id": "V1",
        "type": "modal",
        "hash": "1.abc",
        "team_id": "T1",
        "private_metadata": metadata,
        "state": {"values": values},
    }
    return {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "UEVA"}, "view": view}


def shortcut(callback: str) -> Json:
    """An entry in the menu of a message."""
    return {
        "type": "message_action",
        "callback_id": callback,
        "team": {"id": "T1"},
        "user": {"id": "UEVA"},
        "channel": {"id": "C1"},
        "message": {"type": "message", "user": "UBO", "ts": TS, "text": "Try the other door."},
        "action_ts": LATER,
        "trigger_id": "1.2.3",
    }


EVENTS: list[Json] = [
    said(),
    said("Unlock it.", thread_ts="1772441000.000100"),
    said("see file", subtype="file_share", files=[{"title": "plan.pdf"}]),
    said("again", subtype="thread_broadcast", thread_ts="1772441000.000100", root={"ts": "1772441000.000100"}),
    said("works", subtype="me_message"),
    said("built", subtype="bot_message", bot_id="B9", username="jenkins", user=None),
    changed(),
    said("", subtype="message_deleted", hidden=True, deleted_ts=TS, previous_message={"ts": TS}),
    said("", subtype="message_changed", message={"subtype": "tombstone", "ts": TS, "user": "USLACKBOT"}),
    said("", subtype="channel_convert_to_private"),
    said("<@UEVA> has joined", subtype="channel_join"),
    said("help", channel="D1", channel_type="im"),
    said("hm", channel="G1", channel_type="mpim"),
    event("app_mention", channel="C1", user="UEVA", text="<@UANDER> search vpn", ts=TS, thread_ts="1772441000.0001"),
    event("reaction_added", user="UEVA", reaction="books", item={"type": "message", "channel": "C1", "ts": TS}),
    event("reaction_removed", user="UEVA", reaction="+1::skin-tone-2", item={"channel": "C1", "ts": TS}),
    event("member_joined_channel", user="UEVA", channel="C1", channel_type="C", team="T1"),
    event("member_left_channel", user="UEVA", channel="C1", channel_type="C", team="T1"),
    event("member_joined_channel", user="UANDER", channel="C1", channel_type="C", team="T1"),
    event("channel_left", channel="C1"),
    event("group_deleted", channel="G1"),
    event("channel_rename", channel={"id": "C1", "name": "helpdesk"}),
    event("channel_archive", channel="C1", user="UEVA"),
    event("channel_id_changed", old_channel_id="G1", new_channel_id="C2"),
    event("user_change", user={"id": "UEVA", "team_id": "T1", "name": "eva", "tz": "Europe/Amsterdam", "profile": {}}),
    event("team_join", user={"id": "UNEW", "team_id": "T1", "is_restricted": True}),
    event("app_home_opened", user="UEVA", tab="home", channel="D1"),
    event("app_uninstalled"),
    event("tokens_revoked", tokens={"bot": ["UANDER"]}),
]
INTERACTIONS: list[Json] = [
    press(),
    press('{"token":"change-settings","form":{"title":"Your settings","submit":"Keep"}}'),
    submission('{"token":"run:search","channel":"slack:C1","asks":true}', {"text": {"value": {"value": "vpn"}}}),
    shortcut("save_know_how"),
    shortcut("this_answers_it"),
]
