"""After somebody was forgotten in the record: what else may still hold a trace of them on this machine."""

import asyncio

from bot.commands import data
from bot.events import PersonId
from bot.jobs import reports
from bot.world import World, platform_of


async def scrub(world: World, person: PersonId) -> None:
    """Clean the exports, the report pages, the search index and the free pages of the database. Call it after the
    commit."""
    await asyncio.to_thread(data.export_path(world.config.data, person).unlink, missing_ok=True)
    await world.plane.catch_up()
    await world.plane.scrub()
    await reports.remake(world)
    await world.store.scrub()


async def part(world: World, person: PersonId) -> None:
    """Once nothing more is to be said to them, the adapter of their platform lets go of them too."""
    chat = world.chats.get(platform_of(person))
    if chat is not None:
        await chat.forget(person)
