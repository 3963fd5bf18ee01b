"""Who may read what: the one gate. Search, suggestion, invitation, report and export all come through here.

The rule (see docs/privacy.md): whoever may read the origin *now* may read the item: the members of its channel
and, where the channel is public, the full members of its workspace; what was said where who comes later may not look
back, only those who have been there since. Unsure means no. And what was said encrypted is shown encrypted, or not at
all.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Protocol

from bot.events import ChannelId, ChannelKind, PersonId, WorkspaceId
from bot.model import Channel, Door, Person, Ref
from bot.outgoing import Audience, Target
from bot.ports import People, Transaction
from bot.world import platform_of

OPEN = ChannelKind.PUBLIC
"""The one kind of channel that may be read without being a member."""


class Said(Protocol):
    """What was said somewhere: an item or a message."""

    @property
    def ref(self) -> Ref: ...
    @property
    def at(self) -> datetime: ...
    @property
    def past_closed(self) -> bool: ...


def may_pass(person: Person, kind: ChannelKind, workspace: WorkspaceId, *, member: bool) -> bool:
    """The rule itself: may the person read a channel of this kind, in this workspace, being a member or not?"""
    if not person.active or kind is ChannelKind.DIRECT:
        return False
    if member:
        return True
    full = not (person.guest or person.external or person.automatic)
    return kind is OPEN and full and person.workspace == workspace


def may_enter(person: Person, channel: Channel, member: bool) -> bool:
    """The rule, for a channel."""
    return may_pass(person, channel.kind, channel.workspace, member=member)


def may_be_told(channel: Channel | None, *, past_closed: bool) -> bool:
    """Whether what was said in a channel may be quoted where the reader is not looked up: on a report's page, in the
    story of the week, as the reason why somebody was asked. Only what is public, and was neither said encrypted nor
    while the past was closed: such places lie in the clear."""
    return channel is not None and channel.kind is ChannelKind.PUBLIC and not channel.encrypted and not past_closed


async def readable(tx: People, person: PersonId, among: Collection[ChannelId] | None = None) -> frozenset[ChannelId]:
    """The channels (of all, or `among` these) that the person may enter now; none for somebody we do not know. What
    they may read there of what is at hand, `seen` tells."""
    known = (await tx.people([person])).get(person)
    return _open_to(known, await tx.doors(person, OPEN, among)) if known else frozenset()


async def seen(
    tx: People, person: PersonId, said: Collection[Said], within: frozenset[ChannelId] | None = None
) -> frozenset[Ref]:
    """What of all this the person may read now. `within`: what `readable` answered in this transaction, which sees the
    same from its beginning to its end; None to ask."""
    if within is None:
        within = await readable(tx, person, {one.ref.channel for one in said}) if said else frozenset()
    closed = {one.ref.channel for one in said if one.past_closed} & within
    since = await tx.stays(person, closed) if closed else {}
    return frozenset(one.ref for one in said if one.ref.channel in within and _was_there(one, since))


def _was_there(said: Said, since: Mapping[ChannelId, datetime]) -> bool:
    """Whether somebody who has been in some channels since then may look back as far as that."""
    begun = since.get(said.ref.channel)
    return not said.past_closed or (begun is not None and begun <= said.at)


async def may_read(tx: Transaction, person: PersonId, ref: Ref) -> bool:
    """Whether the person may read what was said at `ref`, now. Nobody may where nothing is kept."""
    return bool(await seen(tx, person, await _said(tx, ref)))


async def _said(tx: Transaction, ref: Ref) -> list[Said]:
    """What is kept of what was said there: one, or nothing."""
    said: Said | None = (await tx.items([ref])).get(ref) or await tx.message(ref)
    return [said] if said else []


def _open_to(person: Person, doors: Iterable[Door]) -> frozenset[ChannelId]:
    passed = (d.channels for d in doors if may_pass(person, d.kind, d.workspace, member=d.member))
    return frozenset(chain.from_iterable(passed))


async def may_be_asked(tx: Transaction, person: PersonId, question: Ref) -> bool:
    """Whether a question may be shown to somebody outside: they may read it anyway, or the asker agreed."""
    if not await stays_sealed(tx, Target(audience=Audience.DIRECT, person=person), question):
        return False
    if await may_read(tx, person, question):
        return True
    consent = await tx.consent(question)
    return consent is not None and consent.granted is True


async def may_show(tx: Transaction, target: Target, ref: Ref) -> bool:
    """Whether everybody who will see a message at `target` may read what was said at `ref`, now."""
    if not await stays_sealed(tx, target, ref):
        return False
    if target.audience is not Audience.CHANNEL:
        return target.person is not None and await may_read(tx, target.person, ref)
    if target.channel is None or ref.channel == target.channel:
        return target.channel is not None
    readers, said = await tx.members(target.channel), await _said(tx, ref)
    for person in readers:
        if not await seen(tx, person, said):
            return False
    return bool(readers)


async def stays_sealed(tx: People, target: Target, ref: Ref) -> bool:
    """Whether what was said at `ref` would not come to lie in the clear at `target`: nothing from an encrypted channel
    goes to one that is not, nor to another platform. To one person on its own platform it may: their chat sends it
    encrypted, or not at all."""
    place = target.channel if target.audience is Audience.CHANNEL else None
    known = await tx.channels([ref.channel, *([place] if place else [])])
    source = known.get(ref.channel)
    if source is None or not source.encrypted or ref.channel == place:
        return True
    if place is not None:
        return place in known and known[place].encrypted
    return target.person is not None and platform_of(target.person) == platform_of(ref.channel)
