"""Words, stems, facets and key words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.keywords import STOP_WORDS, facets, key_words, matched_terms, stem, words


def test_words_are_prose_only() -> None:
    text = "<@U123> Kijk op <https://x.example/a?b=c> :tada: ```rm -rf /``` en `ls` – de **Ring-dienst** om 12u!"
    assert words(text) == ["kijk", "op", "en", "de", "ring-dienst", "om", "12u"]


@pytest.mark.parametrize(("a", "b"), [("roosters", "rooster's"), ("vergunningen", "vergunning"), ("printed", "prints")])
def test_forms_of_a_word_share_a_stem(a: str, b: str) -> None:
    assert stem(a.replace("'s", "s")) == stem(b.replace("'s", "s"))


def test_terms_remember_the_word_they_came_from() -> None:
    assert matched_terms("De vergunningen en de vergunning") == {stem("vergunning"): "vergunningen"}


def test_facets_are_what_a_description_lists() -> None:
    assert facets("Inkoop", "Offertes, contracten en gunning.") == ["Inkoop?", "Offertes?", "contracten?", "gunning?"]


def test_key_words_by_hand() -> None:
    """tf · log(1 + A / f), A = (5 + 3) / 2: in the first group "kaas" 2 · log(1 + 4/2) = 2.20, "kaas brood" and
    "wei" 1 · log(1 + 4/1) = 1.61; "brood" is left out there: no commoner than in the second."""
    found = key_words([["kaas", "kaas brood", "wei"], ["brood", "melk", "melk"]], 3)
    assert found == [("kaas", "kaas brood", "wei"), ("melk", "brood")]


def test_stop_words_of_both_languages() -> None:
    assert {"het", "een", "the", "and", "waarom", "why"} <= STOP_WORDS
    assert not {"rooster", "printer", "privacy"} & STOP_WORDS


@given(st.text(max_size=500))
def test_any_text_can_be_read(text: str) -> None:
    assert all(len(word) <= 30 for word in words(text))
    assert all(term and word not in STOP_WORDS for term, word in matched_terms(text).items())


@pytest.mark.parametrize("text", ["`" * 200_000, "<@" * 100_000, ":a" * 100_000, "https://" * 50_000, "<" * 300_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    words(text)
    matched_terms(text)
    assert time.perf_counter() - began < 0.5
