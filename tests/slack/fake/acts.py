"""What can happen in a Slack, whoever does it: it changes the state and emits the events Slack would send.

Shapes after https://docs.slack.dev/reference/events.
"""

import copy
import uuid
from dataclasses import replace

from tests.slack.fake import shapes
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Channel, Json, Message, User
from tests.slack.fake.state import SLACKBOT, State

# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────


def add(state: State, channel: Channel, message: Message) -> Message:
    """Put a message into its channel; everybody who listens there hears of it."""
    channel.messages[message.ts] = message
    _emit_message(state, channel, shapes.message(message, channel, metadata=True))
    for install in state.installs.values():
        mentioned = f"<@{install.bot_user}>" in message.text
        if mentioned and message.bot_id is None and message.subtype in (None, "file_share", "thread_broadcast"):
            _mention(state, channel, message, install.team)
    state.changed()
    return message


def by_person(state: State, channel: Channel, user: User, text: str, **more: object) -> Message:
    """A message as a person's client makes it: with rich text and a client's id."""
    block = {
        "type": "rich_text",
        "block_id": state.secret(5),
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }
    message = Message(
        ts=state.ts(),
        channel=channel.id,
        team=user.team,
        text=text,
        user=user.id,
        blocks=[block],
        client_msg_id=str(uuid.UUID(int=state.rng.getrandbits(128), version=4)),
    )
    return replace(message, **more)  # type: ignore[arg-type]


def system(state: State, channel: Channel, user: str, subtype: str, text: str, **extra: object) -> Message:
    """What Slack itself writes into a channel about somebody: joins, topics, names."""
    return add(
        state,
        channel,
        Message(
            ts=state.ts(),
            channel=channel.id,
            team=channel.team,
            text=text,
            user=user,
            subtype=subtype,
            extra={key: value for key, value in extra.items() if value is not None},
        ),
    )


def _emit_message(state: State, channel: Channel, shape: Json) -> None:
    event = shape | {"channel": channel.id, "channel_type": channel.type, "event_ts": shape["ts"]}
    state.emit(event, channel.team, channel)


def _mention(state: State, channel: Channel, message: Message, team: str) -> None:
    shape = shapes.message(message, channel)
    state.emit(shape | {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}, team, channel)


def edit(state: State, channel: Channel, ts: str, by: str, **changes: object) -> Message:
    """Change a message; `changes` are fields of Message."""
    old = channel.messages.get(ts)
    if old is None:
        raise Refused("message_not_found")
    before = shapes.message(old, channel)
    new = replace(old, edited={"user": by, "ts": state.ts()}, **changes)  # type: ignore[arg-type]
    channel.messages[ts] = new
    _emit_changed(state, channel, shapes.message(new, channel, metadata=True), before)
    state.changed()
    return new


def _emit_changed(state: State, channel: Channel, now: Json, before: Json) -> None:
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": now,
        "previous_message": before,
        "ts": state.ts(),
    }
    _emit_message(state, channel, event)


def delete(state: State, channel: Channel, ts: str) -> None:
    """Take a message away; a parent of replies leaves a tombstone."""
    old = channel.messages.get(ts)
    if old is None:
        raise Refused("message_not_found")
    before = shapes.message(old, channel)
    if channel.replies(ts):
        channel.messages[ts] = Message(
            ts=ts,
            channel=channel.id,
            team=old.team,
            text="This message was deleted.",
            user=SLACKBOT,
            subtype="tombstone",
            thread_ts=ts,
            extra={"hidden": True},
        )
        _emit_changed(state, channel, shapes.message(channel.messages[ts], channel), before)
    else:
        del channel.messages[ts]
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": ts,
            "previous_message": before,
            "ts": state.ts(),
        }
        _emit_message(state, channel, event)
    state.changed()


def react(state: State, channel: Channel, ts: str, user: str, name: str) -> None:
    """Add a reaction."""
    message = _there(channel, ts)
    users = message.reactions.setdefault(name, [])
    if user in users:
        raise Refused("already_reacted")
    users.append(user)
    _emit_reaction(state, channel, message, "reaction_added", user, name)


def unreact(state: State, channel: Channel, ts: str, user: str, name: str) -> None:
    """Take a reaction back."""
    message = _there(channel, ts)
    users = message.reactions.get(name, [])
    if user not in users:
        raise Refused("no_reaction")
    users.remove(user)
    if not users:
        del message.reactions[name]
    _emit_reaction(state, channel, message, "reaction_removed", user, name)


def _there(channel: Channel, ts: str) -> Message:
    message = channel.messages.get(ts)
    if message is None:
        raise Refused("message_not_found")
    return message


def _emit_reaction(state: State, channel: Channel, message: Message, type: str, user: str, name: str) -> None:
    event: Json = {
        "type": type,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "event_ts": state.ts(),
    }
    if message.user:
        event["item_user"] = message.user
    state.emit(event, channel.team, channel)
    state.changed()


# ── membership ────────────────────────────────────────────────────────────────────────────────────────────────


def join(state: State, channel: Channel, user: User, inviter: str | None = None) -> None:
    """Somebody becomes a member."""
    if user.id in channel.members:
        raise Refused("already_in_channel")
    channel.members.append(user.id)
    system(state, channel, user.id, "channel_join", f"<@{user.id}> has joined the channel", inviter=inviter)
    event = _membership("member_joined_channel", state, channel, user)
    state.emit(event | ({"inviter": inviter} if inviter else {}), channel.team, channel)


def leave(state: State, channel: Channel, user: User, actor: str | None = None) -> None:
    """Somebody is no longer a member; if it is the app, it hears `channel_left` or `group_left`."""
    if user.id not in channel.members:
        raise Refused("not_in_channel")
    if user.id in state.bots():
        kind = "group_left" if channel.is_private(user.team) else "channel_left"
        state.emit(
            {"type": kind, "channel": channel.id, "actor_id": actor or user.id, "event_ts": state.ts()},
            user.team,
            channel,
        )
    channel.members.remove(user.id)
    system(state, channel, user.id, "channel_leave", f"<@{user.id}> has left the channel")
    state.emit(_membership("member_left_channel", state, channel, user), channel.team, channel)


def _membership(type: str, state: State, channel: Channel, user: User) -> Json:
    return {
        "type": type,
        "user": user.id,
        "channel": channel.id,
        "channel_type": channel.id[0],
        "team": user.team,
        "event_ts": state.ts(),
    }


# ── channels ──────────────────────────────────────────────────────────────────────────────────────────────────


def created(state: State, channel: Channel) -> None:
    """Tell of a new public channel."""
    if channel.type != "channel":
        return
    about = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_private": False,
        "is_archived": False,
        "is_shared": False,
        "created": channel.created,
        "creator": channel.creator,
        "context_team_id": channel.team,
    }
    _emit_channel(state, channel, {"type": "channel_created", "channel": about})


def rename(state: State, channel: Channel, name: str, by: str) -> None:
    """Give it another name."""
    old, channel.name = channel.name, name
    channel.previous_names.insert(0, old)
    text = f'has renamed the channel from "{old}" to "{name}"'
    system(state, channel, by, "channel_name", text, old_name=old, name=name)
    private = channel.type == "group"
    about = {
        "id": channel.id,
        "name": name,
        "name_normalized": name,
        "is_channel": not private,
        "is_mpim": False,
        "created": channel.created,
    }
    _emit_channel(state, channel, {"type": "group_rename" if private else "channel_rename", "channel": about})


def archive(state: State, channel: Channel, by: str, *, archived: bool = True) -> None:
    """Close a channel, or open it again."""
    word = "archive" if archived else "unarchive"
    if not archived:
        channel.archived = False
    private = channel.type == "group"
    text = f"<@{by}> {'archived' if archived else 'un-archived'} the channel"
    system(state, channel, by, f"{'group' if private else 'channel'}_{word}", text)
    channel.archived = archived
    kind = f"{'group' if private else 'channel'}_{word}"
    _emit_channel(state, channel, {"type": kind, "channel": channel.id, "user": by, "is_moved": 0})


def convert_to_private(state: State, channel: Channel, by: str) -> None:
    """A public channel becomes private and keeps its id. Slack tells the members in a message, and nobody else."""
    channel.type = "group"
    text = "made this channel *private*. Now, it can only be viewed or joined by invitation."
    system(state, channel, by, "channel_convert_to_private", text)


def convert_to_public(state: State, channel: Channel, by: str) -> None:
    """The other way round."""
    channel.type = "channel"
    text = "made this channel *public*. Any member in this workspace can see and join it."
    system(state, channel, by, "channel_convert_to_public", text)


def remove_channel(state: State, channel: Channel, by: str) -> None:
    """A channel is deleted with everything in it."""
    kind = "group_deleted" if channel.type == "group" else "channel_deleted"
    _emit_channel(state, channel, {"type": kind, "channel": channel.id, "actor_id": by})
    del state.channels[channel.id]


def set_topic(state: State, channel: Channel, by: str, topic: str) -> None:
    """The line above the channel."""
    channel.topic = topic
    system(state, channel, by, "channel_topic", f"set the channel topic: {topic}", topic=topic)


def set_purpose(state: State, channel: Channel, by: str, purpose: str) -> None:
    """The channel's description."""
    channel.purpose = purpose
    system(state, channel, by, "channel_purpose", f"set the channel description: {purpose}", purpose=purpose)


def share(state: State, channel: Channel, team: str, *, private_there: bool = False) -> None:
    """Another team joins the channel through Slack Connect."""
    channel.shared_with.add(team)
    if private_there:
        channel.private_in.add(team)
    _emit_channel(state, channel, {"type": "channel_shared", "connected_team_id": team, "channel": channel.id})


def unshare(state: State, channel: Channel, team: str) -> None:
    """The other team leaves, and its people with it."""
    event = {
        "type": "channel_unshared",
        "previously_connected_team_id": team,
        "channel": channel.id,
        "is_ext_shared": len(channel.shared_with) > 1,
    }
    _emit_channel(state, channel, event)
    channel.shared_with.discard(team)
    channel.private_in.discard(team)
    channel.members = [id for id in channel.members if state.users[id].team != team]


def _emit_channel(state: State, channel: Channel, event: Json) -> None:
    state.emit(event | {"event_ts": state.ts()}, channel.team, channel)
    state.changed()


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────


def tell_user(state: State, user: User, type: str) -> None:
    """`user_change` or `team_join`, to each team that can see the person."""
    user.updated = state.seconds()
    for team in _watching(state, user):
        shape = copy.deepcopy(shapes.user(user, team, locale=True))
        event = {"type": type, "user": shape, "cache_ts": state.seconds(), "event_ts": state.ts()}
        state.emit(event, team, None)
    state.changed()


def _watching(state: State, user: User) -> list[str]:
    shared = {team for one in state.channels.values() if user.id in one.members for team in one.teams}
    return [user.team, *sorted(shared - {user.team})]
