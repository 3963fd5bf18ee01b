"""Whose subject something is, by the rare words they answered."""

import numpy as np
import pytest

from bot.anders.subjects import Subjects, rare_words

BUSY, SMITH, GARDENER = 0, 1, 2


def _who(*people: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(people, dtype=np.int64)


@pytest.fixture
def practice() -> Subjects:
    """Somebody who answers everything, and two who know one thing."""
    subjects = Subjects()
    for n in range(200):
        subjects.add(f"everyday matter number {n}", _who(BUSY))
    for n in range(4):
        subjects.add(f"welding seam {n} cracks when the bench is cold", _who(BUSY, SMITH))
        subjects.add(f"pruning apple tree {n} after frost", _who(BUSY, GARDENER))
    return subjects


def test_whoever_answers_where_rare_words_fall_stands_out(practice: Subjects) -> None:
    lift = practice.lift("my welding seam cracks", 3)
    assert lift[SMITH] > 1 > lift[BUSY]
    assert lift[GARDENER] == 0


def test_words_nobody_answered_to_speak_for_nobody(practice: Subjects) -> None:
    assert not practice.lift("quarterly budget spreadsheet", 3).any()
    assert not practice.lift("", 3).any()
    assert not Subjects().lift("welding", 3).any()


def test_what_everybody_says_speaks_for_nobody(practice: Subjects) -> None:
    assert not practice.lift("everyday matter", 3).any()


def test_people_who_came_later_have_a_place(practice: Subjects) -> None:
    assert practice.lift("welding seam", 5).shape == (5,)


def test_names_of_programs_are_taken_apart() -> None:
    assert rare_words("Data.readFile fails on simp_lemma") >= {"readfile", "read", "file", "data", "simp", "lemma"}


def test_a_long_text_counts_by_its_beginning() -> None:
    assert "omega" not in rare_words("alpha " * 1000 + "omega")
