"""One maker per metric: from the facts to a figure that may be shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.reports import bridging as bridges
from bot.reports import invitations as asking
from bot.reports import newcomers as arrivals
from bot.reports import participation as taking_part
from bot.reports import practice, responses, risk
from bot.reports.facts import Facts
from bot.reports.report import (
    COUNT,
    FEW_PEOPLE,
    FEW_QUESTIONS,
    FOUR_WEEKS,
    HOURS,
    INDEX,
    MOMENT,
    PEOPLE,
    SHARE,
    TWELVE_WEEKS,
    WEEK,
    Metric,
)
from bot.reports.suppression import Cell, too_few
from bot.reports.suppression import share as shown_share
from bot.reports.survival import quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A metric with the reason why (a part of) it is masked: part name, or "" for the value itself."""

    metric: Metric
    masked: Mapping[str, str]


def _figure(metric: Metric, *, masked: bool = False, reason: str = FEW_PEOPLE) -> Figure:
    return Figure(metric=metric, masked={"": reason} if masked else {})


def _posting(facts: Facts) -> list[Figure]:
    found = [taking_part.posting_members(facts.posters[w.key], facts.material.member_ids(w.end)) for w in facts.weeks]
    now = found[-1]
    parts = {"posting": now.posting, "members": now.members}
    series = tuple(one.share for one in found)
    metric = Metric(key="posting_members", unit=SHARE, window=WEEK, value=now.share, parts=parts, series=series)
    return [_figure(metric, masked=now.share is None)]


def _participation(facts: Facts) -> list[Figure]:
    movement = facts.movement
    members = len(facts.members)
    flows = {f"{old}>{new}": count for (old, new), count in movement.flows.items() if count}
    moves = _parted(Metric(key="movement", unit=PEOPLE, window=FOUR_WEEKS, value=None), movement.moves)
    return [
        _parted(Metric(key="participation", unit=PEOPLE, window=FOUR_WEEKS, value=members), movement.now),
        replace(moves, metric=replace(moves.metric, parts={**movement.moves, **flows})),
    ]


def _parted(metric: Metric, parts: Mapping[str, float | None]) -> Figure:
    masked = {name: FEW_PEOPLE for name, value in parts.items() if value is None}
    return Figure(metric=replace(metric, parts=dict(parts)), masked=masked)


def _questions(facts: Facts) -> list[Figure]:
    asked = facts.per_week(lambda start, end: sum(start <= q.at < end for q in facts.material.questions))
    answered = facts.per_week(lambda start, end: responses.answered_share(facts.material.questions, start, end))
    opened = facts.per_week(lambda _, end: len(responses.backlog(facts.material.questions, end)))
    share = Metric(
        key="answered_share",
        unit=SHARE,
        window=WEEK,
        value=answered[-1].share,
        of=answered[-1].aged,
        parts={"in_time": answered[-1].in_time, "aged": answered[-1].aged},
        series=tuple(one.share for one in answered),
    )
    return [
        _figure(Metric(key="questions_asked", unit=COUNT, window=WEEK, value=asked[-1], series=asked)),
        _figure(share),
        _figure(Metric(key="open_backlog", unit=COUNT, window=MOMENT, value=opened[-1], series=opened)),
    ]


def _first_response(facts: Facts) -> list[Figure]:
    found = facts.per_four_weeks(lambda start, end: responses.waits(facts.material.questions, start, end, end))
    curves = [responses.response_curve(one) for one in found]
    few = bool(found[-1]) and not curves[-1]
    figures = []
    for key, share in (("first_response_median", 0.5), ("first_response_p90", 0.9)):
        series = tuple(quantile(curve, share) for curve in curves)
        metric = Metric(key=key, unit=HOURS, window=FOUR_WEEKS, value=series[-1], of=len(found[-1]), series=series)
        figures.append(_figure(metric, masked=few, reason=FEW_QUESTIONS))
    return figures


def _know_how(facts: Facts) -> list[Figure]:
    per_week = facts.per_week(lambda start, end: practice.know_how_kept(facts.material.know_how, start, end))
    series = tuple(sum(one.values()) for one in per_week)
    metric = Metric(key="know_how_kept", unit=COUNT, window=WEEK, value=series[-1], series=series)
    return [_figure(replace(metric, parts=dict(sorted(per_week[-1].items()))))]


def _reuse(facts: Facts) -> list[Figure]:
    weeks = asking.stepped_weeks(facts.material.week)
    start, end = weeks[0].start, weeks[-1].end
    searches = [s for s in facts.material.searches if start <= s.at < end]
    shown = [s for s in facts.material.suggestions if start <= s.at < end]
    pairs = (
        ("search_success", practice.search_success(searches), [(s.person, s.at) for s in searches]),
        ("suggestions_accepted", practice.suggestions_accepted(shown), [(s.person, s.at) for s in shown]),
    )
    figures = []
    for key, share, who in pairs:
        value = share if asking.people_are_new_enough(who, weeks) else None
        metric = Metric(key=key, unit=SHARE, window=TWELVE_WEEKS, value=value)
        figures.append(_figure(metric, masked=bool(who) and value is None))
    return figures


def _knowledge_at_risk(facts: Facts) -> list[Figure]:
    found = [r for r in facts.risks if r.domain != risk.UNFILED]
    factors = [r.factor for r in found if r.factor is not None]
    metric = Metric(
        key="knowledge_at_risk",
        unit=PEOPLE,
        window=TWELVE_WEEKS,
        value=min(factors, default=None),
        parts={r.domain: r.factor for r in found if r.factor is not None or r.masked},
    )
    return [Figure(metric=metric, masked={r.domain: FEW_PEOPLE for r in found if r.masked})]


def _newcomers(facts: Facts) -> list[Figure]:
    known = facts.material.newcomers
    met = facts.per_four_weeks(lambda start, end: arrivals.welcomed(known, start, end))
    kept = [arrivals.stayed(known, facts.posters, week) for week in facts.weeks]
    return [
        _sides("newcomers_welcomed", met),
        _sides("newcomer_conversion", kept),
    ]


def _sides(key: str, found: Sequence[tuple[Cell, Cell]]) -> Figure:
    """A share of people per week from its two sides."""
    series = tuple(shown_share(part, rest) for part, rest in found)
    part, rest = found[-1]
    metric = Metric(key=key, unit=SHARE, window=FOUR_WEEKS, value=series[-1], series=series)
    return _figure(metric, masked=series[-1] is None and part.value + rest.value > 0)


def bridging_figure(facts: Facts, rng: np.random.Generator) -> Figure:
    groups = facts.material.groups
    found = facts.per_four_weeks(lambda start, end: bridges.ties(facts.posts_between(start, end), groups))
    series = [bridges.bridging(pairs, groups, rng) for pairs in found]
    now = series[-1]
    metric = Metric(
        key="bridging",
        unit=INDEX,
        window=FOUR_WEEKS,
        value=None if now is None else now.index,
        parts={"raw": now.raw, "baseline": now.baseline} if now else {},
        series=tuple(None if one is None else one.index for one in series),
    )
    return _figure(metric, masked=now is None and bool(found[-1]))


def _funnel(facts: Facts) -> list[Figure]:
    sent, may, end = facts.invited()
    steps = asking.publish_funnel(sent, end) if may else dict.fromkeys(asking.STEPS)
    metric = Metric(key="ander_funnel", unit=COUNT, window=TWELVE_WEEKS, value=steps["invited"])
    return [_parted(metric, steps)]


def _fairness(facts: Facts) -> list[Figure]:
    sent, may, end = facts.invited()
    fair = asking.fairness(sent if may else [], facts.material.invitable, end)
    values = (
        ("invitation_gini", INDEX, fair.gini),
        ("invitation_most", COUNT, fair.most),
        ("invitation_optouts", PEOPLE, fair.opted_out),
    )
    return [
        _figure(Metric(key=key, unit=unit, window=TWELVE_WEEKS, value=value), masked=bool(sent) and value is None)
        for key, unit, value in values
    ]


def _outsiders(facts: Facts) -> list[Figure]:
    found = facts.per_four_weeks(lambda start, end: asking.answers_between(facts.material.questions, start, end))
    series = tuple(asking.outsider_share(a for _, a in one) for one in found)
    pairs = [asking.first_pairs(one) for one in found]
    counts = tuple(None if too_few(cell.people) else cell.value for cell in pairs)
    share = Metric(key="outsider_answers", unit=SHARE, window=FOUR_WEEKS, value=series[-1], series=series)
    met = Metric(key="first_pairs", unit=COUNT, window=FOUR_WEEKS, value=counts[-1], series=counts)
    return [
        _figure(share, masked=series[-1] is None and bool(found[-1])),
        _figure(met, masked=counts[-1] is None),
    ]


MAKERS: tuple[Callable[[Facts], list[Figure]], ...] = (
    _posting,
    _participation,
    _questions,
    _first_response,
    _know_how,
    _reuse,
    _knowledge_at_risk,
    _newcomers,
    _funnel,
    _fairness,
    _outsiders,
)
