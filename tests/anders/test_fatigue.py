"""Nobody is asked too often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.anders.fatigue import Refusal, asked_at, load, recent, refusal, silent_until
from bot.anders.invitation import State
from bot.anders.settings import AnderSettings
from bot.events import ChannelId, MessageId, PersonId, WorkspaceId
from bot.model import CommunityId, InvitationRow, Person, Ref

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
SETTINGS = AnderSettings()
EVA = Person(id=PersonId("t:eva"), workspace=WorkspaceId("t"), name="Eva")
QUESTION = Ref(ChannelId("t:c"), MessageId("new"))


def row(at: datetime, state: State = State.EXPIRED, *, question: str = "old") -> InvitationRow:
    taken = state in (State.ACCEPTED, State.ANSWERED, State.HELPFUL)
    return InvitationRow(
        id=f"{question}-{at}",  # type: ignore[arg-type] # any text will do
        question=Ref(ChannelId("t:c"), MessageId(question)),
        person=EVA.id,
        community=CommunityId("c"),
        state=state,
        due_at=at,
        until=at + timedelta(days=2),
        sent_at=None if state in (State.DUE, State.WITHDRAWN) else at,
        accepted_at=at if taken else None,
        closed_at=None if state in (State.DUE, State.SENT, State.ACCEPTED) else at,
    )


def refused(person: Person, *history: InvitationRow, moment: datetime = NOW) -> Refusal | None:
    return refusal(person, QUESTION, history, moment, ZONE, SETTINGS)


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (EVA, None),
        (replace(EVA, guest=True), Refusal.NO_MEMBER),
        (replace(EVA, external=True), Refusal.NO_MEMBER),
        (replace(EVA, automatic=True), Refusal.NO_MEMBER),
        (replace(EVA, active=False), Refusal.NO_MEMBER),
        (replace(EVA, opted_out_at=NOW), Refusal.OFF),
        (replace(EVA, invitations=False), Refusal.OFF),
        (replace(EVA, per_week=0), Refusal.WEEK_FULL),
        (replace(EVA, paused_until=NOW + timedelta(days=1)), Refusal.PAUSED),
        (replace(EVA, paused_until=NOW), None),
    ],
)
def test_who_may_be_asked_at_all(person: Person, why: Refusal | None) -> None:
    assert refused(person) is why


@pytest.mark.parametrize("state", State)
def test_never_twice_for_one_question(state: State) -> None:
    assert refused(EVA, row(NOW - timedelta(days=300), state, question="new")) is Refusal.ASKED_BEFORE


def test_one_a_day_by_the_persons_own_calendar() -> None:
    midnight = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 00:30 in Amsterdam: the same day as NOW
    assert refused(EVA, row(midnight)) is Refusal.DAY_FULL
    assert refused(EVA, row(midnight - timedelta(hours=1))) is None


def test_two_in_any_seven_days() -> None:
    first, second = row(NOW - timedelta(days=6)), row(NOW - timedelta(days=3))
    assert refused(EVA, first, second) is Refusal.WEEK_FULL
    assert refused(EVA, row(NOW - timedelta(days=7)), second) is None
    assert refused(replace(EVA, per_week=3), first, second) is None


def test_what_is_still_to_be_sent_counts_too() -> None:
    due = [row(NOW + timedelta(days=d), State.DUE) for d in (1, 2)]
    assert refused(EVA, *due) is Refusal.WEEK_FULL


def test_what_was_withdrawn_unsent_does_not_count() -> None:
    assert refused(EVA, *(row(NOW, State.WITHDRAWN) for _ in range(3))) is None


@pytest.mark.parametrize(("refusals", "weeks"), [(1, 1), (2, 2), (3, 4), (4, 8), (6, 26), (40, 26)])
def test_each_not_now_in_a_row_doubles_the_silence(refusals: int, weeks: int) -> None:
    history = [row(NOW - timedelta(weeks=60) * n, State.DECLINED) for n in range(refusals)]
    assert silent_until(history, SETTINGS) == NOW + timedelta(weeks=weeks)
    assert refused(EVA, *history, moment=NOW + timedelta(weeks=weeks, seconds=-1)) is Refusal.SILENT
    assert refused(EVA, *history, moment=NOW + timedelta(weeks=weeks)) is None


def test_taking_part_ends_the_silence() -> None:
    history = [row(NOW - timedelta(days=9), State.DECLINED), row(NOW - timedelta(days=8), State.ANSWERED)]
    assert silent_until(history, SETTINGS) is None


def test_no_reply_is_not_held_against_anyone() -> None:
    history = [row(NOW - timedelta(days=30 * n), State.EXPIRED) for n in range(1, 9)]
    assert silent_until(history, SETTINGS) is None
    assert refused(EVA, *history) is None


def test_load_falls_with_each_recent_invitation() -> None:
    history = [row(NOW - timedelta(weeks=w)) for w in (1, 2, 5)]
    assert recent(history, NOW, SETTINGS) == 2
    assert load([], NOW, SETTINGS) == 1.0
    assert load(history, NOW, SETTINGS) == pytest.approx(1 / 1.35**2)


@given(st.lists(st.integers(0, 24 * 60), max_size=60), st.integers(1, 3), st.integers(1, 2))
def test_the_caps_hold_whatever_the_order(hours: list[int], per_week: int, per_day: int) -> None:
    """Whoever asks at whatever moments, forwards or backwards in time: the caps hold in every window."""
    settings = AnderSettings(per_week=per_week, per_day=per_day)
    history: list[InvitationRow] = []
    for n, hour in enumerate(hours):
        moment = NOW + timedelta(hours=hour)
        question = Ref(ChannelId("t:c"), MessageId(str(n)))
        if refusal(EVA, question, history, moment, ZONE, settings) is None:
            history.append(row(moment, State.DUE, question=str(n)))
    times = sorted(map(asked_at, history))
    for start in times:
        week = [t for t in times if start <= t < start + timedelta(days=7)]
        assert len(week) <= per_week
        assert len([t for t in week if t.astimezone(ZONE).date() == start.astimezone(ZONE).date()]) <= per_day
