"""Working hours: a person's own zone, weekends, public holidays and quiet hours.

All moments that go in and out are aware; what comes out is UTC. Hours are hours of the real clock, so the day on
which the clocks change counts for what it lasted.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays

from bot.anders.settings import AnderSettings
from bot.errors import InputError
from bot.model import Person

Span = tuple[datetime, datetime]
"""From, up to but not including; UTC."""

_FAR = 400
"""Days to look ahead before we conclude that nobody ever works here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When somebody works. Make it with `calendar`, which checks what it is given."""

    zone: ZoneInfo
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    country: str | None = None
    quiet: tuple[time, time] | None = None
    """Local; may run past midnight."""


def calendar(timezone: str | None, settings: AnderSettings, *, quiet: tuple[str, str] | None = None) -> Calendar:
    """The working hours in a zone; `quiet` is a pair of local "HH:MM" that narrows them.

    Raises InputError, saying what to write, for an unknown zone, country or time, and when nothing is left.
    """
    made = Calendar(
        zone=_zone(timezone or settings.timezone),
        opens=settings.opens,
        closes=settings.closes,
        weekdays=settings.weekdays,
        country=_country(settings.country),
        quiet=(clock(quiet[0]), clock(quiet[1])) if quiet else None,
    )
    if not made.weekdays or not _windows(made):
        raise InputError("These hours leave no working time at all: narrow the quiet hours or widen the working hours.")
    return made


def calendar_of(person: Person, settings: AnderSettings) -> Calendar:
    """A person's own calendar, from their zone and quiet hours. Raises InputError as `calendar` does."""
    whole = person.quiet_from and person.quiet_to
    quiet = (person.quiet_from or "", person.quiet_to or "") if whole else None
    return calendar(person.timezone, settings, quiet=quiet)


def clock(text: str) -> time:
    """ "HH:MM" as a time. Raises InputError otherwise."""
    hour, colon, minute = text.strip().partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise InputError(f"“{text}” is no time of day: write hours and minutes, such as 09:30.")
    if int(hour) > 23 or int(minute) > 59:
        raise InputError(f"“{text}” is no time of day: write something between 00:00 and 23:59.")
    return time(int(hour), int(minute))


def is_working(moment: datetime, calendar: Calendar) -> bool:
    """Whether the person works at that moment."""
    return next_moment(moment, calendar) == moment


def next_moment(now: datetime, calendar: Calendar) -> datetime:
    """The first working moment at or after `now`, in UTC."""
    now = now.astimezone(UTC)
    for start, end in _spans_from(now, calendar):
        if now < end:
            return max(now, start)
    raise InputError(_never(calendar))


def after_hours(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """The working moment at which `hours` of working time have passed since `start`, in UTC."""
    left = timedelta(hours=hours)
    start = start.astimezone(UTC)
    for opens, closes in _spans_from(start, calendar):
        opens = max(opens, start)
        if opens + left < closes:
            return opens + left
        left -= max(closes - opens, timedelta())
    raise InputError(_never(calendar))


def working_hours_between(start: datetime, end: datetime, calendar: Calendar) -> float:
    """Hours of working time from `start` to `end`; 0 when `end` is not later."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    day = _local_day(start, calendar) - timedelta(days=1)
    while day <= _local_day(end, calendar):
        for opens, closes in _spans(day, calendar):
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return total / timedelta(hours=1)


def _never(calendar: Calendar) -> str:
    return f"There is no working moment in {calendar.zone.key} within {_FAR} days: widen the working hours."


def _spans_from(now: datetime, calendar: Calendar) -> Iterator[Span]:
    first = _local_day(now, calendar)
    for offset in range(_FAR):
        yield from _spans(first + timedelta(days=offset), calendar)


def _spans(day: date, calendar: Calendar) -> list[Span]:
    if day.weekday() not in calendar.weekdays or day in _holidays(calendar.country, day.year):
        return []
    spans = [(_first(day, a, calendar.zone), _last(day, b, calendar.zone)) for a, b in _windows(calendar)]
    return [(start, end) for start, end in spans if start < end]


def _windows(calendar: Calendar) -> list[tuple[time, time]]:
    """The working hours of one day without the quiet ones, as local times."""
    windows = [(calendar.opens, calendar.closes)]
    for start, end in _quiet(calendar.quiet):
        cut = [(a, min(b, start)) for a, b in windows]
        cut += [(max(a, end), b) for a, b in windows] if end else []
        windows = cut
    return [(a, b) for a, b in windows if a < b]


def _quiet(quiet: tuple[time, time] | None) -> list[tuple[time, time | None]]:
    """Quiet hours as stretches within one day; an end of None is midnight."""
    if quiet is None:
        return []
    start, end = quiet
    if start < end:
        return [(start, end)]
    return [(time(0), end), (start, None)]


def _first(day: date, at: time, zone: ZoneInfo) -> datetime:
    # A time that the clocks skip or repeat is read both ways; a span keeps to what is inside by either reading.
    return max(_utc(day, at, zone, fold) for fold in (0, 1))


def _last(day: date, at: time, zone: ZoneInfo) -> datetime:
    return min(_utc(day, at, zone, fold) for fold in (0, 1))


def _utc(day: date, at: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)


def _local_day(moment: datetime, calendar: Calendar) -> date:
    return moment.astimezone(calendar.zone).date()


@lru_cache(maxsize=256)
def _holidays(country: str | None, year: int) -> frozenset[date]:
    if country is None:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year).keys())


@lru_cache(maxsize=64)
def _country(country: str | None) -> str | None:
    if country is None or country in holidays.list_supported_countries():
        return country
    raise InputError(f"Ander knows no holidays of “{country}”: write a two-letter country, such as NL or BE.")


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
        hint = near[0] if near else "Europe/Amsterdam"
        raise InputError(f"There is no time zone “{name}”: write a name such as {hint}.") from None
