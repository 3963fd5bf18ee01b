"""How questions fare: asked, answered in time, waiting, and for how long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reports.material import QuestionRecord
from bot.reports.suppression import K
from bot.reports.survival import Step, Wait, curve

PATIENCE = timedelta(hours=72)
"""A question without a reply is open after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`in_time` of `aged` questions got a reply within 72 h; share is None when there was none to judge."""

    in_time: int
    aged: int

    @property
    def share(self) -> float | None:
        return self.in_time / self.aged if self.aged else None


def answered_share(questions: Iterable[QuestionRecord], start: datetime, end: datetime) -> Answered:
    """Answered share: questions with a reply by a human other than the asker within 72 h ÷ questions aged ≥
    72 h.

    A week (from `start` up to `end`) judges the questions that turned 72 h old in it, so that every question
    is judged once, with all its time, and the figure never changes afterwards. Source: Common Room,
    responsiveness.
    """
    aged = [q for q in questions if start <= q.at + PATIENCE < end]
    return Answered(in_time=sum(map(in_time, aged)), aged=len(aged))


def in_time(question: QuestionRecord) -> bool:
    """Whether a human other than the asker replied within 72 h."""
    return question.first_reply_at is not None and question.first_reply_at <= question.at + PATIENCE


def is_open(question: QuestionRecord, at: datetime) -> bool:
    """Open backlog: older than 72 h at `at`, and until then neither replied to by another nor resolved.

    Source: Discourse, topics with no response.
    """
    waiting = question.first_reply_at is None or question.first_reply_at >= at
    unresolved = question.resolved_at is None or question.resolved_at >= at
    return question.at + PATIENCE < at and waiting and unresolved


def backlog(questions: Iterable[QuestionRecord], at: datetime) -> tuple[QuestionRecord, ...]:
    """The open questions at the moment `at`, the longest waiting first."""
    return tuple(sorted((q for q in questions if is_open(q, at)), key=lambda q: (q.at, q.id)))


def waits(questions: Iterable[QuestionRecord], start: datetime, end: datetime, until: datetime) -> tuple[Wait, ...]:
    """How long each question asked from `start` up to `end` waited for its first reply; those without one by
    `until` are censored."""
    return tuple(wait(q, until) for q in questions if start <= q.at < end)


def wait(question: QuestionRecord, until: datetime) -> Wait:
    """One question's waiting time in hours, looked at until `until`."""
    reply = question.first_reply_at
    if reply is None or reply >= until:
        return Wait(hours=max(0.0, _hours(question.at, until)), answered=False)
    return Wait(hours=max(0.0, _hours(question.at, reply)), answered=True)


def response_curve(found: Sequence[Wait]) -> tuple[Step, ...]:
    """Time to first response as a survival curve; no steps for fewer than K questions, which say nothing.

    Median and p90 are `survival.quantile(curve, 0.5)` and `(curve, 0.9)`, in hours.
    Source: CHAOSS, Time to First Response; Kaplan & Meier (1958) for the open ones.
    """
    return curve(found) if len(found) >= K else ()


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600
