"""The data of the plots, masked like the figures they draw."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.reports import responses, risk
from bot.reports.facts import Facts
from bot.reports.material import QuestionRecord
from bot.reports.participation import mix, publish_mix
from bot.reports.report import Charts, Metric, WeekOfQuestions
from bot.reports.suppression import too_few
from bot.reports.survival import Step


def chart(facts: Facts, metrics: Mapping[str, Metric]) -> Charts:
    """What the plots need, from the facts and the metrics made of them."""
    questions = facts.material.questions
    start, recent = facts.weeks[0].start, facts.weeks[-4].start
    members = [len(facts.material.member_ids(week.end)) for week in facts.weeks]
    steps = metrics["ander_funnel"].parts
    return Charts(
        questions=_weekly(facts, metrics),
        waiting_now=_curve(questions, recent, facts.until),
        waiting_before=_curve(questions, start, recent),
        members=tuple(None if too_few(count) else count for count in members),
        mixes=_mixes(facts),
        flows=facts.movement.flows,
        table=risk.answer_table(questions, facts.material.groups, start, facts.until),
        risks=facts.risks,
        funnel={name: None if value is None else int(value) for name, value in steps.items()},
    )


def _weekly(facts: Facts, metrics: Mapping[str, Metric]) -> tuple[WeekOfQuestions, ...]:
    questions = facts.material.questions
    opened = facts.per_week(lambda _, end: len(responses.backlog(questions, end)))
    asked = facts.per_week(lambda start, end: [q for q in questions if start <= q.at < end])
    medians = metrics["first_response_median"].series
    return tuple(
        WeekOfQuestions(
            week=week.key,
            asked=len(own),
            answered=sum(map(responses.in_time, own)),
            open=still,
            median_hours=hours,
        )
        for week, own, still, hours in zip(facts.weeks, asked, opened, medians, strict=True)
    )


def _curve(questions: Iterable[QuestionRecord], start: datetime, end: datetime) -> tuple[Step, ...]:
    return responses.response_curve(responses.waits(questions, start, end, end))


def _mixes(facts: Facts) -> tuple[Mapping[str, int | None], ...]:
    return tuple(publish_mix(mix(levels)) for levels in facts.levels)
