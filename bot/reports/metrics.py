"""From material to report: every metric, in the order in which a reader meets them.

The formulas live in the files named after their noun (participation, responses, practice, newcomers,
bridging, risk, invitations); docs/metrics.md tells the same to people. What may be shown is decided by
`suppression` alone.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import numpy as np

from bot.reports import newcomers, responses
from bot.reports.charts import chart
from bot.reports.excerpt import excerpt
from bot.reports.facts import Facts
from bot.reports.figures import MAKERS, Figure, bridging_figure
from bot.reports.material import Material, QuestionRecord
from bot.reports.report import COUNT, FEW_PEOPLE, WEEK, Metric, OpenQuestion, Report, Suppressed
from bot.reports.stories import choose_story
from bot.reports.suggestions import suggest
from bot.reports.suppression import K

KEYS = (
    "posting_members",
    "participation",
    "movement",
    "questions_asked",
    "answered_share",
    "first_response_median",
    "first_response_p90",
    "open_backlog",
    "know_how_kept",
    "search_success",
    "suggestions_accepted",
    "knowledge_at_risk",
    "newcomers_welcomed",
    "newcomer_conversion",
    "bridging",
    "ander_funnel",
    "outsider_answers",
    "first_pairs",
    "invitation_gini",
    "invitation_most",
    "invitation_optouts",
)
"""Every metric a report holds, always all of them, in this order."""


def measure(material: Material, now: datetime, rng: np.random.Generator) -> Report:
    """All metrics of the material's week, with the 12 weeks up to it, masked where they would speak of too
    few people.

    now: the moment of making (aware); what happened after it or after the week does not count. rng: a seeded
    generator for the shuffles of bridging, so that the same report comes out twice. Raises InputError for an
    unknown time zone.
    """
    facts = Facts.of(material, min(now, material.week.end))
    blank = Report(
        community=material.community,
        name=material.name,
        lang=material.lang,
        week=material.week,
        made_at=now,
        weeks=tuple(week.key for week in facts.weeks),
        group_names=dict(material.group_names),
        domain_names=dict(material.domain_names),
    )
    if len(facts.members) < K:
        notes = tuple(Suppressed(key=key, reason=FEW_PEOPLE) for key in KEYS)
        empty = {key: Metric(key=key, unit=COUNT, window=WEEK, value=None) for key in KEYS}
        return replace(blank, too_small=True, metrics=empty, notes=notes)
    return _full(blank, facts, rng)


def _full(blank: Report, facts: Facts, rng: np.random.Generator) -> Report:
    material = facts.material
    figures = [figure for make in MAKERS for figure in make(facts)] + [bridging_figure(facts, rng)]
    found = {figure.metric.key: figure for figure in figures}
    ordered = [found[key] for key in KEYS]
    metrics = {figure.metric.key: figure.metric for figure in ordered}
    charts = chart(facts, metrics)
    open_now = responses.backlog(material.questions, facts.until)
    listed = tuple(_listed(q) for q in reversed(open_now) if q.public and q.title)
    unmet = newcomers.unmet(material.newcomers, facts.weeks[-1].start, facts.until)
    return replace(
        blank,
        metrics=metrics,
        notes=tuple(_notes(ordered)),
        charts=charts,
        open_questions=listed,
        hidden_open=len(open_now) - len(listed),
        suggestions=suggest(unmet, open_now, material.revivals, charts.risks, facts.until),
        story=choose_story(material.stories, material.week.start, facts.until),
    )


def _notes(figures: Iterable[Figure]) -> Iterable[Suppressed]:
    for figure in figures:
        for part, reason in figure.masked.items():
            key = figure.metric.key
            yield Suppressed(key=f"{key}.{part}" if part else key, reason=reason)


def _listed(question: QuestionRecord) -> OpenQuestion:
    return OpenQuestion(
        id=question.id,
        title=excerpt(question.title),
        link=question.link,
        at=question.at,
        domain=question.domain or "",
    )
