"""The memory of a channel: bounded, follows edits, and forgets without a trace."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading import Conversation, Kind, Link, Reading, Utterance
from bot.reading.alone import look_alone
from bot.reading.conversation import OPEN, RECENT, THREADS


def said(at: int, author: str = "mo", text: str = "hoi", **more: object) -> Utterance:
    return Utterance(**{"id": f"m{at}", "author": author, "text": text, "at": 60.0 * at, **more})  # type: ignore[arg-type]


def reading(one: Utterance, kind: Kind = Kind.other, answers: tuple[str, ...] = ()) -> Reading:
    return Reading(
        id=one.id,
        kind=kind,
        confidence=0.9,
        lang="nl",
        keep=False,
        keep_confidence=0.1,
        resolved=False,
        resolves=None,
        answers=tuple(Link(question=q, confidence=0.8) for q in answers),
        masked=one.text,
        secrets=(),
        why=(),
    )


def test_memory_is_bounded() -> None:
    talk = Conversation()
    for at in range(2000):
        one = said(at, thread=f"m{at - 1}" if at % 3 == 1 else None)
        talk.add(one, reading(one, Kind.question))
    assert len(talk.recent) == RECENT
    assert len(talk.questions) <= OPEN
    assert len(talk.threads) <= THREADS


def test_old_questions_are_let_go() -> None:
    talk = Conversation()
    talk.add(said(0), reading(said(0), Kind.question))
    late = replace(said(1), at=60 * 86_400.0)
    talk.add(late, reading(late))
    assert not talk.questions


def test_an_edit_replaces_what_was_remembered() -> None:
    talk = Conversation()
    first = said(1, text="hoe werkt dit?")
    talk.add(first, reading(first, Kind.question))
    talk.add(first, reading(first, Kind.other))
    assert [one.kind for one in talk.said()] == [Kind.other]
    assert not talk.questions


def test_forgetting_a_message_unlinks_it() -> None:
    talk = Conversation()
    question, answer = said(1, "an"), said(2, "bo", thread="m1")
    talk.add(question, reading(question, Kind.question))
    talk.add(answer, reading(answer, Kind.answer, ("m1",)))
    talk.forget("m1")
    assert "m1" not in repr(talk)
    assert talk.find("m2") is not None


def test_people_called_by_name_count_as_named() -> None:
    talk = Conversation()
    talk.add(said(1, "mira"), reading(said(1, "mira")))
    talk.add(said(2, "bo", "dank je, Mira"), reading(said(2, "bo", "dank je, Mira")))
    last = talk.find("m2")
    assert last is not None
    assert last.mentions == ("mira",)


moves = st.lists(
    st.tuples(
        st.sampled_from(["anouk", "boris", "cees"]),
        st.sampled_from(list(Kind)),
        st.integers(-4, 0),
        st.sampled_from(["anouk", "boris", ""]),
    ),
    max_size=25,
)


@given(moves)
@settings(max_examples=80, deadline=None)
def test_forgetting_a_person_leaves_nothing(steps: list[tuple[str, Kind, int, str]]) -> None:
    talk = Conversation()
    gone = set()
    for at, (author, kind, back, named) in enumerate(steps):
        earlier = f"<{at + back}>" if back and at + back >= 0 else None
        one = Utterance(
            id=f"<{at}>",
            author=author,
            text=f"tekst van {author}",
            at=float(at),
            thread=earlier,
            mentions=(named,) if named else (),
        )
        talk.add(one, reading(one, kind, (earlier,) if earlier else ()))
        if author == "boris":
            gone.add(one.id)
    talk.forget_person("boris")
    left = repr(talk)
    assert "boris" not in left
    assert not any(one in left for one in gone)


@pytest.mark.parametrize("forget", [lambda talk: talk.forget("m"), lambda talk: talk.forget_person("an")])
def test_forgetting_drops_the_texts_kept_at_hand(forget: Callable[[Conversation], None]) -> None:
    look_alone("a text that somebody wants gone")
    assert look_alone.cache_info().currsize > 0
    forget(Conversation())
    assert look_alone.cache_info().currsize == 0


@pytest.mark.parametrize("thread", [None, "m0"])
def test_a_second_look_is_remembered_wherever_the_first_was(thread: str | None) -> None:
    talk = Conversation()
    root, one = said(0), said(1, thread=thread)
    talk.add(root, reading(root))
    first, second = reading(one), reading(one, Kind.question)
    talk.add(one, first)
    talk.revise(one, first, second)
    assert {m.kind for m in talk.said() if m.id == "m1"} == {Kind.question}
    assert list(talk.questions) == ["m1"]
    assert len(talk.recent) == 2
    talk.revise(one, second, first)
    assert not talk.questions
    assert [m.kind for m in talk.in_thread(thread or "m1") if m.id == "m1"] == [Kind.other]


def test_a_second_look_changes_nothing_that_was_edited_or_forgotten() -> None:
    talk = Conversation()
    one = said(1)
    first, second, edited = reading(one), reading(one, Kind.question), reading(one, Kind.knowhow)
    talk.add(one, edited)
    talk.revise(one, first, second)
    assert [m.kind for m in talk.said()] == [Kind.knowhow]
    talk.forget("m1")
    talk.revise(one, first, second)
    assert not list(talk.said())
