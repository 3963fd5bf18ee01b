"""Newcomers welcomed and conversion, on people one can count."""

from datetime import datetime, timedelta

from bot.reports.material import Newcomer, Post
from bot.reports.newcomers import stayed, unmet, welcomed
from bot.reports.participation import posters_by_week
from bot.reports.week import last_weeks
from tests.reports.moments import WEEK, at


def newcomer(person: str, first: datetime, wait: float | None) -> Newcomer:
    reply = None if wait is None else first + timedelta(hours=wait)
    return Newcomer(person=person, first_post_at=first, first_reply_at=reply)


def test_welcomed_are_first_posters_answered_within_24_hours() -> None:
    # | who | first post | reply  | judged (24 h old before the end) | welcomed |
    # | a   | Mon        | 1 h    | yes | yes |
    # | b   | Tue        | 24 h   | yes | yes |
    # | c   | Wed        | 25 h   | yes | no  |
    # | d   | Thu        | never  | yes | no  |
    # | e   | Sun noon   | 1 h    | no: not yet 24 h old at midnight |
    found = welcomed(
        [
            newcomer("a", at(1), 1),
            newcomer("b", at(2), 24),
            newcomer("c", at(3), 25),
            newcomer("d", at(4), None),
            newcomer("e", at(7), 1),
        ],
        WEEK.start,
        WEEK.end,
    )
    assert [cell.value for cell in found] == [2, 2]


def test_unmet_newcomers_are_those_nobody_answered_the_latest_first() -> None:
    known = [newcomer("a", at(1), None), newcomer("b", at(3), None), newcomer("c", at(3), 2)]
    late = newcomer("d", at(2), 24 * 20)  # answered after the week
    assert [n.person for n in unmet([*known, late], WEEK.start, WEEK.end)] == ["b", "d", "a"]


def test_conversion_counts_newcomers_of_four_to_eight_weeks_ago_active_in_two_later_weeks() -> None:
    # | who | first post, weeks ago | posts in weeks ago | later weeks | judged | stayed |
    # | a   | 7                     | 6, 2               | 2           | yes    | yes    |
    # | b   | 5                     | 5, 5, 1            | 1           | yes    | no     |
    # | c   | 4                     | 3, 0               | 2           | yes    | yes    |
    # | d   | 3                     | 2, 1               | 2           | no: too recent  |
    # | e   | 8                     | 7, 6               | 2           | no: too long ago |
    posts = {"a": [7, 6, 2], "b": [5, 5, 1], "c": [4, 3, 0], "d": [3, 2, 1], "e": [8, 7, 6]}
    written = [Post(person=p, at=at(2, weeks_ago=w)) for p, weeks in posts.items() for w in weeks]
    known = [newcomer(p, at(2, weeks_ago=max(weeks)), None) for p, weeks in posts.items()]
    found = stayed(known, posters_by_week(written, last_weeks(WEEK, 10)), WEEK)
    assert [cell.value for cell in found] == [2, 1]
