"""Work that happens once per period: a row, a lease and a fence."""

from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreBusy
from bot.model import Claim
from storage import schema
from storage.sql import upsert

_known = schema.job_runs.c


async def claim_job(conn: AsyncConnection, job: str, period: str, now: datetime, lease_until: datetime) -> Claim | None:
    row = {"job": job, "period": period, "fence": 0, "lease_until": now, "next_step": 0, "done_at": None}
    await conn.execute(upsert(conn, schema.job_runs).on_conflict_do_nothing(), row)
    free = and_(_known.done_at.is_(None), or_(_known.lease_until <= now, _known.fence == 0))
    take = (
        update(schema.job_runs)
        .where(_known.job == job, _known.period == period, free)
        .values(fence=_known.fence + 1, lease_until=lease_until)
        .returning(_known.fence, _known.next_step)
    )
    taken = (await conn.execute(take)).first()
    if taken is None:
        return None
    return Claim(job=job, period=period, fence=taken.fence, lease_until=lease_until, next_step=taken.next_step)


async def finish_job(conn: AsyncConnection, claim: Claim, now: datetime) -> None:
    mine = and_(_known.job == claim.job, _known.period == claim.period, _known.fence == claim.fence)
    done = await conn.execute(update(schema.job_runs).where(mine, _known.done_at.is_(None)).values(done_at=now))
    if not done.rowcount:
        raise StoreBusy(f"{claim.job} for {claim.period} was taken over by another process; its work stands.")


async def job_done(conn: AsyncConnection, job: str, period: str) -> bool:
    query = select(_known.done_at).where(_known.job == job, _known.period == period)
    return await conn.scalar(query) is not None
