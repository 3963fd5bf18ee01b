"""The plots a facilitator wants. Each is drawn from masked figures only, so a picture never says more than
the numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.reports.drawing import (
    ACCENT,
    COOL,
    HATCH,
    LEVEL_COLOURS,
    MUTED,
    RULE,
    TINT,
    WARM,
    Plot,
    bare,
    say,
    whole_numbers,
)
from bot.reports.movement import MOVES
from bot.reports.participation import LEVELS
from bot.reports.report import Report
from bot.reports.survival import Step, quantile
from bot.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def questions_plot(report: Report, words: Words) -> Plot | None:
    """Asked, answered within 72 h and open per week, with the median wait above."""
    _, weeks = words._, report.charts.questions
    if not any(week.asked or week.open for week in weeks):
        return None

    known = [(place, w.median_hours) for place, w in enumerate(weeks) if w.median_hours is not None]

    def paint(figure: "Figure") -> None:
        if known:
            top, axes = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2.4))
            _median_line(top, known, words)
        else:
            axes = figure.subplots()
        places = range(len(weeks))
        bare(axes).bar(places, [w.asked for w in weeks], color=TINT, width=0.72)
        axes.bar(places, [w.answered for w in weeks], color=ACCENT, width=0.72)
        axes.plot(places, [w.open for w in weeks], color=WARM, linewidth=1.8)
        _week_ticks(axes, report, words)
        whole_numbers(axes)
        _end_labels(axes, [(weeks[-1].open, _("open"), WARM)], len(weeks))
        _key(axes, [(_("asked"), TINT), (_("answered within 72 hours"), ACCENT)])

    last = weeks[-1]
    alt = _(
        "Questions per week over twelve weeks. This week {asked} were asked, {answered} of them answered so far "
        "within 72 hours, and {open} were open at the end of the week."
    ).format(asked=last.asked, answered=last.answered, open=last.open)
    line = _("The line above: within what time half of the questions get a first reply, over four weeks.")
    note = line if known else ""
    return Plot(key="questions", title=_("Questions, answers and what stays open"), note=note, alt=alt, paint=paint)


def _median_line(axes: "Axes", known: Sequence[tuple[int, float]], words: Words) -> None:
    bare(axes, grid=False).spines["bottom"].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(labelbottom=False)
    axes.plot(*zip(*known, strict=True), color=COOL, linewidth=1.8)
    axes.set_ylim(0, max(value for _, value in known) * 1.9)
    say(axes, 0.0, 1.0, words._("half answered within"), MUTED, transform=axes.transAxes, va="top")
    for place, value in {known[0], known[-1]}:
        axes.plot([place], [value], "o", color=COOL, markersize=4)
        _above(axes, place, value, words.hours(value), COOL)


def waiting_plot(report: Report, words: Words) -> Plot | None:
    """Time to first response as a survival curve, the last four weeks beside the eight before."""
    _, now, before = words._, report.charts.waiting_now, report.charts.waiting_before
    if not now:
        return None

    def paint(figure: "Figure") -> None:
        axes = bare(figure.subplots())
        end = 120.0
        if before:
            _stairs(axes, before, end, MUTED, 1.4)
        _stairs(axes, now, end, ACCENT, 2.2)
        axes.set_xlim(0, end)
        axes.set_ylim(0, 1.02)
        days = [0, 24, 48, 72, 96, 120]
        axes.set_xticks(days, [words.hours(h) if h else "0" for h in days])
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], [words.share(y) for y in (0, 0.25, 0.5, 0.75, 1)])
        axes.axvline(72, color=RULE, linewidth=1)
        _key(axes, [(_("last four weeks"), ACCENT)] + ([(_("eight weeks before"), MUTED)] if before else []))
        _mark_median(axes, now, words)

    median = quantile(now, 0.5)
    alt = _("Share of questions still without a reply, by hours since they were asked.") + " "
    if median is None:
        alt += _("Fewer than half get a reply.")
    else:
        alt += _("Half have one within {time}.").format(time=words.hours(median))
    note = _("The lower the line, the fewer questions still wait. Open questions count too.")
    return Plot(key="waiting", title=_("How long a question waits"), note=note, alt=alt, paint=paint, height=2.7)


def _stairs(axes: "Axes", steps: Sequence[Step], end: float, colour: str, width: float) -> None:
    shown = [step for step in steps if step.hours <= end]
    hours, waiting = [s.hours for s in shown] + [end], [s.waiting for s in shown] + [shown[-1].waiting]
    axes.step(hours, waiting, where="post", color=colour, linewidth=width)


def _mark_median(axes: "Axes", steps: Sequence[Step], words: Words) -> None:
    median = quantile(steps, 0.5)
    if median is not None and median <= 120:
        axes.plot([median], [0.5], "o", color=ACCENT, markersize=5)
        text = words._("half within {time}").format(time=words.hours(median))
        say(axes, median + 3, 0.53, text, ACCENT, fontweight="bold")


def participation_plot(report: Report, words: Words) -> Plot | None:
    """The participation mix per week, and who moved since last month."""
    _, charts = words._, report.charts
    names = level_names(words)
    if not any(charts.members):
        return None

    def paint(figure: "Figure") -> None:
        axes = bare(figure.subplots())
        tops = [0.0] * len(charts.mixes)
        for level, colour in list(zip(LEVELS, LEVEL_COLOURS, strict=True))[:4]:
            heights = [float(mix[level] or 0) for mix in charts.mixes]
            axes.bar(range(len(tops)), heights, bottom=tops, color=colour, width=0.78)
            _end_label(axes, tops[-1] + heights[-1] / 2, names[level] if heights[-1] else "", len(tops))
            tops = [low + high for low, high in zip(tops, heights, strict=True)]
        hidden = [max(0.0, (n or 0) - top) for n, top in zip(charts.members, tops, strict=True)]
        axes.bar(range(len(tops)), hidden, bottom=tops, color=HATCH, hatch="////", width=0.78, edgecolor=RULE)
        _end_label(axes, tops[-1] + hidden[-1] / 2, _("not shown") if hidden[-1] else "", len(tops))
        whole_numbers(axes)
        _week_ticks(axes, report, words)

    moved = moves_sentence(report, words)
    shown = [f"{names[level]} {n}" for level, n in charts.mixes[-1].items() if n is not None]
    alt = _("Members by level of participation over twelve weeks. Now: {levels}.").format(levels=", ".join(shown))
    return Plot(key="participation", title=_("Who takes part"), note=moved, alt=f"{alt} {moved}", paint=paint)


def level_names(words: Words) -> dict[str, str]:
    """What readers call the levels of participation."""
    _ = words._
    names = (_("core"), _("active"), _("occasional"), _("peripheral"), _("visiting"))
    return dict(zip(LEVELS, names, strict=True))


def moves_sentence(report: Report, words: Words) -> str:
    """Who moved since last month, as far as it may be told."""
    _ = words._
    names = (_("towards the core"), _("away from it"), _("stayed as they were"), _("joined"), _("left"))
    moves = report.metrics["movement"].parts
    told = [f"{words.number(n)} {name}" for key, name in zip(MOVES, names, strict=True) if (n := moves.get(key))]
    if not told:
        return _("The movement since last month is of too few people to be shown.")
    return _("Since four weeks ago: {moves}.").format(moves=", ".join(told))


def bridging_plot(report: Report, words: Words) -> Plot | None:
    """Bridging over twelve weeks against what chance would give."""
    _, series = words._, report.metrics["bridging"].series
    known = [(place, value) for place, value in enumerate(series) if value is not None]
    if len(known) < 2:
        return None

    def paint(figure: "Figure") -> None:
        axes = bare(figure.subplots(), grid=False)
        values = [value for _place, value in known]
        axes.axhline(0, color=MUTED, linewidth=1, linestyle=(0, (2, 3)))
        axes.plot(*zip(*known, strict=True), color=ACCENT, linewidth=2.2)
        axes.plot(*known[-1], "o", color=ACCENT, markersize=5)
        axes.set_ylim(min(*values, -0.05) - 0.12, max(*values, 0.05) + 0.12)
        axes.set_yticks([])
        say(axes, -0.5, 0.01, _("as chance would have it"), MUTED, va="bottom")
        for place, value in (known[0], known[-1]):
            _above(axes, place, value, words.signed(value), ACCENT)
        _week_ticks(axes, report, words)

    alt = _("Bridging over twelve weeks, from {first} to {last}; 0 is what chance would give.").format(
        first=words.signed(known[0][1]), last=words.signed(known[-1][1])
    )
    note = _("Above the dotted line, talk crosses the borders between groups more than chance would have it.")
    return Plot(key="bridging", title=_("Talk across groups"), note=note, alt=alt, paint=paint, height=2.4)


def funnel_plot(report: Report, words: Words) -> Plot | None:
    """From invited to helpful."""
    _, steps = words._, report.charts.funnel
    total = steps.get("invited")
    if not total:
        return None
    names = (_("invited"), _("joined in"), _("replied"), _("helpful"))
    counts = list(steps.values())

    def paint(figure: "Figure") -> None:
        axes = bare(figure.subplots(), grid=False)
        for place, count in enumerate(counts):
            axes.barh(place, total, color=HATCH, height=0.62)
            axes.barh(place, count or 0, color=ACCENT if place else TINT, height=0.62)
            text = _("not shown") if count is None else f"{count}"
            say(axes, (count or 0) + total * 0.02, place, text, fontweight="bold", va="center")
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", labelsize=9)
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.set_xlim(0, total * 1.12)
        axes.spines["bottom"].set_visible(False)

    told = [f"{name} {_('not shown') if n is None else n}" for name, n in zip(names, counts, strict=True)]
    alt = _("Invitations of twelve weeks: {steps}.").format(steps=", ".join(told))
    note = _("Invitations to anders over twelve weeks, counted in steps of four.")
    return Plot(key="funnel", title=_("What became of invitations"), note=note, alt=alt, paint=paint, height=2.1)


def _above(axes: "Axes", x: float, y: float, text: str, colour: str) -> None:
    axes.annotate(text, (x, y), (0, 6), textcoords="offset points", color=colour, ha="center", fontsize=8.5)


def _week_ticks(axes: "Axes", report: Report, words: Words) -> None:
    places = range(len(report.weeks) - 1, -1, -4)
    axes.set_xticks(list(places), [words.monday(report.weeks[place]) for place in places])
    axes.set_xlim(-0.6, len(report.weeks) - 0.4)


def _end_label(axes: "Axes", y: float, text: str, places: int, colour: str = MUTED) -> None:
    say(axes, places - 0.45, y, text, colour, va="center", clip_on=False)


def _end_labels(axes: "Axes", labels: Sequence[tuple[float, str, str]], places: int) -> None:
    for y, text, colour in labels:
        _end_label(axes, y, text, places, colour)


def _key(axes: "Axes", entries: Sequence[tuple[str, str]]) -> None:
    """Coloured words above the drawing, for what cannot be labelled where it is."""
    x = 0.0
    for text, colour in entries:
        axes.plot([x + 0.012], [1.06], "s", color=colour, markersize=6, transform=axes.transAxes, clip_on=False)
        say(axes, x + 0.035, 1.06, text, MUTED, va="center", transform=axes.transAxes)
        x += 0.07 + 0.0185 * len(text)
