"""reactions.* and pins.*."""

from tests.slack.fake import acts, shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Channel, Json, Message


def _marked(call: Call) -> tuple[Channel, Message]:
    channel = call.channel()
    message = channel.messages.get(call.needed("timestamp", "no_item_specified"))
    if message is None:
        raise Refused("message_not_found")
    return channel, message


@METHODS.add("reactions.add", "reactions:write")
def add(call: Call) -> Json:
    """Where the app is in."""
    channel, message = _marked(call)
    if call.token.user not in channel.members:
        raise Refused("not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    acts.react(call.state, channel, message.ts, call.token.user, _emoji(call))
    return {}


@METHODS.add("reactions.remove", "reactions:write")
def remove(call: Call) -> Json:
    """The app's own."""
    channel, message = _marked(call)
    acts.unreact(call.state, channel, message.ts, call.token.user, _emoji(call))
    return {}


def _emoji(call: Call) -> str:
    name = call.needed("name", "invalid_name")
    if not name.replace("_", "").replace("-", "").replace("+", "").isalnum():
        raise Refused("invalid_name")
    return name


@METHODS.add("reactions.get", "reactions:read")
def get(call: Call) -> Json:
    """All on one message."""
    channel, message = _marked(call)
    return {"type": "message", "channel": channel.id, "message": shapes.message(message, channel)}


@METHODS.add("pins.add", "pins:write")
def pin(call: Call) -> Json:
    """A message above the channel."""
    channel, message = _marked(call)
    if call.token.user not in channel.members:
        raise Refused("not_in_channel")
    if message.ts in channel.pins:
        raise Refused("already_pinned")
    channel.pins.append(message.ts)
    call.state.changed()
    return {}
