"""One ISO week in a community's own time zone, with its borders in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """An ISO week: `start` is Monday 00:00 in `zone`, `end` the Monday after; both are aware UTC datetimes.

    A week in which the clock changes has 167 or 169 hours, so borders are computed from local midnights.
    """

    year: int
    number: int
    zone: str

    @classmethod
    def parse(cls, key: str, zone: str) -> "Week":
        """`key` like "2026-W40". Raises InputError when it is no ISO week or the zone is unknown."""
        try:
            year, number = key.upper().split("-W")
            monday = date.fromisocalendar(int(year), int(number), 1)
        except ValueError:
            raise InputError(f"“{key}” is no ISO week; write it like 2026-W40") from None
        return cls._of(monday, zone)

    @classmethod
    def containing(cls, at: datetime, zone: str) -> "Week":
        """The week in which the moment `at` (aware) falls in `zone`. Raises InputError for an unknown
        zone."""
        return cls._of(at.astimezone(_zone(zone)).date(), zone)

    @classmethod
    def _of(cls, day: date, zone: str) -> "Week":
        _zone(zone)
        year, number, _ = day.isocalendar()
        return cls(year=year, number=number, zone=zone)

    @property
    def key(self) -> str:
        """Like "2026-W40"; sorts by time."""
        return f"{self.year}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def start(self) -> datetime:
        return _midnight(self.monday, self.zone)

    @property
    def end(self) -> datetime:
        return _midnight(self.monday + timedelta(days=7), self.zone)

    @property
    def ordinal(self) -> int:
        """Weeks since the Monday 0001-01-01: lets fixed blocks of weeks be cut the same in every report."""
        return (self.monday.toordinal() - 1) // 7

    def back(self, weeks: int) -> "Week":
        """The week that many weeks earlier (later, when negative)."""
        return self._of(self.monday - timedelta(days=7 * weeks), self.zone)

    def holds(self, at: datetime) -> bool:
        """Whether the moment falls in this week: from `start`, up to and without `end`."""
        return self.start <= at < self.end


def last_weeks(week: Week, count: int) -> tuple[Week, ...]:
    """`count` weeks, oldest first, ending with `week`."""
    return tuple(week.back(n) for n in reversed(range(count)))


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, _zone(zone)).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"“{name}” is no time zone; write one like Europe/Amsterdam") from None
