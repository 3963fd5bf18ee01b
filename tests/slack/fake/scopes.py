"""Which scopes a method and an event need, after https://docs.slack.dev/reference/scopes."""

from tests.slack.fake.errors import Refused
from tests.slack.fake.model import ChannelType, Token

READ: dict[ChannelType, str] = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
"""The word that a channel type has in the scopes."""

TYPES: dict[str, ChannelType] = {
    "public_channel": "channel",
    "private_channel": "group",
    "im": "im",
    "mpim": "mpim",
}
"""The names in the argument `types`."""


def need(token: Token, *any_of: str) -> None:
    """Raises missing_scope, naming the first of them, unless the token has one."""
    if any_of and not token.scopes.intersection(any_of):
        raise Refused("missing_scope", needed=any_of[0], provided=",".join(sorted(token.scopes)))


def need_for(token: Token, type: ChannelType, what: str) -> None:
    """The same for a scope that depends on the channel's type: `channels:history`, `im:read` …"""
    need(token, f"{READ[type]}:{what}")


EVENTS: dict[str, str] = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "user_change": "users:read",
    "team_join": "users:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_left": "channels:read",
    "channel_id_changed": "channels:read",
    "group_rename": "groups:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "file_shared": "files:read",
    "pin_added": "pins:read",
}
"""Those that are not here need none, or one by channel type (see `needed`)."""

_BY_CHANNEL = {"message": "history", "member_joined_channel": "read", "member_left_channel": "read"}
_SHARED = ("channel_shared", "channel_unshared")


def needed(event: str, type: ChannelType | None) -> str | None:
    """The scope without which the app does not get this event, None when it needs none."""
    if event in _BY_CHANNEL and type is not None:
        return f"{READ[type]}:{_BY_CHANNEL[event]}"
    if event in _SHARED and type is not None:
        return f"{READ[type]}:read"
    return EVENTS.get(event)
