"""chat.*: saying, changing, taking back."""

from tests.slack.fake import acts, posting, shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Channel, Json, Message
from tests.slack.fake.scopes import need


@METHODS.add("chat.postMessage", "chat:write")
def post_message(call: Call) -> Json:
    """To a channel that the app is in (or any public one, with chat:write.public), or to a person."""
    channel = _where(call)
    if channel.archived:
        raise Refused("is_archived")
    if call.token.user not in channel.members and "chat:write.public" not in call.token.scopes:
        raise Refused("not_in_channel")
    if call.text("username") or call.text("icon_emoji") or call.text("icon_url"):
        need(call.token, "chat:write.customize")
    call.limits.post(channel.id, call.token.team)
    message = posting.post(call.state, call.token, channel, call.args)
    shape = shapes.message(message, channel, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def _where(call: Call) -> Channel:
    id = call.needed("channel", "channel_not_found")
    if id[0] in "UW":
        user = call.state.user_for(call.token, id)
        if user.deleted or user.bot_id:
            raise Refused("channel_not_found" if user.deleted else "cannot_dm_bot")
        return call.state.direct(call.token.team, call.token.user, id)
    return call.state.channel_for(call.token, id)


@METHODS.add("chat.postEphemeral", "chat:write")
def post_ephemeral(call: Call) -> Json:
    """To one member of a channel."""
    channel, user = call.channel(), call.needed("user")
    if channel.archived:
        raise Refused("is_archived")
    if call.token.user not in channel.members and channel.type != "channel":
        raise Refused("channel_not_found")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    message = posting.whisper(call.state, call.token, channel, user, call.args)
    return {"message_ts": message.ts}


@METHODS.add("chat.update", "chat:write")
def update(call: Call) -> Json:
    """Only the app's own messages."""
    channel = call.channel()
    message = _own(call, channel, "cant_update_message")
    if channel.archived:
        raise Refused("is_archived")
    changed = posting.change(call.state, channel, message.ts, call.token.user, call.args)
    return {
        "channel": channel.id,
        "ts": changed.ts,
        "text": changed.text,
        "message": shapes.message(changed, channel, metadata=True),
    }


@METHODS.add("chat.delete", "chat:write")
def delete(call: Call) -> Json:
    """Only the app's own messages."""
    channel = call.channel()
    message = _own(call, channel, "cant_delete_message")
    acts.delete(call.state, channel, message.ts)
    return {"channel": channel.id, "ts": message.ts}


def _own(call: Call, channel: Channel, code: str) -> Message:
    message = channel.messages.get(call.needed("ts", "message_not_found"))
    if message is None or message.subtype == "tombstone":
        raise Refused("message_not_found")
    if message.user != call.token.user:
        raise Refused(code)
    return message


@METHODS.add("chat.getPermalink")
def permalink(call: Call) -> Json:
    """The web address of a message."""
    channel = call.channel()
    ts = call.needed("message_ts", "message_not_found")
    message = channel.messages.get(ts)
    if message is None:
        raise Refused("message_not_found")
    domain = call.state.teams[call.token.team].domain
    link = f"https://{domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
