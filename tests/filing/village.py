"""A small community for the tests, and a model that needs no package: hashed words."""

from collections.abc import Sequence

from adapters.embedding.lexical import encode
from adapters.embedding.local import unit
from bot.events import ChannelId, ChannelKind, MessageId, WorkspaceId
from bot.model import Channel, CommunityId, Domain, DomainKey, Ref, Vector

BIKES, GARDEN, MUSIC = DomainKey("bikes"), DomainKey("garden"), DomainKey("music")

SHED = ChannelId("test:shed")
HALL = ChannelId("test:hall")

DOMAINS = (
    Domain(
        community=CommunityId("village"),
        key=BIKES,
        name="Fietsen repareren",
        description="Banden plakken, ketting, remmen, versnelling en verlichting.",
    ),
    Domain(
        community=CommunityId("village"),
        key=GARDEN,
        name="Moestuin",
        description="Zaaien, snoeien, slakken, compost, tomaten en aardappels.",
    ),
    Domain(
        community=CommunityId("village"),
        key=MUSIC,
        name="Koor en muziek",
        description="Repetities, bladmuziek, stemmen, dirigent en optreden.",
    ),
)


def vectors(texts: Sequence[str]) -> list[Vector]:
    """One vector per text."""
    return list(unit(encode(list(texts))))


def vector(text: str) -> Vector:
    """The vector of one text."""
    return vectors([text])[0]


def ref(number: int, channel: ChannelId = SHED) -> Ref:
    """A reference to an item."""
    return Ref(channel, MessageId(str(number)))


def channel(id: ChannelId, name: str) -> Channel:
    """A public channel."""
    return Channel(id=id, workspace=WorkspaceId("test"), name=name, kind=ChannelKind.PUBLIC)
