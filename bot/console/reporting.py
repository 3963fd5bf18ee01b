"""`ander report`: the weekly report of any week, for the terminal; the page is written beside it."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.console import looking
from bot.jobs.reports import last_week, make_report
from bot.locale import texts
from bot.reports.report import Report
from bot.reports.summary import summarise
from bot.reports.week import Week
from bot.world import World


async def make(world: World, name: str, week: str | None, lang: str | None) -> tuple[Report, str]:
    """The report, and the language to word it in. Without a week: the last whole one that anything is known of.

    Raises InputError for an unknown community or week.
    """
    async with world.store.snapshot() as tx:
        key = await looking.community_named(tx, name)
        community = (await tx.communities())[key]
        now = await looking.as_of(tx, world)
    chosen = Week.parse(week, community.timezone) if week else last_week(now, community)
    return await make_report(world, key, chosen), lang or community.lang


def show(report: Report, lang: str, path: Path, console: Console) -> None:
    """The summary, and where the page lies."""
    _ = texts(lang).gettext
    summary = summarise(report, lang)
    console.print(f"[bold]{escape(summary.headline)}[/]")
    for line in summary.lines:
        console.print(f"  {escape(line)}")
    for advice in summary.suggestions:
        console.print(f"  • {escape(advice.what)}. [dim]{escape(advice.why)}[/]")
    if summary.closing:
        console.print(f"[dim]{escape(summary.closing)}[/]")
    console.print(_("The whole page: {path}").format(path=path), soft_wrap=True)
