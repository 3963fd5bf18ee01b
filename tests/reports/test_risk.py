"""Contributor absence factor and the table of answers, counted by hand."""

from hypothesis import given
from hypothesis import strategies as st

from bot.reports.material import AnswerRecord, QuestionRecord
from bot.reports.risk import ELSEWHERE, absence_factor, answer_table, risks
from tests.reports.moments import WEEK, at


def test_absence_factor_is_the_smallest_number_of_people_with_half_of_the_answers() -> None:
    # 20 answers in all, half is 10.
    assert absence_factor({"a": 10, "b": 4, "c": 3, "d": 2, "e": 1}) == 1  # 10 ≥ 10
    assert absence_factor({"a": 9, "b": 5, "c": 3, "d": 2, "e": 1}) == 2  # 9 + 5
    assert absence_factor({"a": 4, "b": 4, "c": 4, "d": 4, "e": 4}) == 3  # 4 + 4 + 4


def test_absence_factor_of_fewer_than_five_answerers_is_not_told() -> None:
    assert absence_factor({"a": 9, "b": 5, "c": 3, "d": 2}) is None
    assert absence_factor({}) is None


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 30), max_size=20))
def test_absence_factor_is_the_smallest(answers: dict[str, int]) -> None:
    factor = absence_factor(answers)
    if factor is not None:
        counts = sorted(answers.values(), reverse=True)
        assert sum(counts[:factor]) * 2 >= sum(counts) > sum(counts[: factor - 1]) * 2


def question(domain: str | None, answerers: str, *, weeks_ago: int = 0) -> QuestionRecord:
    answers = tuple(AnswerRecord(person=p, at=at(2, weeks_ago=weeks_ago)) for p in answerers)
    return QuestionRecord(
        id=f"{domain}{answerers}", person="q", at=at(1, weeks_ago=weeks_ago), domain=domain, answers=answers
    )


def test_demand_beside_risk_per_domain() -> None:
    questions = [
        question("wounds", "aaab"), question("wounds", "cde"), question("wounds", ""),
        question("it", "ab"), question("wounds", "zzzzzz", weeks_ago=5),
    ]  # fmt: skip
    # wounds: 3 asked; answers a 3, b c d e 1 each = 7; half is 3.5: a + one other = 2 people.
    # it: two answerers, masked.
    found = [(r.domain, r.asked, r.factor, r.masked) for r in risks(questions, WEEK.start, WEEK.end)]
    assert found == [("wounds", 3, 2, False), ("it", 1, None, True)]


def test_answers_per_domain_and_group_are_masked_below_five_people() -> None:
    groups = dict.fromkeys("abcdefg", "north") | dict.fromkeys("hijkl", "south") | dict.fromkeys("xy", "tiny")
    questions = [question("wounds", "abcdeab"), question("wounds", "hijk"), question("it", "xymno")]
    found = answer_table(questions, groups, WEEK.start, WEEK.end)
    assert found.domains == ("it", "wounds")
    assert found.groups == (ELSEWHERE, "north", "south")
    assert found.cells == {
        ("wounds", "north"): 7,
        ("wounds", "south"): None,  # four people
        ("it", ELSEWHERE): 5,  # a group of two and three people without a group: five together
    }
