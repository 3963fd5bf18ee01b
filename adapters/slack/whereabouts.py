"""Who is who and who is where, from what Slack tells of it live. Pure, as `translate`."""

import hashlib
from datetime import datetime

from adapters.slack.heard import NOTHING, Heard, Us
from adapters.slacktalk.people import home_of, is_bot, is_guest, name_of
from adapters.untrusted import Raw, child, items, lang, moment, plain_id, words, zone
from bot.events import AnderRemoved, HomeOpened, MemberJoined, MemberLeft, PersonChanged, WorkspaceId


def moved(raw: Raw, us: Us) -> Heard | None:
    """Somebody came into a channel, or went."""
    channel, user, at = plain_id(raw.get("channel")), plain_id(raw.get("user")), when(raw)
    if channel is None or user is None or at is None:
        return None
    joined = raw["type"] == "member_joined_channel"
    if user == us.user:
        return Heard(look_up=channel) if joined else out(raw, us)
    event = us.ids.event(channel, raw["type"], user, words(raw, "event_ts", 40))
    kind = MemberJoined if joined else MemberLeft
    return Heard(events=(kind(event=event, channel=us.ids.channel(channel), person=us.ids.person(user), at=at),))


def out(raw: Raw, us: Us) -> Heard | None:
    """Ander was taken out of a channel."""
    channel, at = plain_id(raw.get("channel")), when(raw)
    if channel is None or at is None:
        return None
    event = us.ids.event(channel, "out", words(raw, "event_ts", 40))
    return Heard(events=(AnderRemoved(event=event, channel=us.ids.channel(channel), at=at),))


def channel_gone(raw: Raw, us: Us) -> Heard | None:
    """The channel was deleted."""
    left = out(raw, us)
    return Heard(events=left.events, look_up=plain_id(raw.get("channel"))) if left else None


def channel_news(raw: Raw, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    """Renamed, archived, shared …: Slack is asked how the channel is now."""
    channel = plain_id(raw.get("channel")) or plain_id(child(raw, "channel").get("id"))
    return Heard(look_up=channel) if channel else None


def renumbered(raw: Raw, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    """The channel goes on under another id."""
    channel = plain_id(raw.get("new_channel_id"))
    return Heard(look_up=channel) if channel else None


def user_changed(raw: Raw, us: Us) -> Heard | None:
    """Somebody came, or something about them is different."""
    person = child(raw, "user")
    at = when(raw) or moment(person.get("updated"))
    if at is None:
        return None
    made = person_changed(person, us, at, words(raw, "event_ts", 40))
    return Heard(events=(made,)) if made else None


def person_changed(raw: Raw, us: Us, at: datetime, told: str) -> PersonChanged | None:
    """What Slack says of a person. `told`: when, so that the same words later are another event."""
    user = plain_id(raw.get("id"))
    if user is None:
        return None
    team, external = home_of(raw, us.ids.team)
    name, zone_name = words(raw, "tz", 60), None
    zone_name = zone(name) if name else None
    return PersonChanged(
        event=us.ids.event("person", user, told, _digest(raw)),
        person=us.ids.person(user),
        workspace=WorkspaceId(f"slack:{team}"),
        name=name_of(raw, child(raw, "profile"), user),
        at=at,
        timezone=zone_name,
        lang=lang(words(raw, "locale")),
        guest=is_guest(raw),
        external=external,
        automatic=is_bot(raw),
        active=raw.get("deleted") is not True,
    )


def _digest(raw: Raw) -> str:
    return hashlib.sha256(repr(sorted(raw.items(), key=str)).encode(errors="replace")).hexdigest()[:12]


def home_opened(raw: Raw, us: Us) -> Heard | None:
    """Somebody opened Ander's own page."""
    user, at = plain_id(raw.get("user")), when(raw)
    if user is None or at is None:
        return None
    if words(raw, "tab", 20) not in ("", "home"):
        return NOTHING
    event = us.ids.event("home", user, words(raw, "event_ts", 40))
    return Heard(events=(HomeOpened(event=event, person=us.ids.person(user), at=at),))


def uninstalled(raw: Raw, us: Us) -> Heard | None:  # noqa: ARG001 # one shape for all
    """Ander was removed from the workspace."""
    return Heard(gone=True)


def revoked(raw: Raw, us: Us) -> Heard | None:
    """Tokens were taken back; ours perhaps."""
    return Heard(gone=True) if us.user in items(child(raw, "tokens"), "bot") else NOTHING


def when(raw: Raw) -> datetime | None:
    """When an event happened."""
    return moment(raw.get("event_ts")) or moment(raw.get("ts"))
