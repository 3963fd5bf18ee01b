"""Who may read what: the one gate. Search, suggestion, invitation, report and export all come through here.

The rule (see docs/privacy.md): whoever may read the origin *now* may read the item: the members of its channel
and, where the channel is public, the full members of its workspace. Unsure means no.
"""

from bot.events import ChannelId, ChannelKind, PersonId
from bot.model import Channel, Person, Ref
from bot.outgoing import Audience, Target
from bot.ports import People, Transaction


def may_enter(person: Person, channel: Channel, member: bool) -> bool:
    """The rule itself, for a person whose membership of the channel is known."""
    if not person.active or channel.kind is ChannelKind.DIRECT:
        return False
    if member:
        return True
    full = not (person.guest or person.external or person.automatic)
    return channel.kind is ChannelKind.PUBLIC and full and person.workspace == channel.workspace


async def readable(tx: People, person: PersonId) -> frozenset[ChannelId]:
    """The channels whose items the person may read now; none for somebody we do not know."""
    known = (await tx.people([person])).get(person)
    if known is None:
        return frozenset()
    joined = await tx.memberships(person)
    channels = await tx.channels()
    return frozenset(c.id for c in channels.values() if may_enter(known, c, c.id in joined))


async def may_read(tx: People, person: PersonId, ref: Ref) -> bool:
    """Whether the person may read what was said at `ref`, now."""
    known = (await tx.people([person])).get(person)
    channel = (await tx.channels([ref.channel])).get(ref.channel)
    if known is None or channel is None:
        return False
    return may_enter(known, channel, ref.channel in await tx.memberships(person))


async def may_be_asked(tx: Transaction, person: PersonId, question: Ref) -> bool:
    """Whether a question may be shown to somebody outside: they may read it anyway, or the asker agreed."""
    if await may_read(tx, person, question):
        return True
    consent = await tx.consent(question)
    return consent is not None and consent.granted is True


async def may_show(tx: Transaction, target: Target, ref: Ref) -> bool:
    """Whether everybody who will see a message at `target` may read what was said at `ref`, now."""
    if target.audience is not Audience.CHANNEL:
        return target.person is not None and await may_read(tx, target.person, ref)
    if target.channel is None or ref.channel == target.channel:
        return target.channel is not None
    readers = await tx.members(target.channel)
    return bool(readers) and all([await may_read(tx, person, ref) for person in readers])
