"""Who is who and where, as the platforms report it, and whose words we may take in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import notices
from bot.events import (
    AnderAdded,
    AnderRemoved,
    ChannelChanged,
    ChannelId,
    ChannelKind,
    Event,
    MemberJoined,
    MemberLeft,
    MembersListed,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    PersonId,
)
from bot.model import Channel, CommunityId, Person
from bot.outgoing import Audience, Outgoing, Target
from bot.ports import People, Transaction
from bot.world import World

Spoken = TypeVar("Spoken", MessagePosted, MessageEdited)

_ABOUT_SOMEBODY = (PersonChanged, MemberJoined, MemberLeft)


async def apply(tx: Transaction, events: Sequence[Event], world: World, *, live: bool) -> None:
    """Store what changed, of nobody who was forgotten. Where Ander begins to listen, its notice comes before anything
    else."""
    events = await _of_the_known(tx, events)
    await tx.put_people([_person(e) for e in events if isinstance(e, PersonChanged)])
    channels = [_channel(e, world) for e in events if isinstance(e, ChannelChanged)]
    await _meet(tx, {c.community for c in channels if c.community}, world)
    await tx.put_channels(await _closed_as_known(tx, channels, live=live))
    heard = await _heard_before(tx, events, world.clock()) if live else {}
    await tx.put_members(
        [(e.channel, e.person, _after(heard, e)) for e in events if isinstance(e, MemberJoined)],
        [(e.channel, e.person, _after(heard, e)) for e in events if isinstance(e, MemberLeft)],
    )
    for event in events:
        if isinstance(event, MembersListed):
            await _compare(tx, event)
        elif isinstance(event, AnderRemoved):
            await _end_stay(tx, event)
        elif isinstance(event, AnderAdded) and live:
            await _give_notice(tx, event, world)


async def _closed_as_known(tx: Transaction, channels: Sequence[Channel], *, live: bool) -> Sequence[Channel]:
    """The channels as they are to be stored. An archive does not open what the platform itself said is closed. And what
    was imported before Ander came was said nobody knows how: where the past is closed when it comes, it is closed."""
    known = await tx.channels({channel.id for channel in channels})
    if not live:
        closed = {id for id, channel in known.items() if channel.past_closed}
        return [replace(channel, past_closed=channel.past_closed or channel.id in closed) for channel in channels]
    strange = {id for id, channel in known.items() if channel.noticed_at is None and channel.removed_at is None}
    if closing := {channel.id for channel in channels if channel.past_closed} & strange:
        await tx.close_past(closing)
    return channels


async def _of_the_known(tx: Transaction, events: Sequence[Event]) -> list[Event]:
    """The events without those about people who were forgotten: the platform goes on naming them, we do not keep it."""
    about = {e.person for e in events if isinstance(e, _ABOUT_SOMEBODY)}
    about |= {person for e in events if isinstance(e, MembersListed) for person in e.people}
    gone = await tx.forgotten(about) if about else frozenset()
    if not gone:
        return list(events)
    kept = [e for e in events if not (isinstance(e, _ABOUT_SOMEBODY) and e.person in gone)]
    return [replace(e, people=e.people - gone) if isinstance(e, MembersListed) else e for e in kept]


async def _heard_before(tx: Transaction, events: Sequence[Event], now: datetime) -> dict[ChannelId, datetime]:
    """When the last thing was said that we heard where somebody came or went, while the notice stands there."""
    channels = await tx.channels({e.channel for e in events if isinstance(e, MemberJoined | MemberLeft)})
    heard: dict[ChannelId, datetime] = {}
    for id in (id for id, channel in channels.items() if channel.noticed_at is not None):
        last = await tx.recent(id, 1)
        heard[id] = last[0].at if last else now
    return heard


def _after(heard: Mapping[ChannelId, datetime], event: MemberJoined | MemberLeft) -> datetime:
    """When somebody came or went: after what we heard before it, whatever time a stranger's server writes on it, for
    where the past is closed it matters since when somebody is there."""
    before = heard.get(event.channel)
    return event.at if before is None else max(event.at, before + timedelta(microseconds=1))


async def _compare(tx: Transaction, listed: MembersListed) -> None:
    """Whoever is on the list and was not, came; whoever was and is not, left."""
    before = await tx.members(listed.channel)
    await tx.put_members(
        [(listed.channel, person, listed.at) for person in sorted(listed.people - before)],
        [(listed.channel, person, listed.at) for person in sorted(before - listed.people)],
    )


async def settle(tx: Transaction, world: World) -> None:
    """At the start: make the record agree with the communities and domains of the configuration."""
    config = world.config
    await tx.put_communities(config.declared_communities())
    await tx.put_domains(config.declared_domains())
    known = (await tx.channels()).values()
    wanted = [(c, _community(c.id, c.name, c.kind, c.spaces, world)) for c in known]
    await _meet(tx, {community for _, community in wanted if community}, world)
    for channel, community in wanted:
        if community and community != channel.community:
            await tx.move_channel(channel.id, community)


async def allowed(tx: Transaction, posted: Sequence[MessagePosted], *, live: bool) -> list[MessagePosted]:
    """The privacy gate for words: what was posted by people who let us read, in channels where we may.

    Never direct messages, never bots, never somebody who opted out or was forgotten; in a live channel only
    what came after its notice. Unsure means no.
    """
    unheard = await refusing(tx, {one.author for one in posted})
    channels = await tx.channels({one.channel for one in posted})
    return [
        with_past(one, channels)
        for one in posted
        if one.author not in unheard and not one.automatic and _listens(channels, one, live)
    ]


def with_past(said: Spoken, channels: Mapping[ChannelId, Channel]) -> Spoken:
    """The same, saying whether who comes later may read it: as the platform says, or else as the channel is now."""
    channel = channels.get(said.channel)
    if said.past_closed is not None:
        return said
    return replace(said, past_closed=channel is not None and channel.past_closed)


async def refusing(tx: Transaction, people: Collection[PersonId]) -> frozenset[PersonId]:
    """Whose words may not be kept: those of bots, and of people who opted out or were forgotten."""
    known = await tx.people(people)
    return frozenset(id for id, one in known.items() if one.opted_out_at or one.automatic) | await tx.forgotten(people)


def _listens(channels: dict[ChannelId, Channel], posted: MessagePosted, live: bool) -> bool:
    channel = channels.get(posted.channel)
    if channel is None or channel.kind is ChannelKind.DIRECT:
        return False
    return not live or (channel.noticed_at is not None and channel.noticed_at <= posted.at)


def _person(event: PersonChanged) -> Person:
    return Person(
        id=event.person,
        workspace=event.workspace,
        name=event.name,
        timezone=event.timezone,
        lang=event.lang,
        guest=event.guest,
        external=event.external,
        automatic=event.automatic,
        active=event.active,
    )


def _channel(event: ChannelChanged, world: World) -> Channel:
    return Channel(
        id=event.channel,
        workspace=event.workspace,
        name=event.name,
        kind=event.kind,
        community=_community(event.channel, event.name, event.kind, event.spaces, world),
        archived=event.archived,
        encrypted=event.encrypted,
        past_closed=event.past_closed,
        spaces=event.spaces,
    )


def _community(id: ChannelId, name: str, kind: ChannelKind, spaces: Sequence[str], world: World) -> CommunityId | None:
    return None if kind is ChannelKind.DIRECT else world.config.community_of(id, name, spaces)


async def _meet(tx: People, communities: Collection[CommunityId], world: World) -> None:
    known = await tx.communities()
    await tx.put_communities([world.config.community(key) for key in sorted(communities) if key not in known])


async def _end_stay(tx: Transaction, removed: AnderRemoved) -> None:
    for channel in (await tx.channels([removed.channel])).values():
        await tx.withdraw_out("notice", _all_of(channel), _stay(channel))
    await tx.leave_channel(removed.channel, removed.at)


def _all_of(channel: Channel) -> Target:
    return Target(audience=Audience.CHANNEL, channel=channel.id)


def _stay(channel: Channel) -> str:
    """Which stay in the channel this is: named after the end of the one before."""
    return channel.removed_at.isoformat() if channel.removed_at else "1"


async def _give_notice(tx: Transaction, added: AnderAdded, world: World) -> None:
    """Once for each stay: coming back after having been taken out, Ander says again what it does."""
    channel = (await tx.channels([added.channel])).get(added.channel)
    if channel is None or not channel.community or channel.noticed_at or channel.archived:
        return
    community = (await tx.communities())[channel.community]
    notice = Outgoing(
        purpose="notice",
        target=_all_of(channel),
        key=_stay(channel),
        body=notices.channel_notice(community, world.config.privacy.retention_days),
        due_at=world.clock(),
    )
    await tx.put_out([notice])
