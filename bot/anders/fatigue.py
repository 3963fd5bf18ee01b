"""Who may be asked again, and when: caps, silence after *Not now*, pauses; and who was asked a lot lately.

A person's history is all their invitations, in any order. One that is due counts from the moment it is due, so
that two questions in one night do not make two invitations the next morning.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from bot.anders.invitation import State
from bot.anders.settings import AnderSettings
from bot.model import InvitationRow, Person, Ref

_WEEK = timedelta(days=7)


class Refusal(StrEnum):
    """Why somebody is not asked. For the log and the administrator; never shown to anybody else."""

    OFF = "off"
    PAUSED = "paused"
    NO_MEMBER = "no_member"
    ASKED_BEFORE = "asked_before"
    SILENT = "silent"
    WEEK_FULL = "week_full"
    DAY_FULL = "day_full"
    NO_HOURS = "no_hours"
    """Their time zone is unknown to us, or their quiet hours leave no working time."""


def refusal(
    person: Person,
    question: Ref,
    history: Sequence[InvitationRow],
    moment: datetime,
    zone: tzinfo,
    settings: AnderSettings,
) -> Refusal | None:
    """Why this person may not get an invitation at `moment` (theirs: see `hours.next_moment`), or None."""
    return (
        _standing(person, moment)
        or _again(question, history)
        or (Refusal.SILENT if moment < (silent_until(history, settings) or moment) else None)
        or _full(person, history, moment, zone, settings)
    )


def _standing(person: Person, moment: datetime) -> Refusal | None:
    if person.guest or person.external or person.automatic or not person.active:
        return Refusal.NO_MEMBER
    if person.opted_out_at is not None or not person.invitations:
        return Refusal.OFF
    if person.paused_until is not None and moment < person.paused_until:
        return Refusal.PAUSED
    return None


def _again(question: Ref, history: Iterable[InvitationRow]) -> Refusal | None:
    return Refusal.ASKED_BEFORE if any(row.question == question for row in history) else None


def _full(
    person: Person, history: Iterable[InvitationRow], moment: datetime, zone: tzinfo, settings: AnderSettings
) -> Refusal | None:
    times = [asked_at(row) for row in history if _counts(row)]
    if _fullest_week(times, moment) > (settings.per_week if person.per_week is None else person.per_week):
        return Refusal.WEEK_FULL
    day = moment.astimezone(zone).date()
    today = sum(time.astimezone(zone).date() == day for time in times)
    return Refusal.DAY_FULL if today + 1 > settings.per_day else None


def asked_at(row: InvitationRow) -> datetime:
    """When the invitation reached the person, or will."""
    return row.sent_at or row.due_at


def _counts(row: InvitationRow) -> bool:
    return row.sent_at is not None or row.state == State.DUE


def _fullest_week(times: Iterable[datetime], moment: datetime) -> int:
    """The most invitations in any seven days that hold `moment`, itself included."""
    near = sorted([*(t for t in times if abs(t - moment) < _WEEK), moment])
    weeks = ([t for t in near if start <= t < start + _WEEK] for start in near if start <= moment)
    return max(len(week) for week in weeks)


def silent_until(history: Iterable[InvitationRow], settings: AnderSettings) -> datetime | None:
    """Until when a person is left alone after their *Not now*s: 1, 2, 4 … weeks for each one in a row, at most
    `silence_most_weeks`. Taking part ends the row; not replying neither ends nor lengthens it."""
    replies = sorted((at, row.state) for row in history if (at := _replied(row)) is not None)
    streak, last = 0, None
    for at, state in replies:
        streak = streak + 1 if state == State.DECLINED else 0
        last = at
    if not streak or last is None:
        return None
    weeks = min(settings.silence_weeks * 2.0 ** min(streak - 1, 16), settings.silence_most_weeks)
    return last + timedelta(weeks=weeks)


def _replied(row: InvitationRow) -> datetime | None:
    if row.state == State.DECLINED:
        return row.closed_at
    return row.accepted_at


def recent(history: Iterable[InvitationRow], now: datetime, settings: AnderSettings) -> int:
    """How many invitations lie in the last `load_weeks`, those to come included."""
    since = now - timedelta(weeks=settings.load_weeks)
    return sum(_counts(row) and asked_at(row) > since for row in history)


def load(history: Iterable[InvitationRow], now: datetime, settings: AnderSettings) -> float:
    """The share of their score that somebody keeps who was asked lately: 1 for nobody asked, less for each."""
    return float((1 + settings.load_weight) ** -recent(history, now, settings))
