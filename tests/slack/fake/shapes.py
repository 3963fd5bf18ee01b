"""How things look in Slack's JSON. Pure."""

from tests.slack.fake.model import Channel, Json, Message, StoredFile, Team, User, View
from tests.slack.fake.state import State


def team(one: Team) -> Json:
    """As in an interaction."""
    return {"id": one.id, "domain": one.domain}


def enterprise(state: State, team: str) -> Json | None:
    """The organisation of a team, or by its own id; None for a team that is in none."""
    id = team if team in state.organisations else state.teams[team].enterprise
    found = state.organisations.get(id or "")
    return {"id": found.id, "name": found.name} if found else None


def user(one: User, viewer_team: str, *, locale: bool = False) -> Json:
    """As in users.info and user_change, seen from a team: others' people are strangers."""
    stranger = one.team not in (viewer_team, "")  # Slackbot is at home everywhere
    shape: Json = {
        "id": one.id,
        "team_id": one.team or viewer_team,
        "name": one.name,
        "deleted": one.deleted,
        "real_name": one.real_name,
        "tz": one.tz,
        "tz_label": one.tz,
        "tz_offset": one.tz_offset,
        "profile": profile(one),
        "is_bot": one.bot_id is not None,
        "is_app_user": False,
        "updated": one.updated,
    }
    if one.deleted:
        del shape["tz"], shape["tz_label"], shape["tz_offset"]
    else:
        shape |= _standing(one)
    if stranger:
        shape["is_stranger"] = True
    if locale:
        shape["locale"] = one.locale
    return shape


def _standing(one: User) -> Json:
    return {
        "is_admin": one.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": one.is_restricted,
        "is_ultra_restricted": one.is_ultra_restricted,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def profile(one: User) -> Json:
    """The part a person fills in."""
    shape: Json = {
        "real_name": one.real_name,
        "real_name_normalized": one.real_name,
        "display_name": one.display_name,
        "display_name_normalized": one.display_name,
        "avatar_hash": "g1234",
        "team": one.team,
    }
    if one.bot_id:
        shape["bot_id"] = one.bot_id
    return shape


def channel(one: Channel, viewer_team: str, *, member: bool, members: int | None = None) -> Json:
    """As in conversations.info, seen from a team."""
    if one.type == "im":
        return _im(one)
    private = one.is_private(viewer_team)
    shape: Json = {
        "id": one.id,
        "name": one.name,
        "name_normalized": one.name,
        "is_channel": not private,
        "is_group": private and one.type != "mpim",
        "is_im": False,
        "is_mpim": one.type == "mpim",
        "is_private": private,
        "is_archived": one.archived,
        "is_general": one.general,
        "created": one.created,
        "updated": one.created * 1000,
        "creator": one.creator,
        "is_shared": bool(one.shared_with),
        "is_ext_shared": bool(one.shared_with),
        "is_org_shared": one.of_several,
        "is_pending_ext_shared": False,
        "context_team_id": viewer_team,
        "shared_team_ids": sorted(one.teams),
        "is_member": member,
        "topic": {"value": one.topic, "creator": "", "last_set": 0},
        "purpose": {"value": one.purpose, "creator": "", "last_set": 0},
        "previous_names": list(one.previous_names),
    }
    if one.shared_with:
        shape |= {"conversation_host_id": one.team, "connected_team_ids": sorted(one.teams - {viewer_team})}
    if members is not None:
        shape["num_members"] = members
    return shape


def _im(one: Channel) -> Json:
    return {
        "id": one.id,
        "created": one.created,
        "is_im": True,
        "is_org_shared": False,
        "user": next(user for user in one.members if user != one.creator),
        "is_user_deleted": False,
        "is_open": one.open,
        "priority": 0,
    }


def message(one: Message, channel: Channel, *, metadata: bool = False) -> Json:
    """As in conversations.history; metadata only for those who ask for it."""
    shape: Json = {"type": "message", "ts": one.ts, "text": one.text}
    optional: Json = {
        "user": one.user,
        "subtype": one.subtype,
        "bot_id": one.bot_id,
        "app_id": one.app_id,
        "client_msg_id": one.client_msg_id,
        "blocks": one.blocks,
        "attachments": one.attachments,
        "thread_ts": one.thread_ts,
        "edited": one.edited,
        "files": one.files or None,
        "metadata": one.metadata if metadata else None,
    }
    shape |= {key: value for key, value in optional.items() if value is not None}
    if one.subtype is None or one.user:
        shape["team"] = one.team
    if one.reactions:
        shape["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)} for name, users in one.reactions.items()
        ]
    return shape | one.extra | _thread(one, channel)


def _thread(one: Message, channel: Channel) -> Json:
    if one.is_reply:
        parent = channel.messages.get(one.thread_ts or "")
        extra: Json = {"parent_user_id": parent.user} if parent and parent.user else {}
        if one.broadcast and parent is not None:
            extra["root"] = message(parent, channel)
        return extra
    replies = channel.replies(one.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies if reply.user))
    return {
        "thread_ts": one.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users[:5],
        "latest_reply": replies[-1].ts,
        "subscribed": False,
        "is_locked": False,
    }


def view(one: View, app_id: str, bot_id: str) -> Json:
    """As in views.* and in interactions."""
    return {
        "id": one.id,
        "team_id": one.team,
        "type": one.kind,
        "blocks": one.content.get("blocks", []),
        "private_metadata": one.content.get("private_metadata", ""),
        "callback_id": one.content.get("callback_id", ""),
        "external_id": one.content.get("external_id", ""),
        "state": {"values": {}},
        "hash": one.hash,
        "title": one.content.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "close": one.content.get("close"),
        "submit": one.content.get("submit"),
        "clear_on_close": one.content.get("clear_on_close", False),
        "notify_on_close": one.content.get("notify_on_close", False),
        "previous_view_id": one.previous,
        "root_view_id": one.root,
        "app_id": app_id,
        "app_installed_team_id": one.team,
        "bot_id": bot_id,
    }


def file(one: StoredFile, base: str) -> Json:
    """As in a message and in files.completeUploadExternal."""
    suffix = one.name.rpartition(".")[2].lower()
    return {
        "id": one.id,
        "created": one.created,
        "timestamp": one.created,
        "name": one.name,
        "title": one.title or one.name,
        "mimetype": {"png": "image/png", "html": "text/html", "txt": "text/plain"}.get(suffix, "text/plain"),
        "filetype": suffix,
        "user": one.user,
        "user_team": one.team,
        "size": one.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": f"{base}/files-pri/{one.team}-{one.id}/{one.name}",
        "permalink": f"{base}/files/{one.user}/{one.id}/{one.name}",
        "channels": list(one.channels),
        "file_access": "visible",
    }
