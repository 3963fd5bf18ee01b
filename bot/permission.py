"""Who may read what: the one gate. Search, suggestion, invitation, report and export all come through here.

The rule (see docs/privacy.md): whoever may read the origin *now* may read the item: the members of its channel
and, where the channel is public, the full members of its workspace. Unsure means no.
"""

from bot.events import ChannelId, ChannelKind, PersonId
from bot.model import Channel, Person, Ref
from bot.ports import People


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
