"""What filing needs at hand, per community: its domains with what was filed there, and its working hours.

Derived from the record and kept in memory; an index is made anew when the domains of its community change.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.anders.hours import Calendar, calendar
from bot.config import Config
from bot.events import ChannelId
from bot.model import By, Channel, Community, CommunityId, Domain, Part
from bot.notebook import Notebook
from bot.ports import Embedder, Transaction
from bot.practice.filing import FilingIndex, open_index

ITEMS_LEARNED = 1000
"""The newest filed items that an index learns from when it is made: half a second."""


class Shelves:
    """Filing indexes and calendars, made when first needed."""

    def __init__(self, config: Config, embedder: Embedder) -> None:
        self._config = config
        self._embedder = embedder
        self._indexes: dict[CommunityId, tuple[Sequence[Domain], FilingIndex]] = {}

    async def notebook(self, tx: Transaction, channels: Collection[ChannelId], now: datetime) -> Notebook:
        """A notebook for what happens in these channels."""
        known = await tx.channels(channels)
        keys = {channel.community for channel in known.values() if channel.community}
        communities = await tx.communities()
        return Notebook(
            channels=known,
            indexes={key: await self._index(tx, key) for key in keys},
            calendars={key: self._calendar(communities.get(key) or self._config.community(key)) for key in keys},
            settings=self._config.ander_settings,
            model=self._embedder.model,
            now=now,
        )

    def forget(self) -> None:
        """Make everything anew when it is needed again."""
        self._indexes.clear()

    async def _index(self, tx: Transaction, key: CommunityId) -> FilingIndex:
        domains = await tx.domains(key)
        if key not in self._indexes or self._indexes[key][0] != domains:
            self._indexes[key] = (domains, await self._learn(tx, key, domains))
        return self._indexes[key][1]

    async def _learn(self, tx: Transaction, key: CommunityId, domains: Sequence[Domain]) -> FilingIndex:
        """An index that knows what was filed so far."""
        if not domains:
            return FilingIndex([])
        index = await open_index(domains, self._embedder, channels=await _places(tx, key))
        filed = await tx.filed(key, ITEMS_LEARNED)
        vectors = await tx.vectors([item.ref for item in filed], Part.OWN, self._embedder.model)
        for item in reversed(filed):
            if item.ref in vectors:
                by_person = item.domain_by is By.PERSON
                index.learn(item.ref, item.text, vectors[item.ref], item.domain, by_person=by_person)
        return index

    def _calendar(self, community: Community) -> Calendar:
        return calendar(community.timezone, self._config.ander_settings)


async def _places(tx: Transaction, community: CommunityId) -> list[Channel]:
    return [channel for channel in (await tx.channels()).values() if channel.community == community]
