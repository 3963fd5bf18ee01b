"""What the last messages seem to be, by their chances: who asks here, who helps, what is reacted to."""

from bot.reading import KINDS, Conversation, Kind, Reading, Utterance
from bot.reading.conversation import Said
from bot.reading.parents import Parents
from bot.reading.roles import cues_of_roles
from bot.reading.scene import Scene

NOBODY = Parents((), 1.0)


def said(at: int, author: str, likely: Kind, chance: float = 0.7, mentions: tuple[str, ...] = ()) -> Said:
    """A remembered message that is of kind `likely` with this chance, and for the rest something else."""
    talk = Conversation()
    one = Utterance(id=f"m{at}", author=author, text="de pomp lekt", at=60.0 * at, mentions=mentions)
    rest = {likely: chance, Kind.other: 1 - chance}
    chances = tuple(rest.get(kind, 0.0) for kind in KINDS)
    talk.add(one, reading(one, likely, chance, chances))
    return talk.recent[0]


def reading(one: Utterance, kind: Kind, confidence: float, chances: tuple[float, ...]) -> Reading:
    return Reading(
        id=one.id,
        kind=kind,
        confidence=confidence,
        lang="nl",
        keep=False,
        keep_confidence=0.1,
        resolved=False,
        resolves=None,
        answers=(),
        masked=one.text,
        secrets=(),
        why=(),
        chances=chances,
    )


def cues(author: str, *line: Said, reacts: Parents = NOBODY, mentions: tuple[str, ...] = ()) -> dict[str, float]:
    now = Utterance(id="now", author=author, text="de pomp", at=1e4, mentions=mentions)
    return cues_of_roles(now, Scene(line, None, None, None, None, 0), reacts, frozenset({"pomp"}))


def test_where_nobody_spoke_one_is_new_and_starts() -> None:
    assert cues("an") == {"newcomer": 1.0, "starts": 1.0}


def test_a_question_counts_for_as_much_as_it_is_likely_to_be_one() -> None:
    found = cues("bo", said(1, "an", Kind.question, 0.6))
    assert found["last_theirs_question"] == found["they_ask"] == found["asked_lately"] == 0.6
    assert found["asked_shares"] == 0.6 / 4
    assert "i_ask" not in found
    assert cues("bo", said(1, "an", Kind.question, 0.9))["asked_lately"] == 0.9


def test_who_asked_is_known_when_they_go_on() -> None:
    found = cues("an", said(2, "an", Kind.other, 1.0), said(1, "an", Kind.question), said(0, "bo", Kind.answer))
    assert found["i_ask"] == 0.7
    assert found["goes_on"] == 2 / 4
    assert found["they_help"] == 0.7
    assert found["other_answer"] == 0.7


def test_who_is_named_counts_by_what_they_said() -> None:
    line = (said(2, "cees", Kind.other), said(1, "an", Kind.question))
    assert cues("bo", *line, mentions=("an",))["named_question"] == 0.7
    assert cues("bo", *line, mentions=("dirk",))["named_elsewhere"] == 1.0


def test_what_is_reacted_to_counts_by_its_chance() -> None:
    asked = said(1, "an", Kind.question, 1.0)
    found = cues("bo", asked, reacts=Parents(((asked, 0.5),), 0.5))
    assert (found["to_theirs_question"], found["to_asker"], found["starts"]) == (0.5, 0.5, 0.5)


def test_what_a_person_says_a_message_is_goes_before_its_chances() -> None:
    one = Utterance(id="1", author="an", text="zo werkt het", at=0.0)
    talk = Conversation()
    read = reading(one, Kind.other, 0.8, tuple(0.8 if kind is Kind.other else 0.2 / 6 for kind in KINDS))
    talk.add(one, read)
    assert talk.recent[0].chances == read.chances
    talk.add(one, reading(one, Kind.answer, 1.0, read.chances))
    assert talk.recent[0].chances == tuple(float(kind is Kind.answer) for kind in KINDS)
