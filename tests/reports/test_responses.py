"""Answered share, backlog and waiting, each on questions counted by hand."""

from datetime import timedelta

import pytest

from bot.reports.material import QuestionRecord
from bot.reports.responses import answered_share, backlog, response_curve, waits
from bot.reports.survival import quantile
from tests.reports.moments import WEEK, at


def question(id_: str, day: int, *, weeks_ago: int = 0, wait: float | None = None) -> QuestionRecord:
    """Asked at noon of the day; `wait`: hours until the first reply."""
    asked = at(day, weeks_ago=weeks_ago)
    reply = None if wait is None else asked + timedelta(hours=wait)
    return QuestionRecord(id=id_, person="p", at=asked, first_reply_at=reply)


# A week judges what turned 72 h old in it: asked from Friday 00:00 last week up to Friday 00:00 of this one.
# | id | asked          | reply after | turned 72 h   | judged | in time |
# | a  | Thu, week ago  | 1 h         | Sun, week ago | no     |         |
# | b  | Fri, week ago  | 71 h        | Mon           | yes    | yes     |
# | c  | Mon            | 73 h        | Thu           | yes    | no      |
# | d  | Tue            | never       | Fri           | yes    | no      |
# | e  | Thu            | 2 h         | Sun           | yes    | yes     |
# | f  | Fri            | 1 h         | Mon after     | no     |         |
QUESTIONS = [
    question("a", 4, weeks_ago=1, wait=1),
    question("b", 5, weeks_ago=1, wait=71),
    question("c", 1, wait=73),
    question("d", 2),
    question("e", 4, wait=2),
    question("f", 5, wait=1),
]


def test_answered_share_judges_each_question_once_with_all_its_72_hours() -> None:
    found = answered_share(QUESTIONS, WEEK.start, WEEK.end)
    assert (found.in_time, found.aged, found.share) == (2, 4, 0.5)


def test_a_reply_at_exactly_72_hours_is_in_time() -> None:
    assert answered_share([question("x", 1, wait=72)], WEEK.start, WEEK.end).share == 1


def test_without_aged_questions_there_is_no_share() -> None:
    assert answered_share([], WEEK.start, WEEK.end).share is None


def test_the_backlog_is_older_than_72_hours_unanswered_and_unresolved_at_that_moment() -> None:
    young, old, older = question("young", 5), question("old", 2), question("older", 1)
    replied_later = question("later", 3, wait=24 * 9)  # still open at the end of the week
    replied = question("replied", 1, wait=90)
    resolved = QuestionRecord(id="alone", person="p", at=at(1), resolved_at=at(3))
    found = backlog([young, old, replied_later, replied, resolved, older], WEEK.end)
    assert [q.id for q in found] == ["older", "old", "later"]


def test_time_to_first_response_censors_what_is_open_and_ignores_what_came_later() -> None:
    week = [
        question("1", 1, wait=1), question("2", 1, wait=2), question("3", 2, wait=3),
        question("4", 2, wait=24 * 30),  # answered after we looked: open until the week's end, 132 h
        question("5", 3), question("6", 9, wait=1),  # the last one is asked next week
    ]  # fmt: skip
    found = waits(week, WEEK.start, WEEK.end, WEEK.end)
    assert [(w.hours, w.answered) for w in found] == [
        (1, True), (2, True), (3, True), (132, False), (108, False),
    ]  # fmt: skip
    # S: 4/5 at 1 h, 3/5 at 2 h, 2/5 at 3 h: the median is 3 h, the p90 not known yet.
    steps = response_curve(found)
    assert quantile(steps, 0.5) == 3
    assert quantile(steps, 0.9) is None


def test_fewer_than_five_questions_have_no_median() -> None:
    assert response_curve(waits(QUESTIONS[:2], WEEK.back(1).start, WEEK.end, WEEK.end)) == ()


@pytest.mark.parametrize("reply", [timedelta(0), timedelta(hours=-1)])
def test_a_clock_that_runs_behind_makes_no_negative_wait(reply: timedelta) -> None:
    odd = QuestionRecord(id="x", person="p", at=at(1), first_reply_at=at(1) + reply)
    assert waits([odd], WEEK.start, WEEK.end, WEEK.end)[0].hours == 0
