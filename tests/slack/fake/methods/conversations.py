"""conversations.*: channels, their members and what was said in them."""

from tests.slack.fake import acts, scopes, shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Channel, ChannelType, Json, Message

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


def type_for(channel: Channel, team: str) -> ChannelType:
    """What sort of channel it is to a team."""
    return "group" if channel.type == "channel" and channel.is_private(team) else channel.type


def types(call: Call) -> set[ChannelType]:
    """The argument `types`, each with its scope."""
    names = (call.text("types") or "public_channel").split(",")
    wanted = {name.strip() for name in names}
    if unknown := wanted - set(scopes.TYPES):
        raise Refused("invalid_types", unknown=sorted(unknown))
    for name in sorted(wanted):
        scopes.need_for(call.token, scopes.TYPES[name], "read")
    return {scopes.TYPES[name] for name in wanted}


def listed(call: Call, channels: list[Channel], *, counts: bool = True) -> Json:
    """A page of channels as the app sees them."""
    team, user = call.token.team, call.token.user
    page, meta = call.page(channels)
    shapes_ = [
        shapes.channel(one, team, member=user in one.members, members=len(one.members) if counts else None)
        for one in page
    ]
    return {"channels": shapes_, "response_metadata": meta}


@METHODS.add("conversations.list", *_READ)
def list_(call: Call) -> Json:
    """What the app may know of: public channels, and others it is in."""
    wanted, team = types(call), call.token.team
    known = [
        one
        for one in call.state.channels.values()
        if team in one.teams
        and type_for(one, team) in wanted
        and (not one.is_private(team) or call.token.user in one.members)
        and not (call.flag("exclude_archived") and one.archived)
    ]
    return listed(call, known)


@METHODS.add("conversations.info", *_READ)
def info(call: Call) -> Json:
    """One channel."""
    channel, token = call.channel(), call.token
    scopes.need_for(token, type_for(channel, token.team), "read")
    members = len(channel.members) if call.flag("include_num_members") else None
    shape = shapes.channel(channel, token.team, member=token.user in channel.members, members=members)
    if call.flag("include_locale"):
        shape["locale"] = "en-US"
    return {"channel": shape}


@METHODS.add("conversations.members", *_READ)
def members(call: Call) -> Json:
    """Who is in it."""
    channel = call.channel()
    scopes.need_for(call.token, type_for(channel, call.token.team), "read")
    page, meta = call.page(list(channel.members))
    return {"members": page, "response_metadata": meta}


# ── what was said ─────────────────────────────────────────────────────────────────────────────────────────────


def _readable(call: Call) -> Channel:
    channel = call.channel()
    scopes.need_for(call.token, type_for(channel, call.token.team), "history")
    if call.token.user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _between(call: Call, messages: list[Message]) -> list[Message]:
    """Those from `oldest` to `latest`, both left out unless `inclusive`."""
    oldest, latest = _moment(call, "oldest", 0), _moment(call, "latest", 1 << 62)
    inclusive = call.flag("inclusive")
    return [
        one
        for one in messages
        if oldest < micros(one.ts) < latest or (inclusive and micros(one.ts) in (oldest, latest))
    ]


def _moment(call: Call, name: str, default: int) -> int:
    value = call.text(name)
    if value is None:
        return default
    try:
        return micros(value)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def micros(ts: str) -> int:
    """A timestamp in microseconds, exactly."""
    seconds, _, rest = ts.partition(".")
    return int(seconds) * 1_000_000 + int((rest + "000000")[:6])


@METHODS.add("conversations.history", *_HISTORY)
def history(call: Call) -> Json:
    """The messages of a channel, newest first, without replies (but for those broadcast)."""
    channel = _readable(call)
    top = [one for one in channel.messages.values() if not one.is_reply or one.broadcast]
    found = sorted(_between(call, top), key=lambda one: micros(one.ts), reverse=True)
    page, meta = call.page(found)
    return _messages(call, channel, page, meta) | {"pin_count": len(channel.pins)}


@METHODS.add("conversations.replies", *_HISTORY)
def replies(call: Call) -> Json:
    """A thread: its parent, then the replies, oldest first."""
    channel = _readable(call)
    parent = channel.messages.get(call.needed("ts", "thread_not_found"))
    if parent is None:
        raise Refused("thread_not_found")
    parent = channel.messages.get(parent.thread_ts or parent.ts, parent)
    found = sorted(_between(call, channel.replies(parent.ts)), key=lambda one: micros(one.ts))
    page, meta = call.page(found, default=1000)
    return _messages(call, channel, [parent, *page], meta)


def _messages(call: Call, channel: Channel, page: list[Message], meta: Json) -> Json:
    with_metadata = call.flag("include_all_metadata")
    answer: Json = {
        "messages": [shapes.message(one, channel, metadata=with_metadata) for one in page],
        "has_more": bool(meta["next_cursor"]),
    }
    if meta["next_cursor"]:
        answer["response_metadata"] = meta
    return answer


# ── coming in ─────────────────────────────────────────────────────────────────────────────────────────────────


@METHODS.add("conversations.open", "im:write", "mpim:write")
def open_(call: Call) -> Json:
    """The direct conversation with one person, or with several."""
    users = [one.strip() for one in call.needed("users", "users_list_not_supplied").split(",")]
    for id in users:
        user = call.state.user_for(call.token, id)
        if user.deleted:
            raise Refused("user_disabled")
        if user.bot_id:
            raise Refused("cannot_dm_bot")
    if len(users) == 1:
        scopes.need(call.token, "im:write")
        before = len(call.state.channels)
        channel = call.state.direct(call.token.team, call.token.user, users[0])
        known = len(call.state.channels) == before
        return {"channel": {"id": channel.id}} | ({"no_op": True, "already_open": True} if known else {})
    scopes.need(call.token, "mpim:write")
    everybody = [call.token.user, *users]
    same = (one for one in call.state.channels.values() if one.type == "mpim" and set(one.members) == set(everybody))
    group = next(same, None) or call.state.new_channel(
        call.token.team, "mpim", "mpdm-" + "--".join(everybody).lower() + "-1", call.token.user, everybody
    )
    return {"channel": {"id": group.id}}


@METHODS.add("conversations.join", "channels:join")
def join(call: Call) -> Json:
    """Into a public channel, uninvited."""
    channel, token = call.channel(), call.token
    if type_for(channel, token.team) != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    already = token.user in channel.members
    if not already:
        acts.join(call.state, channel, call.state.users[token.user])
    answer: Json = {"channel": shapes.channel(channel, token.team, member=True)}
    if already:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


@METHODS.add(
    "conversations.invite", "channels:write.invites", "groups:write.invites", "channels:manage", "groups:write"
)
def invite(call: Call) -> Json:
    """Others into a channel that the app is in."""
    channel, token = call.channel(), call.token
    kind = "channels" if type_for(channel, token.team) == "channel" else "groups"
    scopes.need(token, f"{kind}:write.invites", "channels:manage" if kind == "channels" else "groups:write")
    if token.user not in channel.members:
        raise Refused("not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    users = [call.state.user_for(token, one.strip()) for one in call.needed("users", "no_user").split(",")]
    for user in users:
        if user.id == token.user:
            raise Refused("cant_invite_self")
        if user.id in channel.members:
            raise Refused("already_in_channel", errors=[{"user": user.id, "ok": False, "error": "already_in_channel"}])
        if user.is_ultra_restricted:
            raise Refused("ura_max_channels")
        if user.deleted or user.is_restricted:
            raise Refused("cant_invite", errors=[{"user": user.id, "ok": False, "error": "cant_invite"}])
    for user in users:
        acts.join(call.state, channel, user, inviter=token.user)
    return {"channel": shapes.channel(channel, token.team, member=True)}
