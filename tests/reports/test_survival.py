"""Kaplan–Meier on an example worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.survival import Wait, curve, quantile


def answered(hours: float) -> Wait:
    return Wait(hours=hours, answered=True)


def still_open(hours: float) -> Wait:
    return Wait(hours=hours, answered=False)


# | hours | replies d | censored | at risk n | 1 - d/n | S     |
# |     1 |         1 |          |        10 | 9/10    | 0.9   |
# |     2 |         2 |          |         9 | 7/9     | 0.7   |
# |     4 |           |        1 |         7 |         | 0.7   |
# |     5 |         1 |        1 |         6 | 5/6     | 0.583… (the one censored at 5 still waited at 5)
# |    10 |         1 |          |         4 | 3/4     | 0.4375
# |    20 |           |        2 |         3 |         | 0.4375
# |    30 |         1 |          |         1 | 0       | 0     |
EXAMPLE = [
    answered(1), answered(2), answered(2), still_open(4), answered(5), still_open(5),
    answered(10), still_open(20), still_open(20), answered(30),
]  # fmt: skip


def test_the_curve_of_the_example() -> None:
    steps = curve(EXAMPLE)
    assert [s.hours for s in steps] == [0, 1, 2, 5, 10, 30]
    assert [s.waiting for s in steps] == pytest.approx([1, 0.9, 0.7, 0.7 * 5 / 6, 0.4375, 0])


def test_median_and_p90_of_the_example() -> None:
    assert quantile(curve(EXAMPLE), 0.5) == 10  # the first hour at which S ≤ 0.5
    assert quantile(curve(EXAMPLE), 0.9) == 30


def test_dropping_open_questions_would_flatter_the_median() -> None:
    only_answered = [wait for wait in EXAMPLE if wait.answered]
    assert quantile(curve(only_answered), 0.5) == 2.0 < 10


def test_a_quantile_that_is_not_reached_is_unknown() -> None:
    assert quantile(curve([answered(1), still_open(9), still_open(9)]), 0.5) is None
    assert quantile((), 0.5) is None


def test_half_is_half_in_spite_of_rounding() -> None:
    tenths = [answered(h) for h in range(1, 6)] + [still_open(100)] * 5
    assert quantile(curve(tenths), 0.5) == 5


@given(st.lists(st.builds(Wait, hours=st.integers(0, 50), answered=st.booleans()), max_size=40))
def test_the_curve_only_falls_and_stays_between_one_and_nothing(waits: list[Wait]) -> None:
    shares = [step.waiting for step in curve(waits)]
    assert shares == sorted(shares, reverse=True)
    assert all(-1e-12 <= share <= 1 for share in shares)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
def test_without_open_questions_it_is_the_plain_share_still_waiting(hours: list[int]) -> None:
    for step in curve(answered(h) for h in hours):
        assert step.waiting == pytest.approx(sum(h > step.hours for h in hours) / len(hours))
