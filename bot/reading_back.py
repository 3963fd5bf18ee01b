"""Reading back: the history of channels whose facilitator asked for it."""

import logging

from bot.app import App
from bot.errors import TransportError
from bot.model import Channel
from bot.world import platform_of

log = logging.getLogger(__name__)


async def read_back(app: App) -> None:
    """Take in what is wished for. Stopped halfway it begins again, and nothing is taken in twice."""
    async with app.world.store.snapshot() as tx:
        wished = [channel for channel in (await tx.channels()).values() if channel.recall_from]
    for channel in wished:
        try:
            await _read_back(app, channel)
        except TransportError as failed:
            log.warning("history of %s: %s; tried again later", channel.id, type(failed).__name__)


async def _read_back(app: App, channel: Channel) -> None:
    chat = app.world.chats.get(platform_of(channel.id))
    if chat is None or channel.recall_from is None:
        return
    async for events in chat.history(channel.id, channel.recall_from):
        await app.listen(events, live=False)
    async with app.world.store.transaction() as tx:
        await tx.read_back(channel.id, None)
