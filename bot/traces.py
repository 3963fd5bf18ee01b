"""After somebody was forgotten in the record: what else may still hold a trace of them on this machine."""

from bot.jobs import reports
from bot.world import World


async def scrub(world: World) -> None:
    """Clean the search index, the report pages and the free pages of the database. Call it after the commit."""
    await world.plane.catch_up()
    await world.plane.scrub()
    await reports.remake(world)
    await world.store.scrub()
