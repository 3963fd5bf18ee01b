"""The facts of a weekly report, gathered from the record."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import CommunityId
from bot.reports.material import Material
from bot.reports.week import Week


async def report_material(conn: AsyncConnection, community: CommunityId, week: Week) -> Material:
    raise NotImplementedError
