"""The funnel, fairness, outsiders and first pairs, counted by hand; and no step can be subtracted from
another."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.invitations import (
    STEPS,
    fairness,
    first_pairs,
    funnel,
    gini,
    outsider_share,
    people_are_new_enough,
    publish_funnel,
    stepped_weeks,
)
from bot.reports.material import AnswerRecord, InvitationRecord, QuestionRecord
from tests.reports.moments import WEEK, at

LATER = WEEK.end


def invited(person: object, depth: int = 0, *, opted_out: bool = False) -> InvitationRecord:
    sent = at(1)
    times = [sent + timedelta(hours=n) if n <= depth else None for n in (1, 2, 3)]
    return InvitationRecord(
        person=str(person),
        question="q",
        sent_at=sent,
        accepted_at=times[0],
        replied_at=times[1],
        helpful_at=times[2],
        opted_out_at=at(2) if opted_out else None,
    )


def test_the_funnel_counts_invitations_and_the_people_behind_each_step() -> None:
    # a twice (accepted; helpful), b sent only, c replied.
    found = funnel([invited("a", 1), invited("a", 3), invited("b"), invited("c", 2)], LATER)
    assert [(found[s].value, found[s].people) for s in STEPS] == [(4, 3), (3, 2), (2, 2), (1, 1)]


def test_who_answers_on_the_spot_has_accepted() -> None:
    sent = at(1)
    direct = InvitationRecord(person="a", question="q", sent_at=sent, replied_at=sent + timedelta(hours=1))
    assert [funnel([direct], LATER)[s].value for s in STEPS] == [1, 1, 1, 0]


def test_what_happened_after_the_window_is_not_counted() -> None:
    assert [funnel([invited("a", 3)], at(1, 14))[s].value for s in STEPS] == [1, 1, 0, 0]


def test_a_step_is_shown_only_when_nobody_or_five_people_stopped_before_it() -> None:
    # 20 people; 6 stopped at invited, 3 at accepted, 5 at replied, 6 reached helpful.
    people = [invited(n, 0) for n in range(6)] + [invited(n, 1) for n in range(6, 9)]
    people += [invited(n, 2) for n in range(9, 14)] + [invited(n, 3) for n in range(14, 20)]
    # replied would show that 14 - 11 = 3 people accepted and kept silent.
    assert publish_funnel(people, LATER) == {"invited": 20, "accepted": 14, "replied": None, "helpful": 6}


def test_fewer_than_five_invited_people_are_not_spoken_of() -> None:
    assert publish_funnel([invited(n % 4, 1) for n in range(40)], LATER) == dict.fromkeys(STEPS)
    assert publish_funnel([], LATER) == dict.fromkeys(STEPS, 0)


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 3)), max_size=60))
def test_between_two_shown_steps_nobody_or_five_people_stopped(pairs: list[tuple[int, int]]) -> None:
    shown = publish_funnel([invited(person, depth) for person, depth in pairs], LATER)
    borders = [n for n, step in enumerate(STEPS) if shown[step] is not None] + [len(STEPS)]
    for low, high in pairwise(borders):
        assert len({person for person, depth in pairs if low <= depth < high}) not in {1, 2, 3, 4}


def test_gini_of_examples_worked_out_by_hand() -> None:
    assert gini([2, 2, 2, 2]) == 0
    # 0 0 0 8: (-3·0 - 1·0 + 1·0 + 3·8) ÷ (4·8) = 0.75
    assert gini([0, 8, 0, 0]) == 0.75
    # 1 2 3: (-2·1 + 0·2 + 2·3) ÷ (3·6) = 4/18
    assert gini([3, 1, 2]) == pytest.approx(4 / 18)
    assert gini([0, 0]) is None


def test_fairness_counts_those_who_were_never_asked() -> None:
    # f got 3, a–e 1 each, and four others could have been asked: 0 0 0 0 1 1 1 1 1 3
    # Σ (2i - 11)·x = (-1 + 1 + 3 + 5 + 7)·1 + 9·3 = 42; n Σ x = 10·8 = 80.
    sent = [invited(p) for p in "abcdefff"]
    found = fairness(sent, "abcdefghij", LATER)
    assert found.gini == pytest.approx(42 / 80)
    assert (found.most, found.opted_out) == (3, 0)


def test_opt_outs_of_few_people_are_masked() -> None:
    sent = [invited(n, opted_out=n < 3) for n in range(20)]
    assert fairness(sent, (), LATER).opted_out is None
    assert fairness([invited(n, opted_out=n < 5) for n in range(20)], (), LATER).opted_out == 5
    assert fairness([invited(n, opted_out=n < 17) for n in range(20)], (), LATER).opted_out is None
    assert fairness([invited(n) for n in range(4)], (), LATER).most is None


def test_private_facts_move_in_steps_of_four_weeks() -> None:
    windows = {tuple(w.key for w in stepped_weeks(WEEK.back(-n))) for n in range(12)}
    assert len(windows) in {3, 4}
    for n in range(12):
        weeks = stepped_weeks(WEEK.back(-n))
        assert len(weeks) == 12
        assert weeks[-1].end <= WEEK.back(-n).end
        assert (weeks[-1].ordinal + 1) % 4 == 0


def test_a_step_that_brings_fewer_than_five_people_is_not_taken() -> None:
    weeks = stepped_weeks(WEEK)
    new, old = weeks[-1].start, weeks[0].start
    assert people_are_new_enough([(str(n), new) for n in range(5)], weeks)
    assert not people_are_new_enough([("a", new)] * 9 + [(str(n), old) for n in range(9)], weeks)
    assert not people_are_new_enough([(str(n), old) for n in range(9)], weeks)
    assert people_are_new_enough([], weeks)


def test_outsiders_share_of_answers() -> None:
    outside = [AnswerRecord(person=f"o{n % 5}", at=at(2), outsider=True) for n in range(6)]
    inside = [AnswerRecord(person=f"i{n}", at=at(2)) for n in range(18)]
    assert outsider_share(outside + inside) == 0.25
    assert outsider_share(outside[:4] + inside) is None
    assert outsider_share([]) is None


def test_first_pairs_are_counted_once_with_everybody_in_them() -> None:
    question = QuestionRecord(id="q", person="asker", at=at(1))
    answers = [
        AnswerRecord(person="o1", at=at(2), outsider=True, first_pair=True),
        AnswerRecord(person="o1", at=at(2), outsider=True, first_pair=True),
        AnswerRecord(person="o2", at=at(2), outsider=True),
        AnswerRecord(person="i1", at=at(2), first_pair=True),
        AnswerRecord(person="o3", at=at(2), outsider=True, first_pair=True),
    ]
    found = first_pairs((question, answer) for answer in answers)
    assert (found.value, found.people) == (2, 3)
