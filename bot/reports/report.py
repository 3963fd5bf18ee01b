"""What a report holds once it is measured: figures that may be shown, and a note of those that may not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from bot.reports.movement import Flow
from bot.reports.risk import AnswerTable, DomainRisk
from bot.reports.stories import Story
from bot.reports.suggestions import Suggestion
from bot.reports.survival import Step
from bot.reports.week import Week

PEOPLE, SHARE, HOURS, COUNT, INDEX = "people", "share", "hours", "count", "index"
"""Units: people and count are whole numbers, share 0–1, hours by the clock, index -2 to 2."""

WEEK, FOUR_WEEKS, TWELVE_WEEKS, MOMENT = "week", "four_weeks", "twelve_weeks", "moment"
"""Windows a figure is about; MOMENT: as things stood at the end of the week."""

FEW_PEOPLE, FEW_QUESTIONS = "few_people", "few_questions"
"""Why a figure is not shown. Whether it was masked itself or for a neighbour's sake is not told: that would
help undo it."""


KNOWN = 8
"""Of twelve weeks so many must be known to say what is usual: masked weeks are the quiet ones, so few known
ones mislead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure. value: None when masked or without data. parts: its division (levels, domains, steps).
    series: the last 12 weeks, oldest first, this week last; empty when the figure is only made as a whole.
    of: what a share is a share of, where that may be told."""

    key: str
    unit: str
    window: str
    value: float | None
    of: int | None = None
    parts: Mapping[str, float | None] = field(default_factory=dict)
    series: tuple[float | None, ...] = ()

    @property
    def usual(self) -> float | None:
        """The median of the series; None when fewer than KNOWN weeks of it are known."""
        known = [value for value in self.series if value is not None]
        return median(known) if len(known) >= KNOWN else None

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"value": self.value, "unit": self.unit, "window": self.window, "of": self.of}
        found |= {"median_12_weeks": self.usual, "series": list(self.series), "parts": dict(self.parts)}
        return {name: part for name, part in found.items() if part not in (None, [], {}) or name == "value"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """`key` ("participation" or, for a part, "participation.core") is not shown because of `reason`."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfQuestions:
    """One bar of the questions plot. median_hours: over the four weeks up to this one."""

    week: str
    asked: int
    answered: int
    open: int
    median_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """An open question every reader of the report may see; the newest is listed first, since it has most
    chance."""

    id: str
    title: str
    link: str
    at: datetime
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """The data of the plots, masked already."""

    questions: tuple[WeekOfQuestions, ...] = ()
    waiting_now: tuple[Step, ...] = ()
    waiting_before: tuple[Step, ...] = ()
    members: tuple[int | None, ...] = ()
    mixes: tuple[Mapping[str, int | None], ...] = ()
    flows: Mapping[Flow, int | None] = field(default_factory=dict)
    table: AnswerTable = field(default_factory=AnswerTable)
    risks: tuple[DomainRisk, ...] = ()
    funnel: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The week of one community, safe to show to its facilitators.

    too_small: the community has fewer than K members, so that nothing is said. hidden_open: open questions
    that are counted and not listed, because not every reader may see them.
    """

    community: str
    name: str
    lang: str
    week: Week
    made_at: datetime
    too_small: bool = False
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    notes: tuple[Suppressed, ...] = ()
    charts: Charts = field(default_factory=Charts)
    weeks: tuple[str, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    hidden_open: int = 0
    suggestions: tuple[Suggestion, ...] = ()
    story: Story | None = None
    group_names: Mapping[str, str] = field(default_factory=dict)
    domain_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def suppressed(self) -> list[str]:
        """The keys of what is not shown."""
        return [note.key for note in self.notes]

    def to_json(self) -> dict[str, Any]:
        """For `ander report --json`: {community, week, metrics, suppressed}, ready for json.dumps."""
        return {
            "community": self.community,
            "week": self.week.key,
            "metrics": {key: metric.to_json() for key, metric in self.metrics.items()},
            "suppressed": self.suppressed,
        }
