"""What Slack's description of a person says: a line of users.json, or the `user` of a live event. Pure."""

from adapters.slacktalk.words import PLATFORM_ITSELF
from adapters.untrusted import Raw, child, items, plain_id, words


def name_of(raw: Raw, profile: Raw, otherwise: str) -> str:
    """What people call them: their display name, else their real name, else their handle."""
    return (
        words(profile, "display_name", 80)
        or words(profile, "real_name", 80)
        or words(raw, "real_name", 80)
        or words(raw, "name", 80)
        or otherwise
    )


def is_bot(raw: Raw) -> bool:
    """Whether it is a program."""
    return raw.get("is_bot") is True or raw.get("is_workflow_bot") is True or raw.get("id") in PLATFORM_ITSELF


def is_guest(raw: Raw) -> bool:
    """Somebody who is in a few channels only."""
    return raw.get("is_restricted") is True or raw.get("is_ultra_restricted") is True


def home_of(raw: Raw, here: str) -> tuple[str, bool]:
    """Slack's id of the workspace they belong to, and whether that is another one than `here`."""
    team = plain_id(raw.get("team_id"))
    if team is None or here == team or here in items(child(raw, "enterprise_user"), "teams"):
        return here, raw.get("is_stranger") is True
    return team, True
