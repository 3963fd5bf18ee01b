"""What a platform's client hears with: the app's one door, and the places it left off at."""

from collections.abc import Callable, Collection, Sequence

from bot import directory
from bot.app import App
from bot.events import ChannelId, ChannelKind, Event, PersonId
from bot.model import Channel, Message
from bot.world import platform_of


class PlatformListener:
    """The `Listener` of one platform. `heard` is called after events were taken in: there may be something to send."""

    def __init__(self, app: App, platform: str, heard: Callable[[], None]) -> None:
        self._app = app
        self._platform = platform
        self._heard = heard

    async def listen(self, events: Sequence[Event]) -> None:
        """See `bot.ports.Listener`."""
        await self._app.listen(events)
        self._heard()

    async def channels(self) -> list[Channel]:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.snapshot() as tx:
            known = (await tx.channels()).values()
        return [c for c in known if platform_of(c.id) == self._platform and c.kind is not ChannelKind.DIRECT]

    async def language(self, channel: ChannelId) -> str | None:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.snapshot() as tx:
            known = (await tx.channels([channel])).get(channel)
            community = (await tx.communities()).get(known.community) if known and known.community else None
        return community.lang if community else None

    async def recent(self, channel: ChannelId, limit: int) -> list[Message]:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.snapshot() as tx:
            return await tx.recent(channel, limit)

    async def forgotten(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.snapshot() as tx:
            return await tx.forgotten(people)

    async def refusing(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.snapshot() as tx:
            return await directory.refusing(tx, people)

    async def bookmark(self, name: str) -> str | None:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.snapshot() as tx:
            return await tx.bookmark(f"{self._platform}:{name}")

    async def keep_bookmark(self, name: str, value: str) -> None:
        """See `bot.ports.Listener`."""
        async with self._app.world.store.transaction() as tx:
            await tx.put_bookmark(f"{self._platform}:{name}", value)
