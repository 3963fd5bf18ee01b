"""On how few people a domain leans, and who answers where. Never a name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.reports.material import QuestionRecord
from bot.reports.suppression import Cell, K, mask

UNFILED = ""
"""The domain of what is filed nowhere."""

ELSEWHERE = ""
"""The group of people whose own group is unknown or too small to be named."""


def absence_factor(answers: Mapping[str, int]) -> int | None:
    """Contributor absence factor: the smallest number of people who together gave ≥ 50 % of the answers.

    answers: person → number of answers. None when fewer than K people answered (it would point at one of
    them). Source: CHAOSS, Contributor Absence Factor ("bus factor").
    """
    counts = sorted((n for n in answers.values() if n > 0), reverse=True)
    if len(counts) < K:
        return None
    half, given = sum(counts) / 2, 0
    for people, count in enumerate(counts, start=1):
        given += count
        if given >= half:
            return people
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRisk:
    """A domain's demand (questions asked) beside its absence factor (None: too few answerers to say)."""

    domain: str
    asked: int
    factor: int | None
    masked: bool


def risks(questions: Iterable[QuestionRecord], start: datetime, end: datetime) -> tuple[DomainRisk, ...]:
    """Demand and knowledge at risk per domain between two moments, the most asked first. `masked`: somebody
    answered, but fewer than K people."""
    asked, given = Counter[str](), defaultdict[str, Counter[str]](Counter)
    for question in questions:
        domain = question.domain or UNFILED
        asked[domain] += start <= question.at < end
        given[domain].update(a.person for a in question.answers if start <= a.at < end)
    found = [
        DomainRisk(domain=d, asked=asked[d], factor=absence_factor(given[d]), masked=0 < len(given[d]) < K)
        for d in asked
        if asked[d] or given[d]
    ]
    return tuple(sorted(found, key=lambda r: (-r.asked, r.domain)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTable:
    """Answers per (domain, group); None is masked, a missing cell is none at all. Sums are never
    published."""

    domains: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cells: Mapping[tuple[str, str], int | None] = field(default_factory=dict)


def answer_table(
    questions: Iterable[QuestionRecord], groups: Mapping[str, str], start: datetime, end: datetime
) -> AnswerTable:
    """Domain × group answers between two moments, masked below K people; groups of fewer than K people become
    ELSEWHERE. Domains and groups stand in the order of their ids: an order by size would rank the masked."""
    sizes = Counter(groups.values())
    people, values = defaultdict[tuple[str, str], set[str]](set), Counter[tuple[str, str]]()
    for domain, person in _answers(questions, start, end):
        home = groups.get(person, ELSEWHERE)
        key = (domain, home if sizes[home] >= K else ELSEWHERE)
        people[key].add(person)
        values[key] += 1
    cells = {key: Cell(n, len(people[key])) for key, n in values.items()}
    hidden = mask(cells, ())
    return AnswerTable(
        domains=tuple(sorted({domain for domain, _ in values})),
        groups=tuple(sorted({group for _, group in values})),
        cells={key: None if key in hidden else values[key] for key in cells},
    )


def _answers(questions: Iterable[QuestionRecord], start: datetime, end: datetime) -> Iterable[tuple[str, str]]:
    for question in questions:
        for answer in question.answers:
            if start <= answer.at < end:
                yield question.domain or UNFILED, answer.person
