"""ISO weeks in a zone: borders, clock changes, parsing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InputError
from bot.reports.week import Week, last_weeks
from tests.reports.moments import ZONE, utc


def test_a_week_begins_on_monday_midnight_in_its_own_zone() -> None:
    week = Week.parse("2026-W41", ZONE)  # summer time: UTC+2
    assert (week.start, week.end) == (utc(2026, 10, 4, 22), utc(2026, 10, 11, 22))


def test_the_week_in_which_summer_time_ends_has_169_hours() -> None:
    week = Week.parse("2026-W43", ZONE)  # 25 October 2026, 03:00 → 02:00
    assert week.end - week.start == timedelta(hours=169)


def test_the_first_days_of_january_may_belong_to_the_old_year() -> None:
    assert Week.containing(utc(2027, 1, 1, 12), ZONE).key == "2026-W53"


def test_the_zone_decides_to_which_week_a_moment_belongs() -> None:
    moment = utc(2026, 10, 4, 23)  # Monday in Amsterdam, Sunday in New York
    assert Week.containing(moment, ZONE).key == "2026-W41"
    assert Week.containing(moment, "America/New_York").key == "2026-W40"


@pytest.mark.parametrize("key", ["2026", "2026-W54", "2026-40", "W40-2026", "", "2026-Wxx"])
def test_what_is_no_week_is_refused_in_words(key: str) -> None:
    with pytest.raises(InputError, match="no ISO week"):
        Week.parse(key, ZONE)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused_in_words(zone: str) -> None:
    with pytest.raises(InputError, match="no time zone"):
        Week.parse("2026-W41", zone)


@given(st.integers(-300, 300), st.sampled_from([ZONE, "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]))
def test_weeks_follow_each_other_without_gap_or_overlap(back: int, zone: str) -> None:
    week = Week.parse("2026-W41", zone).back(back)
    assert week.back(-1).start == week.end
    assert week.back(-1).ordinal == week.ordinal + 1
    assert Week.containing(week.start, zone) == week
    assert Week.containing(week.end - timedelta(seconds=1), zone) == week


def test_the_last_weeks_end_with_this_one() -> None:
    keys = [week.key for week in last_weeks(Week.parse("2026-W02", ZONE), 3)]
    assert keys == ["2025-W52", "2026-W01", "2026-W02"]
