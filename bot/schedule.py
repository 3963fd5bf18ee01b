"""The ticker: calls the jobs every minute. It remembers nothing; what is due stands in the record.

APScheduler runs in memory only: its job stores lose a job that is late and fire twice on the autumn night
(docs/decisions.md).
"""

import asyncio
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

EVERY_SECONDS = 60


async def keep_ticking(tick: Callable[[], Awaitable[None]], *, every: float = EVERY_SECONDS) -> None:
    """Call `tick` now and then every `every` seconds until cancelled; never two at a time, late ones once."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(tick, "interval", seconds=every, coalesce=True, max_instances=1, misfire_grace_time=None)
    await tick()
    scheduler.start()
    try:
        await asyncio.Event().wait()
    finally:
        scheduler.shutdown(wait=False)
