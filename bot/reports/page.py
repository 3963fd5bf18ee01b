"""The report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

import re
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.reports import domain_plots, plots
from bot.reports.advice import advise
from bot.reports.drawing import Plot
from bot.reports.excerpt import excerpt
from bot.reports.glossary import definitions, name
from bot.reports.report import FEW_PEOPLE, Report
from bot.reports.sentences import headlines, lines
from bot.reports.summary import greeting, too_small
from bot.reports.words import Words

MOST_OPEN = 8
"""So many open questions are listed; the rest is a number."""

_PLOTS = (
    plots.questions_plot,
    plots.waiting_plot,
    plots.participation_plot,
    domain_plots.answers_plot,
    plots.bridging_plot,
    plots.funnel_plot,
    domain_plots.risk_plot,
)


def draw(report: Report, lang: str | None = None) -> tuple[Plot, ...]:
    """The plots for which there is something to draw; each gives its SVG or, for a chat, its PNG when
    asked."""
    words = Words(lang or report.lang, report.week.zone)
    if report.too_small:
        return ()
    return tuple(plot for make in _PLOTS if (plot := make(report, words)) is not None)


def page(report: Report, lang: str | None = None, command: str = "/ander") -> str:
    """The report as a self-contained HTML page. lang: "nl" or "en"; None: the community's own. command: how
    Ander is called on the platform of the reader ("/ander" or "!ander")."""
    words = Words(lang or report.lang, report.week.zone)
    drawn = [_Drawn(plot=plot, svg=Markup(plot.svg())) for plot in draw(report, lang)]  # noqa: S704 – our own drawing
    return _environment().get_template("page.html.j2").render(
        report=report,
        words=words,
        _=words._,
        command=command,
        greeting=greeting(report, words),
        too_small=too_small(words) if report.too_small else "",
        headlines=() if report.too_small else headlines(report, words),
        figures=() if report.too_small else lines(report, words),
        advice=advise(report, words),
        open_questions=report.open_questions[:MOST_OPEN],
        more_open=max(0, len(report.open_questions) - MOST_OPEN) + report.hidden_open,
        drawn=drawn,
        definitions=[(name(words, key), text) for key, text in _in_order(report, words)],
        hidden=_hidden(report, words),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    plot: Plot
    svg: Markup


def _in_order(report: Report, words: Words) -> list[tuple[str, str]]:
    known = definitions(words)
    return [(key, known[key]) for key in report.metrics]


def _hidden(report: Report, words: Words) -> list[tuple[str, str]]:
    """What is not shown, by reason."""
    if report.too_small:
        return []
    _ = words._
    people = [_named(report, words, note.key) for note in report.notes if note.reason == FEW_PEOPLE]
    questions = [_named(report, words, note.key) for note in report.notes if note.reason != FEW_PEOPLE]
    reasons = (
        (people, _("These are about fewer than five people, or would give such a figure away when subtracted:")),
        (questions, _("These rest on fewer than five questions, which is too few to say anything:")),
    )
    return [(reason, "; ".join(names)) for names, reason in reasons if names]


def _named(report: Report, words: Words, key: str) -> str:
    metric, _, part = key.partition(".")
    return name(words, f"{metric}.{report.domain_names.get(part, part)}" if part else metric)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = excerpt
    environment.filters["link"] = safe_link
    return environment


def safe_link(address: str) -> str:
    """The address when a browser may go there, else "": only the web and Matrix's own scheme."""
    return address if re.match(r"(?:https?://|matrix:)[^\s]+\Z", address, re.IGNORECASE) else ""
