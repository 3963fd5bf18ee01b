"""Who is who and who is where: Slack is asked, and what it says becomes events.

`told` marks the moment of asking, so that the same answer at another time is another event.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from adapters.slack.api import UNKNOWN_METHOD, SlackRefused
from adapters.slack.whereabouts import person_changed
from adapters.slack.workspace import Place, Workspace
from adapters.untrusted import Raw, plain_id, words
from bot.errors import TransportError
from bot.events import (
    AnderAdded,
    AnderRemoved,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    Event,
    EventId,
    MembersListed,
    PersonChanged,
)
from bot.model import Channel
from bot.ports import Listener

log = logging.getLogger(__name__)

_GONE = frozenset({"channel_not_found", "not_in_channel", "missing_scope", "is_archived"})
_AT_ONCE = 5
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def everybody(space: Workspace, at: datetime, told: str) -> AsyncIterator[list[PersonChanged]]:
    """All people of the workspace, page by page."""
    async for page in space.api.pages("users.list", "members", include_locale=True):
        yield _met(space, page, at, told)


def _met(space: Workspace, page: Iterable[object], at: datetime, told: str) -> list[PersonChanged]:
    """Those about whom there is something to tell that was not told since the start."""
    made = [person_changed(raw, space.us, at, told) for raw in page if isinstance(raw, dict)]
    found = [one for one in made if one is not None and space.people.get(_user(space, one)) != _facts(one)]
    space.people.update({_user(space, one): _facts(one) for one in found})
    return found


def _user(space: Workspace, person: PersonChanged) -> str:
    return person.person.removeprefix(space.ids.prefix)


def _facts(person: PersonChanged) -> PersonChanged:
    """What is said of them, whenever it was said."""
    return replace(person, event=EventId(""), at=_EVER)


async def strangers(space: Workspace, users: Sequence[str], at: datetime, told: str) -> list[PersonChanged]:
    """People who were not heard of before. Who cannot be looked up stays unknown, and may see nothing."""
    wanted = [user for user in dict.fromkeys(users) if user not in space.people and not user.startswith("B")]
    found: list[PersonChanged] = []
    for start in range(0, len(wanted), _AT_ONCE):
        answers = await asyncio.gather(*(_person(space, user) for user in wanted[start : start + _AT_ONCE]))
        found += _met(space, answers, at, told)
    return found


async def _person(space: Workspace, user: str) -> Raw | None:
    try:
        answer = await space.api.ask("users.info", user=user, include_locale=True)
    except TransportError as failed:
        log.warning("a person could not be looked up: %s", failed)
        return None
    found = answer.get("user")
    return found if isinstance(found, dict) else None


async def where_we_are(space: Workspace, at: datetime, told: str) -> AsyncIterator[list[Event]]:
    """Each channel Ander is in: what it is, who is in it, and that Ander may listen there."""
    async for raw in ours(space):
        if channel := plain_id(raw.get("id")):
            yield await _stay(space, channel, raw, at, told, inside=True)


async def ours(space: Workspace) -> AsyncIterator[Raw]:
    """The channels Ander is in, as Slack describes them. Raises TransportError."""
    try:
        async for raw in _listed(space, "users.conversations"):
            yield raw
    except SlackRefused as refused:
        if refused.code != UNKNOWN_METHOD:
            raise
        async for raw in _listed(space, "conversations.list"):  # a stand-in for Slack may lack the other
            if raw.get("is_member") is True:
                yield raw


async def letter_boxes(space: Workspace) -> AsyncIterator[str]:
    """The direct conversations that people have with Ander. Raises TransportError."""
    async for page in space.api.pages("conversations.list", "channels", types="im"):
        for raw in page:
            if isinstance(raw, dict) and raw.get("is_user_deleted") is not True and (id := plain_id(raw.get("id"))):
                yield id


async def _listed(space: Workspace, method: str) -> AsyncIterator[Raw]:
    types = "public_channel,private_channel"
    async for page in space.api.pages(method, "channels", types=types, exclude_archived=True):
        for raw in page:
            if isinstance(raw, dict) and not _is_of_several(space, raw):
                yield raw


def _is_of_several(space: Workspace, raw: Raw) -> bool:
    """A channel that workspaces of one organisation share would be heard by each of them: it is left out."""
    return not space.alone and raw.get("is_org_shared") is True


async def look_up(space: Workspace, channel: str, at: datetime, told: str) -> list[Event]:
    """One channel as it is now. When Slack shows it no longer, it counts as private and closed."""
    try:
        answer = await space.api.ask("conversations.info", channel=channel)
    except SlackRefused as refused:
        if refused.code not in _GONE:
            raise
        return _out_of_sight(space, channel, at, told)
    raw = answer.get("channel")
    if not isinstance(raw, dict):
        return []
    inside = raw.get("is_member") is True and not _is_of_several(space, raw)
    if not inside and channel not in space.places:
        return []  # somebody else's channel, which the record need not know
    return await _stay(space, channel, raw, at, told, inside=inside)


def _out_of_sight(space: Workspace, channel: str, at: datetime, told: str) -> list[Event]:
    known = space.places.get(channel)
    if known is None:
        return []
    return [_described(space, channel, Place(name=known.name, kind=ChannelKind.PRIVATE, archived=True), at, told)]


async def _stay(space: Workspace, channel: str, raw: Raw, at: datetime, told: str, *, inside: bool) -> list[Event]:
    place = place_of(raw, channel)
    events: list[Event] = [_described(space, channel, place, at, told)]
    if not inside or place.kind is ChannelKind.DIRECT:
        return events
    members = await space.members(channel, fresh=True)
    id = space.ids.channel(channel)
    people = frozenset(space.ids.person(user) for user in members)
    events.append(MembersListed(event=space.ids.event(channel, "members", told), channel=id, people=people, at=at))
    if not place.archived:
        events.append(AnderAdded(event=space.ids.event(channel, "in", told), channel=id, at=at))
    return events


def place_of(raw: Raw, channel: str) -> Place:
    """What Slack says of a channel; private unless it says otherwise."""
    kind = ChannelKind.PUBLIC
    if raw.get("is_im") is True or raw.get("is_mpim") is True:
        kind = ChannelKind.DIRECT
    elif raw.get("is_private") is not False:
        kind = ChannelKind.PRIVATE
    return Place(name=words(raw, "name", 80) or channel, kind=kind, archived=raw.get("is_archived") is True)


def _described(space: Workspace, channel: str, place: Place, at: datetime, told: str) -> ChannelChanged:
    space.places[channel], space.names[channel] = place, place.name
    return ChannelChanged(
        event=space.ids.event(channel, "is", told),
        channel=space.ids.channel(channel),
        workspace=space.ids.workspace,
        name=place.name,
        kind=place.kind,
        at=at,
        archived=place.archived,
    )


async def settle(space: Workspace, listener: Listener, at: datetime, told: str) -> frozenset[ChannelId]:
    """Make the record agree with Slack about the channels Ander is in, which are returned, and those it was in.

    Raises TransportError when Slack does not tell, StoreError when the record takes nothing.
    """
    inside: set[ChannelId] = set()
    async for events in where_we_are(space, at, told):
        inside.update(event.channel for event in events if isinstance(event, AnderAdded))
        await listener.listen(events)
    await listener.listen(await no_longer(space, inside, await listener.channels(), at, told))
    return frozenset(inside)


async def meet_everybody(space: Workspace, listener: Listener, at: datetime, told: str) -> None:
    """Tell the record who there is. Raises as `settle`."""
    async for people in everybody(space, at, told):
        await listener.listen(people)


async def no_longer(
    space: Workspace, inside: Collection[ChannelId], known: Sequence[Channel], at: datetime, told: str
) -> list[Event]:
    """Of the channels that the record knows of this workspace: those Ander is no longer in, and those that were public
    and are not shown as such any more. `inside`: where Ander is."""
    theirs = {one.id.removeprefix(space.ids.prefix): one for one in known if one.workspace == space.ids.workspace}
    outside = {channel: one for channel, one in theirs.items() if one.id not in inside}
    events: list[Event] = [
        AnderRemoved(event=space.ids.event(channel, "out", told), channel=one.id, at=at)
        for channel, one in outside.items()
        if one.noticed_at
    ]
    unsure = {channel: one for channel, one in outside.items() if one.kind is ChannelKind.PUBLIC}
    return events + (await _checked(space, unsure, at, told) if unsure else [])


async def _checked(space: Workspace, unsure: dict[str, Channel], at: datetime, told: str) -> list[Event]:
    """Channels that were public when the record last heard of them, as the list of public channels shows them now."""
    seen: dict[str, Place] = {}
    async for page in space.api.pages("conversations.list", "channels", limit=1000, types="public_channel"):
        for raw in page:
            if isinstance(raw, dict) and (channel := plain_id(raw.get("id"))) in unsure and channel:
                seen[channel] = place_of(raw, channel)
    hidden = {
        channel: Place(name=one.name, kind=ChannelKind.PRIVATE, archived=one.archived)
        for channel, one in unsure.items()
        if channel not in seen
    }
    return [_described(space, channel, place, at, told) for channel, place in (seen | hidden).items()]
