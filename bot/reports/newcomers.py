"""Are newcomers met, and do they stay?"""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime, timedelta

from bot.reports.material import Newcomer
from bot.reports.suppression import Cell, of_people
from bot.reports.week import Week

WELCOME = timedelta(hours=24)


def welcomed(newcomers: Iterable[Newcomer], start: datetime, end: datetime) -> tuple[Cell, Cell]:
    """Newcomers welcomed: first posters answered ≤ 24 h ÷ first posters; (welcomed, not), to be made a share.

    Judged are those whose first post turned 24 h old between `start` and `end`.
    Source: CHAOSS, newcomer experience.
    """
    judged = [n for n in newcomers if start <= n.first_post_at + WELCOME < end]
    met = sum(is_welcomed(n) for n in judged)
    return of_people(met), of_people(len(judged) - met)


def is_welcomed(newcomer: Newcomer) -> bool:
    """Whether another human replied within 24 h of the first post."""
    reply = newcomer.first_reply_at
    return reply is not None and reply <= newcomer.first_post_at + WELCOME


def unmet(newcomers: Iterable[Newcomer], start: datetime, end: datetime) -> tuple[Newcomer, ...]:
    """First posters between `start` and `end` whom nobody answered before `end`; the latest first."""
    found = [
        n for n in newcomers if start <= n.first_post_at < end and (n.first_reply_at is None or n.first_reply_at >= end)
    ]
    return tuple(sorted(found, key=lambda n: (n.first_post_at, n.person), reverse=True))


def stayed(newcomers: Iterable[Newcomer], posters: Mapping[str, Set[str]], week: Week) -> tuple[Cell, Cell]:
    """Conversion: newcomers of 4–8 weeks ago active in ≥ 2 later weeks; (stayed, not), to be made a share.

    Newcomers whose first post fell in the four weeks that ended four weeks before `week` did; active: ≥ 1
    post in a week after that of the first post, up to and with `week`. posters: who posted, per week key.
    Source: CHAOSS, conversion rate.
    """
    start, end = week.back(7).start, week.back(4).end
    judged = [n for n in newcomers if start <= n.first_post_at < end]
    kept = sum(_later_weeks(n, posters, week) >= 2 for n in judged)
    return of_people(kept), of_people(len(judged) - kept)


def _later_weeks(newcomer: Newcomer, posters: Mapping[str, Set[str]], week: Week) -> int:
    first = Week.containing(newcomer.first_post_at, week.zone)
    later = range(week.ordinal - first.ordinal)
    return sum(newcomer.person in posters[week.back(n).key] for n in later)
