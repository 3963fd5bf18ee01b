"""What filing needs at hand, per community: its domains with what was filed there, and its working hours.

Derived from the record and kept in memory; `forget` after anything that could have changed it.
"""

from collections.abc import Collection
from datetime import datetime

from bot.anders.hours import Calendar, calendar
from bot.config import Config
from bot.events import ChannelId
from bot.model import By, Community, CommunityId, Domain, Part
from bot.notebook import Notebook
from bot.ports import Embedder, Transaction
from bot.practice.filing import DomainView, FilingIndex, describe

ITEMS_LEARNED = 2000
"""The newest filed items that an index learns from when it is made."""


class Shelves:
    """Filing indexes and calendars, made when first needed."""

    def __init__(self, config: Config, embedder: Embedder) -> None:
        self._config = config
        self._embedder = embedder
        self._indexes: dict[CommunityId, FilingIndex] = {}
        self._calendars: dict[CommunityId, Calendar] = {}

    async def notebook(self, tx: Transaction, channels: Collection[ChannelId], now: datetime) -> Notebook:
        """A notebook for what happens in these channels."""
        known = await tx.channels(channels)
        communities = {channel.community for channel in known.values() if channel.community}
        return Notebook(
            channels=known,
            indexes=await self._indexes_of(tx, communities),
            calendars=await self._calendars_of(tx, communities),
            settings=self._config.ander_settings,
            model=self._embedder.model,
            now=now,
        )

    def forget(self) -> None:
        """Make everything anew when it is needed again."""
        self._indexes.clear()
        self._calendars.clear()

    async def _indexes_of(self, tx: Transaction, keys: Collection[CommunityId]) -> dict[CommunityId, FilingIndex]:
        for key in keys:
            if key not in self._indexes:
                self._indexes[key] = await open_index(tx, key, self._embedder)
        return self._indexes

    async def _calendars_of(self, tx: Transaction, keys: Collection[CommunityId]) -> dict[CommunityId, Calendar]:
        missing = [key for key in keys if key not in self._calendars]
        known = await tx.communities() if missing else {}
        for key in missing:
            self._calendars[key] = self.calendar_of(known.get(key) or self._config.community(key))
        return self._calendars

    def calendar_of(self, community: Community) -> Calendar:
        """When a community works."""
        return calendar(community.timezone, self._config.ander_settings)


async def open_index(tx: Transaction, community: CommunityId, embedder: Embedder) -> FilingIndex:
    """What a community's domains are about: their names and descriptions, and what was filed there so far."""
    domains = [domain for domain in await tx.domains(community) if domain.merged_into is None]
    index = FilingIndex(await view(domains, embedder))
    if not domains:
        return index
    filed = await tx.filed(community, ITEMS_LEARNED)
    vectors = await tx.vectors([item.ref for item in filed], Part.OWN, embedder.model)
    for item in reversed(filed):
        if item.ref in vectors and item.domain is not None:
            by_person = item.domain_by is By.PERSON
            index.learn(item.ref, item.text, vectors[item.ref], item.domain, by_person=by_person)
    return index


async def view(domains: Collection[Domain], embedder: Embedder) -> list[DomainView]:
    """Domains with the vector of their name and description."""
    if not domains:
        return []
    rows = await embedder.embed([describe(d.name, d.description) for d in domains])
    return [
        DomainView(key=d.key, name=d.name, description=d.description, vector=row)
        for d, row in zip(domains, rows, strict=True)
    ]
