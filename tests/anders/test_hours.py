"""Working hours: ten zones, ten years, both changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.anders.hours import (
    Calendar,
    after_hours,
    calendar,
    calendar_of,
    is_working,
    next_moment,
    working_hours_between,
)
from bot.anders.settings import AnderSettings
from bot.errors import InputError
from bot.events import PersonId, WorkspaceId
from bot.model import Person

ZONES = (
    "Europe/Amsterdam",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)
SETTINGS = AnderSettings()
moments = st.datetimes(datetime(2018, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens = draw(st.integers(0, 22))
    closes = draw(st.integers(opens + 1, 23))
    quiet = draw(st.none() | st.tuples(st.times(), st.times()))
    made = Calendar(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        opens=time(opens),
        closes=time(closes),
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        country=draw(st.sampled_from([None, "NL", "BE", "US"])),
        quiet=quiet,
    )
    return made if _has_time(made) else Calendar(zone=made.zone)


def _has_time(made: Calendar) -> bool:
    """More than two hours a day are left, so that no change of the clocks swallows them whole."""
    minutes = (time(minute // 60, minute % 60) for minute in range(24 * 60))
    return sum(made.opens <= m < made.closes and not _in_quiet(m, made) for m in minutes) > 120


def _works(moment: datetime, made: Calendar) -> bool:
    """Written apart from the code under test: reads the wall clock and the date, nothing else."""
    local = moment.astimezone(made.zone)
    wall = local.time().replace(tzinfo=None)
    quiet = _in_quiet(wall, made)
    return local.weekday() in made.weekdays and made.opens <= wall < made.closes and not quiet


def _in_quiet(wall: time, made: Calendar) -> bool:
    if made.quiet is None:
        return False
    start, end = made.quiet
    return start <= wall < end if start < end else wall >= start or wall < end


@given(moments, calendars())
def test_next_moment_lies_inside_working_hours_and_never_before_now(now: datetime, made: Calendar) -> None:
    moment = next_moment(now, made)
    assert moment >= now
    assert _works(moment, made)
    assert moment.utcoffset() == timedelta(0)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=40)), calendars())
def test_a_later_now_never_gives_an_earlier_moment(now: datetime, later: timedelta, made: Calendar) -> None:
    assert next_moment(now, made) <= next_moment(now + later, made)


@given(moments, calendars())
def test_the_next_moment_is_its_own_next_moment(now: datetime, made: Calendar) -> None:
    moment = next_moment(now, made)
    assert next_moment(moment, made) == moment
    assert is_working(moment, made)


@given(moments, st.floats(0, 60), calendars())
def test_hours_that_were_added_can_be_counted_again(start: datetime, hours: float, made: Calendar) -> None:
    end = after_hours(start, hours, made)
    assert _works(end, made)
    assert working_hours_between(start, end, made) == pytest.approx(hours, abs=1e-6)


@given(moments, moments, moments, calendars())
def test_working_hours_add_up(a: datetime, b: datetime, c: datetime, made: Calendar) -> None:
    a, b, c = sorted((a, a + (b - a) / 90, a + (c - a) / 90))
    whole = working_hours_between(a, c, made)
    assert whole == pytest.approx(working_hours_between(a, b, made) + working_hours_between(b, c, made))
    assert 0 <= whole <= (c - a) / timedelta(hours=1) + 1e-9


@pytest.mark.parametrize("zone", ZONES)
def test_ten_years_of_days_have_their_eight_hours(zone: str) -> None:
    made = Calendar(zone=ZoneInfo(zone), weekdays=frozenset(range(7)))
    for offset in range(3653):
        day = date(2018, 1, 1) + timedelta(days=offset)
        noon = datetime.combine(day, time(12), made.zone)
        span = working_hours_between(noon - timedelta(hours=12), noon + timedelta(hours=11), made)
        assert span == pytest.approx(8.0)


def _at(text: str, zone: str = "Europe/Amsterdam") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-20 16:59", "2026-11-20 16:59"),
        ("2026-11-20 17:00", "2026-11-23 09:00"),  # Friday evening to Monday morning
        ("2026-04-03 12:00", "2026-04-07 09:00"),  # Good Friday and Easter Monday
        ("2026-04-27 10:00", "2026-04-28 09:00"),  # King's Day
        ("2026-03-27 18:00", "2026-03-30 09:00"),  # the clocks go forward in between
        ("2026-10-23 18:00", "2026-10-26 09:00"),  # and back
    ],
)
def test_weekends_holidays_and_clock_changes(now: str, then: str) -> None:
    assert next_moment(_at(now), calendar("Europe/Amsterdam", SETTINGS)) == _at(then)


def test_hours_that_the_clocks_skip_are_not_worked() -> None:
    night = Calendar(zone=ZoneInfo("Europe/Amsterdam"), opens=time(1), closes=time(5), weekdays=frozenset({6}))
    assert working_hours_between(_at("2026-03-29 00:00"), _at("2026-03-29 06:00"), night) == 3.0
    assert working_hours_between(_at("2026-10-25 00:00"), _at("2026-10-25 06:00"), night) == 5.0


def test_quiet_hours_over_midnight_narrow_both_ends() -> None:
    made = calendar("Europe/Amsterdam", SETTINGS, quiet=("16:00", "10:30"))
    assert next_moment(_at("2026-11-23 09:00"), made) == _at("2026-11-23 10:30")
    assert next_moment(_at("2026-11-23 16:00"), made) == _at("2026-11-24 10:30")
    assert working_hours_between(_at("2026-11-23 00:00"), _at("2026-11-24 00:00"), made) == 5.5


def test_quiet_hours_in_the_middle_leave_both_sides() -> None:
    made = calendar("Europe/Amsterdam", SETTINGS, quiet=("12:00", "13:00"))
    assert next_moment(_at("2026-11-23 12:10"), made) == _at("2026-11-23 13:00")
    assert working_hours_between(_at("2026-11-23 00:00"), _at("2026-11-24 00:00"), made) == 7.0


def test_patience_runs_on_after_the_weekend() -> None:
    made = calendar("Europe/Amsterdam", SETTINGS)
    assert after_hours(_at("2026-11-20 15:00"), 4, made) == _at("2026-11-23 11:00")


@pytest.mark.parametrize(
    ("zone", "hint"), [("Europe/Amsterdm", "Europe/Amsterdam"), ("../etc/passwd", ""), ("Nowhere\0", "")]
)
def test_an_unknown_zone_says_what_to_write(zone: str, hint: str) -> None:
    with pytest.raises(InputError, match=f"write a name such as .*{hint}"):
        calendar(zone, SETTINGS)


@pytest.mark.parametrize("text", ["9", "25:00", "12:60", "half tien", "", "9:5", "-1:00", "²:00"])
def test_an_impossible_time_says_what_to_write(text: str) -> None:
    with pytest.raises(InputError, match="no time of day: write"):
        calendar(None, SETTINGS, quiet=(text, "10:00"))


def test_an_unknown_country_says_what_to_write() -> None:
    with pytest.raises(InputError, match="“XX”: write"):
        calendar(None, AnderSettings(country="XX"))


@pytest.mark.parametrize("quiet", [("08:00", "18:00"), ("17:00", "17:00")])
def test_quiet_hours_that_leave_nothing_are_refused(quiet: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="no working time"):
        calendar(None, SETTINGS, quiet=quiet)


def test_a_person_brings_their_own_zone_and_quiet_hours() -> None:
    person = Person(
        id=PersonId("t:eva"),
        workspace=WorkspaceId("t"),
        name="Eva",
        timezone="America/New_York",
        quiet_from="09:00",
        quiet_to="11:00",
    )
    moment = next_moment(_at("2026-11-23 09:00"), calendar_of(person, SETTINGS))
    assert moment == _at("2026-11-23 11:00", "America/New_York")
