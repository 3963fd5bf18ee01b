"""What the figures say in plain language."""

from dataclasses import dataclass

from bot.reports.glossary import name
from bot.reports.report import HOURS, Metric, Report
from bot.reports.words import Words

UP, DOWN, LEVEL = "up", "down", "level"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure, ready to be read. change: "" when there is nothing to compare with; direction: UP, DOWN or
    LEVEL."""

    key: str
    label: str
    value: str
    text: str
    change: str = ""
    direction: str = LEVEL


HEADLINES = (
    "answered_share",
    "first_response_median",
    "posting_members",
    "outsider_answers",
    "know_how_kept",
    "newcomers_welcomed",
    "search_success",
    "open_backlog",
)
"""What a facilitator looks at first, in this order."""

MOST_HEADLINES = 6


def headlines(report: Report, words: Words) -> tuple[Line, ...]:
    """The figures to begin with: at most six that may be shown and say something."""
    telling = [metric for key in HEADLINES if _tells(metric := report.metrics[key])]
    return tuple(line(metric, words) for metric in telling[:MOST_HEADLINES])


def _tells(metric: Metric) -> bool:
    """A nought that is as usual is no news."""
    return metric.value is not None and not (metric.value == 0 and not metric.usual)


def lines(report: Report, words: Words) -> tuple[Line, ...]:
    """Every figure that has a value."""
    return tuple(line(metric, words) for metric in report.metrics.values() if metric.value is not None)


def line(metric: Metric, words: Words) -> Line:
    """One figure with its sentence and how it compares with its median over twelve weeks. It must have a
    value."""
    value = 0.0 if metric.value is None else metric.value
    change, direction = _change(metric, words)
    return Line(
        key=metric.key,
        label=name(words, metric.key),
        value=words.value(value, metric.unit),
        text=_text(metric, words),
        change=change,
        direction=direction,
    )


def _change(metric: Metric, words: Words) -> tuple[str, str]:
    usual, now, _ = metric.usual, metric.value, words._
    if usual is None or now is None:
        return "", LEVEL
    typical = words.value(usual, metric.unit)
    if words.value(now, metric.unit) == typical:
        return _("as usual"), LEVEL
    long = metric.unit == HOURS
    if now > usual:
        text = _("longer than usual ({usual})") if long else _("more than usual ({usual})")
        return text.format(usual=typical), UP
    text = _("shorter than usual ({usual})") if long else _("less than usual ({usual})")
    return text.format(usual=typical), DOWN


def _text(metric: Metric, words: Words) -> str:
    """The sentence under a headline number; figures without one of their own stand with their name."""
    parts = {key: words.number(n) for key, n in metric.parts.items() if n is not None}
    text = _sentences(words).get(metric.key, "")
    try:
        return text.format_map(parts | {"value": words.value(metric.value or 0, metric.unit)})
    except KeyError:  # a part it would speak of is masked
        return ""


def _sentences(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "answered_share": _("A colleague replied within 72 hours to {in_time} of {aged} questions."),
        "first_response_median": _("Half of the questions of the last four weeks had a reply within {value}."),
        "posting_members": _("{posting} of {members} members wrote something this week."),
        "outsider_answers": _("{value} of the answers of the last four weeks came from another group."),
        "know_how_kept": _("Know-how that somebody confirmed this week, so that it can be found again."),
        "newcomers_welcomed": _("{value} of the newcomers of the last four weeks got a reply within a day."),
        "search_success": _("{value} of the searches of twelve weeks ended in something worth opening."),
        "open_backlog": _("Questions that have waited for more than 72 hours."),
    }
