"""The weekly report: made once per community and week, kept as a page, sent to its facilitators."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bot.config import moment_of
from bot.model import Community, CommunityId
from bot.outgoing import Outgoing
from bot.reports.material import Material
from bot.reports.metrics import measure
from bot.reports.report import Report
from bot.reports.week import Week
from bot.world import World

LEASE = timedelta(minutes=10)


async def send_due(world: World) -> None:
    """Reports whose moment has come. After downtime only the latest week is made up for."""
    async with world.store.snapshot() as tx:
        communities = [c for c in (await tx.communities()).values() if c.facilitators]
    for community in communities:
        await _send(community, world)


async def _send(community: Community, world: World) -> None:
    now = world.clock()
    week = due_week(now, community, world)
    job = f"report:{community.id}"
    async with world.store.snapshot() as tx:
        if await tx.job_done(job, week.key):
            return
    report = await make(world, community.id, week)
    path = await write_page(world, report, community.lang)
    async with world.store.transaction() as tx:
        claim = await tx.claim_job(job, week.key, now, now + LEASE)
        if claim is None:
            return
        await tx.put_out(_messages(report, community, path, now))
        await tx.finish_job(claim, now)


def due_week(now: datetime, community: Community, world: World) -> Week:
    """The latest whole week whose report is due: the week before the last report moment."""
    weekday, at = moment_of(world.config.section_of(community.id).report)
    zone = ZoneInfo(community.timezone)
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    moment = datetime.combine(monday + timedelta(days=weekday), at, zone)
    back = 7 if now >= moment else 14
    return Week.containing(now - timedelta(days=back), community.timezone)


def last_week(now: datetime, community: Community) -> Week:
    """The last whole week."""
    return Week.containing(now - timedelta(days=7), community.timezone)


async def make(world: World, community: CommunityId, week: Week) -> Report:
    """Measure a week. The same week gives the same figures however often it is asked for."""
    material = await gather(world, community, week)
    seed = int.from_bytes(week.key.encode(), "big") % 2**32
    return await asyncio.to_thread(measure, material, world.clock(), np.random.default_rng(seed))


async def gather(world: World, community: CommunityId, week: Week) -> Material:
    """The facts of a week, with links to the originals."""
    async with world.store.snapshot() as tx:
        return await tx.report_material(community, week)


async def write_page(world: World, report: Report, lang: str, path: Path | None = None) -> Path:
    """Write the page, whole or not at all; by default where the `report` command finds it."""
    from bot.reports.page import render_page  # matplotlib is heavy: load it when a report is made

    path = path or world.config.data / "reports" / f"{report.community}-{report.week.key}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    html = await asyncio.to_thread(render_page, report, lang)
    half = path.with_name(path.name + ".part")
    half.write_text(html, encoding="utf-8")
    os.replace(half, path)
    return path


def _messages(report: Report, community: Community, path: Path, now: datetime) -> Sequence[Outgoing]:
    return []
