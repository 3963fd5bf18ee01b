"""The suggestions for next week as a reader sees them: what, why, and one click."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.reports.report import Report
from bot.reports.suggestions import GREET, LEAN, LOOK, REVIVE, Suggestion
from bot.reports.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """kind: as in `suggestions`. The click of a page: `link` with the words `link_text`, "" when it leads
    nowhere. The click of a chat: `command`, words for `/ander`, with `button` on it; where there is none, the
    link serves."""

    kind: str
    what: str
    why: str
    link_text: str
    link: str
    button: str
    command: str


def advise(report: Report, words: Words) -> tuple[Advice, ...]:
    """The report's suggestions in the reader's language, at most three."""
    return tuple(_one(suggestion, report, words) for suggestion in report.suggestions)


def _one(suggestion: Suggestion, report: Report, words: Words) -> Advice:
    what, why, link_text, button = _TEXTS[suggestion.kind](suggestion, report, words)
    return Advice(
        kind=suggestion.kind,
        what=what,
        why=why,
        link_text=link_text,
        link=suggestion.link,
        button=button,
        command=suggestion.command or _command(suggestion, report),
    )


def _command(suggestion: Suggestion, report: Report) -> str:
    """In a chat a domain is called by its name, not by its id."""
    domain = suggestion.facts.get("domain", "")
    return f"open {report.domain_names.get(domain, domain)}" if suggestion.kind == LEAN else ""


_Texts = tuple[str, str, str, str]
"""What, why, the words on the link, the words on the button."""


def _greet(suggestion: Suggestion, _report: Report, words: Words) -> _Texts:
    _ = words._
    return (
        _("Greet {names}").format_map(suggestion.facts),
        _("They posted here for the first time this week, and nobody has replied yet."),
        _("To the first post"),
        _("To the first post"),
    )


def _revive(suggestion: Suggestion, _report: Report, words: Words) -> _Texts:
    _ = words._
    return (
        _("Revive “{title}” with {name}").format_map(suggestion.facts),
        suggestion.facts["why"],
        _("To the question"),
        _("Invite {name}").format_map(suggestion.facts),
    )


def _look(suggestion: Suggestion, _report: Report, words: Words) -> _Texts:
    _ = words._
    return (
        _("Look at “{title}” together").format_map(suggestion.facts),
        _("It has waited for more than 72 hours, and Ander knows nobody to ask for it yet."),
        _("To the question"),
        _("To the question"),
    )


def _lean(suggestion: Suggestion, report: Report, words: Words) -> _Texts:
    _ = words._
    domain = suggestion.facts["domain"]
    named = {**suggestion.facts, "domain": report.domain_names.get(domain, domain)}
    return (
        _("Let more people answer about {domain}").format_map(named),
        _(
            "In twelve weeks {asked} questions were asked about it, and one person gives half of the answers."
        ).format_map(named),
        "",
        _("Open questions about {domain}").format_map(named),
    )


_TEXTS: dict[str, Callable[[Suggestion, Report, Words], _Texts]] = {
    GREET: _greet,
    REVIVE: _revive,
    LOOK: _look,
    LEAN: _lean,
}
