"""The report in the size of a chat message: plain data, which adapters dress as blocks or HTML."""

from dataclasses import dataclass

from bot.reports.advice import Advice, advise
from bot.reports.report import Report
from bot.reports.sentences import headlines
from bot.reports.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """headline: one sentence. lines: four to six, plain text without markup. suggestions: at most three, each
    with its click. closing: what is not shown, or "". Texts may hold what people wrote: adapters escape
    them."""

    headline: str
    lines: tuple[str, ...]
    suggestions: tuple[Advice, ...] = ()
    closing: str = ""


def summarise(report: Report, lang: str | None = None) -> Summary:
    """The report for a chat. lang: "nl" or "en"; None: the community's own."""
    words = Words(lang or report.lang, report.week.zone)
    _ = words._
    headline = greeting(report, words)
    if report.too_small:
        return Summary(headline=headline, lines=(too_small(words),))
    found = headlines(report, words)
    told = tuple(f"{one.label}: {one.value}{f' ({one.change})' if one.change else ''}" for one in found)
    hidden = len(report.notes)
    closing = _closing(hidden, words) if hidden else ""
    if not told:
        told = (_("There was too little talk this week to count."),)
    return Summary(headline=headline, lines=told, suggestions=advise(report, words), closing=closing)


def _closing(hidden: int, words: Words) -> str:
    return words.count(
        "{n} figure is not shown: it rests on fewer than five people or questions.",
        "{n} figures are not shown: they rest on fewer than five people or questions.",
        hidden,
    )


def greeting(report: Report, words: Words) -> str:
    """The line a report opens with."""
    return words._("This is how {name} learned in the week of {first} to {last}.").format(
        name=report.name, first=words.day(report.week.monday), last=words.day(report.week.sunday)
    )


def too_small(words: Words) -> str:
    """Why a small community gets no figures."""
    return words._(
        "This community has fewer than five members. Figures would be about persons, so the report shows none."
    )
