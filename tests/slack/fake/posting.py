"""How the app speaks: what is checked before its words are taken, and what is noted of them."""

import json

from tests.slack.fake import acts, blocks
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Channel, Ephemeral, Json, Message, Said, Token
from tests.slack.fake.state import State

MOST_TEXT = 40_000
MOST_METADATA = 8_000


def content(args: Json) -> Json:
    """text, blocks, attachments and metadata, checked. Raises what chat.postMessage raises."""
    text, block_list = args.get("text") or "", _structure(args.get("blocks"), "invalid_blocks_format")
    attachments = _structure(args.get("attachments"), "invalid_attachments")
    if args.get("markdown_text"):
        if text or block_list:
            raise Refused("markdown_text_conflict")
        block_list = [{"type": "markdown", "text": args["markdown_text"]}]
    if not text and not block_list and not attachments:
        raise Refused("no_text")
    if len(text) > MOST_TEXT:
        raise Refused("msg_too_long")
    if block_list:
        blocks.check(block_list, "message")
    return {
        "text": text,
        "blocks": block_list or None,
        "attachments": attachments or None,
        "metadata": _metadata(args.get("metadata")),
    }


def _structure(value: object, code: str) -> list[Json] | None:
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise Refused(code) from None
    if not value:
        return None
    if not isinstance(value, list):
        raise Refused(code)
    return value


def _metadata(value: object) -> Json | None:
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise Refused("invalid_metadata_format") from None
    if not value:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(value.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(value)) > MOST_METADATA:
        raise Refused("metadata_too_large")
    return value


def thread_of(channel: Channel, ts: str | None) -> str | None:
    """The thread that a `thread_ts` leads to: a reply's own thread if one names a reply."""
    if not ts:
        return None
    parent = channel.messages.get(ts)
    if parent is None:
        raise Refused("thread_not_found")
    return parent.thread_ts or ts


def post(state: State, token: Token, channel: Channel, args: Json, method: str = "chat.postMessage") -> Message:
    """Put a message of the app into a channel."""
    parts = content(args)
    _own_ids(state, parts)
    thread = thread_of(channel, args.get("thread_ts"))
    broadcast = thread is not None and _true(args.get("reply_broadcast"))
    message = Message(
        ts=state.ts(),
        channel=channel.id,
        team=token.team,
        user=token.user,
        subtype="thread_broadcast" if broadcast else None,
        broadcast=broadcast,
        bot_id=state.installs[token.team].bot_id,
        app_id=state.app.id,
        thread_ts=thread,
        **parts,
    )
    note(state, method, message, args)
    return acts.add(state, channel, message)


def whisper(
    state: State, token: Token, channel: Channel, user: str, args: Json, method: str = "chat.postEphemeral"
) -> Message:
    """Show a message of the app to one person."""
    parts = content(args)
    _own_ids(state, parts)
    message = Message(
        ts=state.ts(),
        channel=channel.id,
        team=token.team,
        user=token.user,
        bot_id=state.installs[token.team].bot_id,
        app_id=state.app.id,
        thread_ts=thread_of(channel, args.get("thread_ts")),
        **parts,
    )
    state.ephemerals.append(Ephemeral(message=message, user=user))
    note(state, method, message, args, to=user)
    state.changed()
    return message


def change(state: State, channel: Channel, ts: str, by: str, args: Json, method: str = "chat.update") -> Message:
    """Replace the words of a message of the app. Without blocks the old ones go when there is text."""
    parts = content(args)
    _own_ids(state, parts)
    old = channel.messages[ts]
    if parts["metadata"] is None:
        parts["metadata"] = old.metadata
    changed = acts.edit(state, channel, ts, by, **parts)
    note(state, method, changed, args)
    return changed


def note(state: State, method: str, message: Message, args: Json, *, to: str | None = None) -> None:
    """Remember what was said, for the assertions."""
    unfurls = _true(args.get("unfurl_links", True)) or _true(args.get("unfurl_media", True))
    state.said.append(
        Said(
            method=method,
            channel=message.channel,
            ts=message.ts,
            text=message.text,
            at=state.clock(),
            to=to,
            thread_ts=message.thread_ts,
            blocks=tuple(message.blocks or ()),
            metadata=message.metadata,
            alarms=blocks.alarms(message.text, [message.blocks, message.attachments]),
            unfurls=unfurls,
        )
    )


def _own_ids(state: State, parts: Json) -> None:
    if parts["blocks"]:
        parts["blocks"] = blocks.with_ids(parts["blocks"], lambda: state.secret(5))


def _true(value: object) -> bool:
    return str(value).lower() in ("true", "1")
