"""Somebody asks Ander something: who, where, when, in which language. Passed to every command as one argument."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.errors import NotAllowed
from bot.events import ButtonPressed, ChannelId, CommandCalled, HomeOpened, MessageId, PersonId, WorkspaceId
from bot.language import language
from bot.model import Channel, Community, CommunityId, Person
from bot.permission import readable
from bot.ports import Transaction
from bot.practice.search import Results
from bot.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`community` is that of the channel, None in a direct message. `words` is what follows the command's name.
    `found`: what was looked up for it, before `tx` began."""

    tx: Transaction
    world: World
    now: datetime
    person: Person
    channel: ChannelId
    thread: MessageId | None
    community: Community | None
    lang: str
    words: str = ""
    found: Results = field(default_factory=Results)

    def about(self, words: str) -> "Asked":
        """The same, with only these words left to read."""
        return replace(self, words=words)


async def who_asks(
    event: CommandCalled | ButtonPressed | HomeOpened, tx: Transaction, world: World, found: Results | None = None
) -> Asked:
    """Look up who asks and where. Somebody we do not know may ask, but sees nothing."""
    person = (await tx.people([event.person])).get(event.person) or _stranger(event.person)
    channel = ChannelId("") if isinstance(event, HomeOpened) else event.channel
    community = await _community(tx, (await tx.channels([channel])).get(channel))
    return Asked(
        tx=tx,
        world=world,
        now=world.clock(),
        person=person,
        channel=channel,
        thread=event.thread if isinstance(event, CommandCalled) else None,
        community=community,
        lang=language(person, community),
        found=found or Results(),
    )


async def facilitated(asked: Asked) -> Community:
    """The community that the person looks after here: the channel's; in a direct message the only one of theirs.

    Raises NotAllowed for everybody else.
    """
    theirs = [c for c in (await asked.tx.communities()).values() if asked.person.id in c.facilitators]
    if asked.community is not None:
        theirs = [c for c in theirs if c.id == asked.community.id]
    if len(theirs) != 1:
        raise NotAllowed("only a facilitator may do this, in a channel of their community")
    return theirs[0]


async def visible_communities(asked: Asked) -> frozenset[CommunityId]:
    """The communities of which the person may read at least one channel."""
    seen = await asked.tx.channels(await readable(asked.tx, asked.person.id))
    return frozenset(channel.community for channel in seen.values() if channel.community)


async def _community(tx: Transaction, channel: Channel | None) -> Community | None:
    if channel is None or channel.community is None:
        return None
    return (await tx.communities()).get(channel.community)


def _stranger(id: PersonId) -> Person:
    return Person(id=id, workspace=WorkspaceId(""), name="", active=False)
