"""The two plots about domains: who answers where, and where knowledge leans on few."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.reports.drawing import ACCENT, HATCH, HEAT, INK, MUTED, PAPER, RULE, TINT, WARM, Plot, bare, say
from bot.reports.report import Report
from bot.reports.risk import DomainRisk
from bot.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROWS = 8
"""So many domains are drawn, the most asked; the table of figures has them all."""

DOTS = 5


def domain_name(report: Report, words: Words, domain: str) -> str:
    """What readers call a domain, shortened to fit beside a drawing."""
    return _short(report.domain_names.get(domain, domain) or words._("not filed"))


def _short(name: str, most: int = 22) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def answers_plot(report: Report, words: Words) -> Plot | None:
    """Domain × group answers as a heat table, masked below five people."""
    _, table = words._, report.charts.table
    domains = [r.domain for r in report.charts.risks if r.domain in table.domains][:ROWS]
    groups = sorted(table.groups, key=lambda g: (g != report.community, g == "", g))[:6]
    if not any(table.cells.get((domain, group)) for domain in domains for group in groups):
        return None

    def paint(figure: "Figure") -> None:
        axes = bare(figure.subplots(), grid=False)
        most = max((n for n in table.cells.values() if n), default=1)
        for row, domain in enumerate(domains):
            for column, group in enumerate(groups):
                _cell(axes, column, row, table.cells.get((domain, group), 0), most)
        axes.set_xticks(range(len(groups)), [_wrapped(_group_name(report, words, g)) for g in groups])
        axes.set_yticks(range(len(domains)), [domain_name(report, words, d) for d in domains])
        axes.xaxis.tick_top()
        axes.set_xlim(-0.5, len(groups) - 0.5)
        axes.set_ylim(len(domains) - 0.5, -0.5)
        axes.spines["bottom"].set_visible(False)

    shown = sum(n is not None for n in table.cells.values())
    alt = _("Answers per domain and group over twelve weeks: {shown} numbers shown, {hidden} hidden.").format(
        shown=shown, hidden=len(table.cells) - shown
    )
    note = _("Answers over twelve weeks. Hatched: given by fewer than five people, so not shown.")
    height = 0.75 + 0.34 * len(domains)
    return Plot(key="answers", title=_("Who answers where"), note=note, alt=alt, paint=paint, height=height)


def _group_name(report: Report, words: Words, group: str) -> str:
    return _short(report.group_names.get(group, group) or words._("other groups"), 24)


def _wrapped(name: str) -> str:
    """In two lines, broken at the space nearest to the middle."""
    spaces = [place for place, letter in enumerate(name) if letter == " "]
    if len(name) < 11 or not spaces:
        return name
    place = min(spaces, key=lambda at: abs(at - len(name) / 2))
    return name[:place] + "\n" + name[place + 1 :]


def _cell(axes: "Axes", column: int, row: int, count: int | None, most: int) -> None:
    from matplotlib.patches import Rectangle

    corner, shade = (column - 0.48, row - 0.46), 0
    if count:
        shade = min(len(HEAT) - 1, int(len(HEAT) * (count / most) ** 0.6))
    colour = "none" if count == 0 else HATCH if count is None else HEAT[shade]
    hatch = "////" if count is None else None
    edge = RULE if not count else colour
    axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=colour, edgecolor=edge, hatch=hatch, linewidth=0.6))
    if count:
        say(axes, column, row, str(count), INK if shade < 3 else PAPER, ha="center", va="center")


def risk_plot(report: Report, words: Words) -> Plot | None:
    """Demand beside the absence factor, per domain."""
    _ = words._
    rows = [risk for risk in report.charts.risks if risk.domain and (risk.asked or risk.factor)][:ROWS]
    if not any(risk.factor for risk in rows):
        return None

    def paint(figure: "Figure") -> None:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1.2))
        _demand(left, rows)
        for place, risk in enumerate(rows):
            _people(bare(right, grid=False), place, risk, words)
        right.set_xlim(-0.5, DOTS + 1.2)
        right.set_xticks([])
        right.spines["bottom"].set_visible(False)
        left.set_yticks(range(len(rows)), [domain_name(report, words, r.domain) for r in rows])
        left.set_ylim(len(rows) - 0.5, -0.5)
        left.set_title(_("questions asked"), fontsize=8.5, color=MUTED, loc="left")
        right.set_title(_("half the answers from"), fontsize=8.5, color=MUTED, loc="left", x=-0.02)

    lean = [domain_name(report, words, risk.domain) for risk in rows if risk.factor == 1]
    alt = _("Questions asked per domain, beside how many people together give half of the answers.")
    if lean:
        alt += " " + _("One person does in: {domains}.").format(domains=", ".join(lean))
    note = _("One dot means: half of the answers come from one person. Who, the report does not say.")
    height = 0.6 + 0.32 * len(rows)
    return Plot(key="risk", title=_("Demand, and on how few it leans"), note=note, alt=alt, paint=paint, height=height)


def _demand(axes: "Axes", rows: Sequence[DomainRisk]) -> None:
    most = max(risk.asked for risk in rows) or 1
    for place, risk in enumerate(rows):
        axes.barh(place, risk.asked, color=TINT, height=0.6)
        say(axes, risk.asked + most * 0.03, place, str(risk.asked), va="center")
    bare(axes, grid=False).set_xticks([])
    axes.set_xlim(0, most * 1.25)
    axes.spines["bottom"].set_visible(False)


def _people(axes: "Axes", place: int, risk: DomainRisk, words: Words) -> None:
    if risk.factor is None:
        text = words._("fewer than five people answered") if risk.masked else words._("no answers yet")
        say(axes, -0.2, place, _two_lines(text), MUTED, va="center", fontsize=7)
        return
    colour = WARM if risk.factor == 1 else ACCENT
    dots = min(risk.factor, DOTS)
    axes.plot(range(dots), [place] * dots, "o", color=colour, markersize=7)
    if risk.factor > DOTS:
        say(axes, DOTS - 0.3, place, f"… {risk.factor}", MUTED, va="center")


def _two_lines(text: str) -> str:
    return _wrapped(text)
