"""What Ander asks of Slack and why: the one place for scopes and events. The manifest, `ander check` and docs/slack.md
are made from it or held to it."""

from collections.abc import Mapping
from types import MappingProxyType

NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "app_mentions:read": "hear `@Ander …`, which also works in threads",
        "channels:history": "read what is said in the public channels it was invited to",
        "channels:read": "know their names and who is in them, so that nobody sees what they may not",
        "groups:history": "the same for private channels it was invited to",
        "groups:read": "the same for private channels it was invited to",
        "im:history": "hear what people say to it in a direct message",
        "im:read": "know with whom it has a direct conversation",
        "im:write": "begin one: invitations and reports are direct messages",
        "chat:write": "answer, and say what it has to say",
        "commands": "`/ander` and the two entries in the menu of a message",
        "reactions:read": "see the marks ✅ 📚 🚫",
        "reactions:write": "show that a mark from the menu was understood",
        "users:read": "names, time zones, languages, and who is a guest",
        "files:write": "put the report's page and plots into a direct message",
        "pins:write": "pin the notice that says it reads along",
    }
)
OPTIONAL: Mapping[str, str] = MappingProxyType(
    {
        "channels:write.invites": "bring an ander who said yes into a public channel (`invite`)",
    }
)
APP = "connections:write"
"""The one scope of the app-level token, for Socket Mode."""

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "app_home_opened": "",
        "app_mention": "app_mentions:read",
        "app_uninstalled": "",
        "channel_archive": "channels:read",
        "channel_deleted": "channels:read",
        "channel_id_changed": "channels:read",
        "channel_left": "channels:read",
        "channel_rename": "channels:read",
        "channel_shared": "channels:read",
        "channel_unarchive": "channels:read",
        "channel_unshared": "channels:read",
        "group_archive": "groups:read",
        "group_deleted": "groups:read",
        "group_left": "groups:read",
        "group_rename": "groups:read",
        "group_unarchive": "groups:read",
        "member_joined_channel": "channels:read",
        "member_left_channel": "channels:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "reaction_added": "reactions:read",
        "reaction_removed": "reactions:read",
        "team_join": "users:read",
        "tokens_revoked": "",
        "user_change": "users:read",
    }
)
"""What Ander is told of, and the scope that it takes."""
ORGANISATION = ("team_access_granted", "team_access_revoked")
"""What it is told of besides, where a whole organisation may install it."""


def wanted(*, invite: bool, pin: bool) -> list[str]:
    """The scopes for these settings."""
    left_out = set() if pin else {"pins:write"}
    return sorted((NEEDED.keys() - left_out) | (OPTIONAL.keys() if invite else set()))


def reason(scope: str) -> str:
    """Why a scope is asked for."""
    return {**NEEDED, **OPTIONAL}.get(scope, "")
