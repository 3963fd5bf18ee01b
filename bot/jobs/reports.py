"""The weekly report: made once per community and week, kept as a page, sent to its facilitators."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bot import notices
from bot.asking import Field, ask, survey
from bot.buttons import Run
from bot.config import moment_of
from bot.jobs.questions import query_of
from bot.model import Community, CommunityId, Item, parse_ref
from bot.notices import Prompt
from bot.outgoing import Audience, Outgoing, Target
from bot.ports import Transaction
from bot.reports import pages
from bot.reports.advice import Advice
from bot.reports.material import Material, Revival
from bot.reports.metrics import measure
from bot.reports.page import draw, page
from bot.reports.report import Report
from bot.reports.summary import summarise
from bot.reports.week import Week
from bot.world import World

LEASE = timedelta(minutes=10)
PICTURES = ("questions", "waiting", "participation")
"""The plots that go into the chat, by their keys; the page has them all."""
REVIVED = 3
"""Open questions for which an ander is looked up."""


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
    report = await make_report(world, community.id, week)
    path = await write_page(world, report, community.lang)
    await draw_pictures(path, report, community.lang)
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


async def make_report(world: World, community: CommunityId, week: Week) -> Report:
    """Measure a week. The same week gives the same figures however often it is asked for."""
    material = await gather(world, community, week)
    seed = int.from_bytes(week.key.encode(), "big") % 2**32
    return await asyncio.to_thread(measure, material, world.clock(), np.random.default_rng(seed))


async def gather(world: World, community: CommunityId, week: Week) -> Material:
    """The facts of a week, with links to the originals and whom Ander would ask about what is still open."""
    async with world.store.snapshot() as tx:
        material = await tx.report_material(community, week)
        revivals = await _revivals(tx, material, world)
    return replace(
        material,
        questions=tuple(replace(one, link=_link(one.link, world)) for one in material.questions),
        newcomers=tuple(replace(one, link=_link(one.link, world)) for one in material.newcomers),
        stories=tuple(replace(one, link=_link(one.link, world)) for one in material.stories),
        revivals=revivals,
    )


def _link(ref: str, world: World) -> str:
    """The record knows references; only the platforms know links."""
    return (world.link(parse_ref(ref)) or "") if ref else ""


async def _revivals(tx: Transaction, material: Material, world: World) -> tuple[Revival, ...]:
    """Whom Ander would ask about the newest public questions that wait."""
    end = material.week.end
    waiting = [q for q in material.questions if q.public and q.first_reply_at is None and q.at < end]
    if not waiting:
        return ()
    field = await survey(tx, world.embedder.model, end)
    items = await tx.items([parse_ref(q.id) for q in waiting[-REVIVED:]])
    found = [await _revive(tx, field, item, material, world) for item in items.values()]
    return tuple(one for one in found if one is not None)


async def _revive(tx: Transaction, field: Field, item: Item, material: Material, world: World) -> Revival | None:
    end = material.week.end
    ranked = ask(field, await query_of(tx, item, world), world.config.ander_settings, now=end, rng=None).ranked
    if not ranked:
        return None
    why = field.why(ranked[0], material.lang, question=item.text, now=end, named=True)
    person = ranked[0].person
    return Revival(question=str(item.ref), person=person, name=field.people[person].name, why=why)


async def write_page(world: World, report: Report, lang: str, path: Path | None = None) -> Path:
    """Write the page, whole or not at all; by default where the `report` command finds it."""
    path = path or pages.path_of(world.config.data, CommunityId(report.community), report.week.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    html = await asyncio.to_thread(page, report, lang)
    half = path.with_name(path.name + ".part")
    half.write_text(html, encoding="utf-8")
    return half.replace(path)


async def draw_pictures(page: Path, report: Report, lang: str) -> None:
    """The plots that say most in a chat, as PNG beside the page."""
    drawn = [plot for plot in await asyncio.to_thread(draw, report, lang) if plot.key in PICTURES]
    for number, plot in enumerate(drawn, 1):
        pages.picture_of(page, number, plot.key).write_bytes(await asyncio.to_thread(plot.png))


async def remake(world: World) -> None:
    """Make the newest page of each community anew and drop everything older: after somebody was forgotten no page
    may quote them."""
    newest = pages.newest(world.config.data)
    for old in pages.folder(world.config.data).iterdir():
        old.unlink()
    async with world.store.snapshot() as tx:
        communities = await tx.communities()
    for key, (week, _page) in newest.items():
        if (community := communities.get(key)) is not None:
            report = await make_report(world, key, Week.parse(week, community.timezone))
            await write_page(world, report, community.lang)


def _messages(report: Report, community: Community, path: Path, now: datetime) -> list[Outgoing]:
    summary = summarise(report, community.lang)
    body = notices.weekly_report(
        community.lang,
        community=community.name,
        week=report.week.key,
        lines=[line for line in (summary.headline, *summary.lines, summary.closing) if line],
        prompts=[_prompt(one) for one in summary.suggestions],
        files=pages.files(path),
    )
    return [
        Outgoing(
            purpose="report",
            target=Target(audience=Audience.DIRECT, person=person),
            key=f"{community.id} {report.week.key}",
            body=body,
            due_at=now,
        )
        for person in community.facilitators
    ]


def _prompt(advice: Advice) -> Prompt:
    text = f"{advice.what}. {advice.why}".replace("..", ".")
    return Prompt(text=text, label=advice.button, choice=Run(words=advice.command) if advice.command else None)
