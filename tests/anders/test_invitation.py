"""The invitation's life: no illegal path, never a second one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bot.anders.invitation import (
    MEANING,
    OPEN,
    TABLE,
    AlreadyInvited,
    IllegalStep,
    Silence,
    State,
    Step,
    draft,
    invitation_id,
    steps,
    take,
)
from bot.events import ChannelId, MessageId, PersonId
from bot.model import CommunityId, InvitationRow, Ref

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
QUESTION = Ref(ChannelId("t:balie"), MessageId("1"))
EVA = PersonId("t:eva")


def invited(state: State = State.DUE) -> InvitationRow:
    row = draft(
        question=QUESTION,
        person=EVA,
        community=CommunityId("balie"),
        due_at=NOW,
        until=NOW + timedelta(days=2),
    )
    return replace(row, state=state)


def test_the_whole_way_keeps_its_times() -> None:
    row = invited()
    for hours, step in enumerate((Step.SEND, Step.ACCEPT, Step.ANSWER, Step.HELP)):
        row = take(row, step, NOW + timedelta(hours=hours))
    assert row.state == State.HELPFUL
    times = (row.sent_at, row.accepted_at, row.replied_at, row.helpful_at)
    assert times == tuple(NOW + timedelta(hours=h) for h in range(4))
    assert row.closed_at == row.replied_at


def test_answering_at_once_is_also_accepting() -> None:
    row = take(invited(State.SENT), Step.ANSWER, NOW)
    assert (row.accepted_at, row.replied_at) == (NOW, NOW)


def test_a_late_yes_is_a_yes() -> None:
    for state in (State.EXPIRED, State.DECLINED):
        row = take(replace(invited(state), closed_at=NOW), Step.ACCEPT, NOW)
        assert row.state == State.ACCEPTED
        assert row.closed_at is None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_what_is_in_no_table_cannot_happen(state: State, step: Step) -> None:
    row = invited(state)
    if step in TABLE[state]:
        assert take(row, step, NOW).state == TABLE[state][step]
        assert step in steps(row)
    else:
        with pytest.raises(IllegalStep, match=f"{state} cannot {step}"):
            take(row, step, NOW)


def test_every_state_but_the_first_can_be_reached_and_nothing_leads_back_to_it() -> None:
    reached = {after for ways in TABLE.values() for after in ways.values()}
    assert reached == set(State) - {State.DUE}


def test_no_reply_is_never_held_against_anyone() -> None:
    assert MEANING[Step.EXPIRE].silence is Silence.SAME
    assert not MEANING[Step.EXPIRE].invitations_off
    assert MEANING[Step.DECLINE].silence is Silence.LONGER
    assert MEANING[Step.STOP].invitations_off


def test_every_step_means_something_definite() -> None:
    assert set(MEANING) == set(Step)
    assert [step for step in Step if MEANING[step].counts] == [Step.SEND]


def test_the_id_tells_questions_and_persons_apart() -> None:
    other = Ref(ChannelId("t:bali"), MessageId("e1"))
    ids = {invitation_id(q, p) for q in (QUESTION, other) for p in (EVA, PersonId("t:ev"))}
    assert len(ids) == 4


class Invitations(RuleBasedStateMachine):
    """Any number of questions, people and steps, legal or not, in any order."""

    rows = Bundle("rows")

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.kept: dict[str, InvitationRow] = {}
        self.sent: dict[tuple[Ref, PersonId], int] = {}

    @rule(target=rows, question=st.sampled_from("abc"), person=st.sampled_from("xyz"))
    def invite(self, question: str, person: str) -> str:
        ref, who = Ref(ChannelId("t:c"), MessageId(question)), PersonId(person)
        before = [row for row in self.kept.values() if (row.question, row.person) == (ref, who)]
        try:
            row = draft(
                question=ref,
                person=who,
                community=CommunityId("c"),
                due_at=self.now,
                until=self.now + timedelta(days=1),
                already=self.kept.values(),
            )
        except AlreadyInvited:
            assert before
            return before[0].id
        assert not before
        self.kept[row.id] = row
        return row.id

    @rule(id=rows, step=st.sampled_from(Step))
    def step(self, id: str, step: Step) -> None:
        self.now += timedelta(minutes=1)
        row = self.kept[id]
        try:
            after = take(row, step, self.now)
        except IllegalStep:
            assert step not in TABLE[State(row.state)]
            return
        self.kept[id] = after
        if step is Step.SEND:
            key = (row.question, row.person)
            self.sent[key] = self.sent.get(key, 0) + 1

    @invariant()
    def nobody_is_asked_twice(self) -> None:
        assert all(count == 1 for count in self.sent.values())

    @invariant()
    def times_tell_the_state(self) -> None:
        for row in self.kept.values():
            assert (row.state == State.HELPFUL) == (row.helpful_at is not None)
            assert (row.closed_at is None) == (row.state in OPEN)
            assert row.state not in (State.ACCEPTED, State.ANSWERED, State.HELPFUL) or row.accepted_at


TestInvitations = Invitations.TestCase
TestInvitations.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
