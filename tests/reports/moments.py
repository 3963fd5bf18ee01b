"""Moments and weeks, short to write: all in one week of October 2026 in Amsterdam, or counted from it."""

from datetime import UTC, datetime, timedelta

from bot.reports.week import Week

ZONE = "Europe/Amsterdam"
WEEK = Week.parse("2026-W41", ZONE)  # Monday 5 to Sunday 11 October, summer time


def at(day: int, hour: float = 12.0, *, weeks_ago: int = 0) -> datetime:
    """Day 1 (Monday) to 7 of WEEK or an earlier week, at an hour UTC after the local midnight."""
    return WEEK.back(weeks_ago).start + timedelta(days=day - 1, hours=hour)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
