"""What a person gets to see of the practice, and what they must not notice."""

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import permission
from bot.errors import InputError
from bot.events import ChannelId, ChannelKind, PersonId, WorkspaceId
from bot.model import Candidate, Channel, Person, Ref, Status
from bot.ports import SearchPlane, Store, Transaction
from bot.practice import fusion
from bot.practice.grams import alikeness
from bot.practice.identifiers import identifiers, is_identifier
from bot.practice.search import Query, Remembering, Results, as_row, parse_query, search
from bot.practice.suggest import Asked, Earlier, alike, suggest, threshold
from storage.search import Plane, open_plane
from tests.search.record import AT, DIM, MODEL, Letters, Record, letters, ref

EVA, GUEST = PersonId("t:eva"), PersonId("t:guest")
NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
HOME = WorkspaceId("t")


@pytest.fixture
def record() -> Record:
    made = Record()
    for id, kind in (("open", ChannelKind.PUBLIC), ("closed", ChannelKind.PRIVATE)):
        made.places[ChannelId(id)] = Channel(id=ChannelId(id), workspace=HOME, name=f"#{id}-room", kind=kind)
    made.persons[EVA] = Person(id=EVA, workspace=HOME, name="Eva")
    made.persons[GUEST] = Person(id=GUEST, workspace=HOME, name="Gast", guest=True)
    made.put(ref("open", "1"), "De printer op de gang doet niets", "zet hem uit en weer aan")
    made.put(ref("open", "2"), "Hoe vraag ik verlof aan?")
    made.put(ref("closed", "3"), "De printer van de directie doet niets", "bel de leverancier")
    for number in range(9):
        made.put(ref("open", f"f{number}"), f"fiets {number} staat in de weg")
    return made


@pytest.fixture
async def plane(record: Record, tmp_path: Path) -> AsyncIterator[Plane]:
    made = await open_plane(cast(Store, record), tmp_path / "index", MODEL, DIM)
    yield made
    await made.close()


async def look(record: Record, plane: Plane, text: str, person: PersonId = EVA, **more: object) -> Results:
    query = replace(Query(text=text, person=person), **more)  # type: ignore[arg-type]  # names are checked by replace
    return await search(cast(Transaction, record), plane, Letters(), permission, query)


def refs(results: Results) -> list[Ref]:
    return [hit.thread.item.ref for hit in results.hits]


def touch(record: Record, where: Ref, **more: object) -> None:
    thread = record.rows[where]
    record.rows[where] = replace(thread, item=replace(thread.item, **more))  # type: ignore[arg-type]  # as above


async def test_finds_what_the_person_may_read(record: Record, plane: Plane) -> None:
    results = await look(record, plane, "printer doet niets")
    assert refs(results)[0] == ref("open", "1")
    assert ref("closed", "3") not in refs(results)
    assert all(0 <= hit.score <= 1 for hit in results.hits)
    assert [hit.score for hit in results.hits] == sorted((hit.score for hit in results.hits), reverse=True)
    record.joined[EVA] = frozenset([ChannelId("closed")])
    assert ref("closed", "3") in refs(await look(record, plane, "printer doet niets"))


@pytest.mark.parametrize("person", [GUEST, PersonId("t:unknown")])
async def test_finds_nothing_for_who_may_read_nothing(record: Record, plane: Plane, person: PersonId) -> None:
    assert await look(record, plane, "printer", person) == Results()


async def test_hidden_items_leave_no_trace(record: Record, plane: Plane) -> None:
    texts = ["printer", "leverancier directie", "levrancier", "fiets", "verlof"]
    before = [await look(record, plane, text) for text in texts]
    for number in range(30):
        record.put(ref("closed", f"x{number}"), f"levrancier printer fiets verlof {number}", "leverancier")
    await plane.catch_up()
    assert [await look(record, plane, text) for text in texts] == before


async def test_permission_is_asked_again_for_what_the_index_finds(record: Record, plane: Plane) -> None:
    """The index is wrong: it finds what is gone, and what lies where Eva may not look."""

    class Careless:
        """Looks everywhere, whoever asks."""

        async def find(self, *, channels: Collection[ChannelId], **asked: Any) -> list[Candidate]:
            return await plane.find(channels=None, **asked)

    del record.rows[ref("open", "1")]
    query = Query(text="printer doet niets", person=EVA)
    found = await plane.find(text=query.text, vector=letters(query.text), channels=None)
    assert {ref("open", "1"), ref("closed", "3")} <= {candidate.ref for candidate in found}
    careless = cast(SearchPlane, Careless())
    results = await search(cast(Transaction, record), careless, Letters(), permission, query)
    assert results.hits
    assert not {ref("open", "1"), ref("closed", "3")} & set(refs(results))
    record.joined[EVA] = frozenset(record.places)
    narrowed = replace(query, channel="open-room")
    assert ref("closed", "3") in refs(await search(cast(Transaction, record), careless, Letters(), permission, query))
    results = await search(cast(Transaction, record), careless, Letters(), permission, narrowed)
    assert {where.channel for where in refs(results)} == {"open"}


async def test_an_answer_from_elsewhere_stays_there(record: Record, plane: Plane) -> None:
    where = ref("open", "2")
    carried = record.rows[ref("closed", "3")].answers
    record.rows[where] = replace(record.rows[where], answers=carried)
    record.put(where, "Hoe vraag ik verlof aan?")
    record.rows[where] = replace(record.rows[where], answers=carried)
    await plane.catch_up()
    (hit,) = [h for h in (await look(record, plane, "verlof vragen")).hits if h.thread.item.ref == where]
    assert hit.thread.answers == ()
    assert "words" not in next(
        (h.why for h in (await look(record, plane, "leverancier")).hits if h.thread.item.ref == where), ()
    )


async def test_pages_follow_each_other(record: Record, plane: Plane) -> None:
    first = await look(record, plane, "fiets", limit=4)
    second = await look(record, plane, "fiets", limit=4, offset=4)
    third = await look(record, plane, "fiets", limit=4, offset=8)
    assert (first.more, second.more, third.more) == (True, True, False)
    everything = refs(await look(record, plane, "fiets", limit=50))
    assert refs(first) + refs(second) + refs(third) == everything


async def test_narrows_down(record: Record, plane: Plane) -> None:
    touch(record, ref("open", "f1"), status=Status.ANSWERED)
    touch(record, ref("open", "f2"), at=AT + timedelta(days=30))
    assert ref("open", "f1") not in refs(await look(record, plane, "fiets", open=True, limit=50))
    assert refs(await look(record, plane, "fiets", since=AT + timedelta(days=1))) == [ref("open", "f2")]
    assert refs(await look(record, plane, "fiets", channel="OPEN-room")) != []
    assert refs(await look(record, plane, "printer", channel="closed-room")) == []
    assert refs(await look(record, plane, "printer", channel="no such room")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pdf maken", Query(text="pdf maken", person=EVA)),
        ("pdf in:#Balie domein:avg open", Query(text="pdf", person=EVA, channel="Balie", domain="avg", open=True)),
        ('domain:"a b" sinds:2w x', Query(text="x", person=EVA, domain="a b", since=NOW - timedelta(days=14))),
        ("x since:2026-03-01", Query(text="x", person=EVA, since=datetime(2026, 3, 1, tzinfo=UTC))),
        ("how to open a file", Query(text="how to open a file", person=EVA)),
        ("kanaal:x", Query(text="", person=EVA, channel="x")),
        ("begin:x main:y", Query(text="begin:x main:y", person=EVA)),
    ],
)
def test_reads_a_query(text: str, expected: Query) -> None:
    assert parse_query(text, EVA, NOW) == expected


def test_says_what_is_wrong_with_a_time() -> None:
    with pytest.raises(InputError, match="since:30d"):
        parse_query("x since:gisteren", EVA, NOW)


@given(st.text())
def test_reads_any_query(text: str) -> None:
    try:
        assert parse_query(text, EVA, NOW).person == EVA
    except InputError:
        assert ":" in text


async def test_a_row_for_other_programs(record: Record, plane: Plane) -> None:
    hit = (await look(record, plane, "printer")).hits[0]
    row = as_row(hit, None)
    assert set(row) == {"id", "kind", "question", "answer", "domain", "channel", "author", "ts", "score", "link"}
    assert (row["id"], row["kind"], row["answer"]) == ("open/1", "question", "zet hem uit en weer aan")


async def test_remembers_the_last_queries() -> None:
    inner = Letters()
    outer = Remembering(inner, size=2)
    for text in ("a", "a", "b", "c", "c", "a"):
        assert (await outer.embed([text]))[0] == pytest.approx(letters(text))
    assert inner.asked == ["a", "b", "c", "a"]


async def ask(record: Record, plane: Plane, text: str, at: datetime = NOW) -> Earlier | None:
    asked = Asked(text=text, vector=letters(text), person=EVA, at=at)
    return await suggest(cast(Transaction, record), plane, permission, asked)


@pytest.fixture
def loose(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that lets everything through, to see what stands before it."""
    monkeypatch.setattr("bot.practice.suggest.threshold", lambda: 0.0)


@pytest.mark.usefixtures("loose")
async def test_suggests_only_what_is_answered_earlier_and_readable(record: Record, plane: Plane) -> None:
    text = "De printer van de directie doet niets"
    assert await ask(record, plane, text) is None
    touch(record, ref("open", "1"), status=Status.ANSWERED)
    touch(record, ref("closed", "3"), status=Status.ANSWERED)
    found = await ask(record, plane, text)
    assert found is not None
    assert found.thread.item.ref == ref("open", "1")
    assert await ask(record, plane, text, AT) is None


async def test_the_gate_keeps_quiet_about_another_question(record: Record, plane: Plane) -> None:
    touch(record, ref("open", "1"), status=Status.ANSWERED)
    assert await ask(record, plane, "Wie gaat er mee naar de markt?") is None
    assert 0.3 < threshold() <= 1


@given(st.text(), st.text())
def test_alikeness_is_a_share(one: str, other: str) -> None:
    assert 0 <= alike(one, other) <= 1 + 1e-9
    assert alike(one, other) == pytest.approx(alike(other, one))


values = st.one_of(st.none(), st.floats(-1, 1))
found = st.builds(Candidate, ref=st.just(ref("c", "1")), words=st.floats(0, 1), own=values, thread=values)


@given(st.text(), st.lists(st.tuples(found, st.text())))
def test_any_candidates_get_a_score(text: str, known: list[tuple[Candidate, str]]) -> None:
    rows = fusion.features(text, [candidate for candidate, _ in known])
    closer = fusion.closer(text, rows, [said for _, said in known])
    scores = fusion.scores(closer)
    twice = fusion.second_scores(text, closer, np.linspace(-1, 1, len(known)))
    assert twice.shape == (len(known),)
    assert np.all((twice >= 0) & (twice <= 1))
    assert scores.shape == (len(known),)
    assert np.all((scores >= 0) & (scores <= 1))


@given(st.floats(0, 0.9), st.floats(0, 0.9))
def test_better_by_words_or_by_meaning_is_never_worse(words: float, cosine: float) -> None:
    def score(first: Candidate) -> float:
        others = [Candidate(ref=ref("c", "2"), words=0.1, own=0.2), Candidate(ref=ref("c", "3"), words=0.0, own=0.1)]
        rows = fusion.features("een vraag", [first, *others])
        return float(fusion.scores(fusion.closer("een vraag", rows, ["een antwoord"] * 3))[0])

    base = score(Candidate(ref=ref("c", "1"), words=words, own=cosine))
    assert score(Candidate(ref=ref("c", "1"), words=words + 0.1, own=cosine)) >= base


@given(st.text(), st.lists(st.text(), min_size=1))
def test_alikeness_by_letters_is_a_share(text: str, others: list[str]) -> None:
    found = alikeness(text, others)
    assert found.shape == (len(others),)
    assert np.all((found >= 0) & (found <= 1 + 1e-5))


@given(st.text(min_size=3), st.text())
def test_nothing_is_more_alike_than_the_text_itself(text: str, other: str) -> None:
    itself, another = alikeness(text, [text, other])
    assert itself >= another - 1e-5


def test_letters_see_through_compounds_and_misspelling() -> None:
    compound, misspelt, other = alikeness(
        "verlofaanvraag", ["een aanvraag voor verlof", "verlofaanvrag", "de fiets staat buiten"]
    )
    assert misspelt > compound > other


def test_a_text_in_another_language_is_excused_for_sharing_no_words() -> None:
    rows = np.zeros((2, len(fusion.FEATURES)))
    said = ["zij wachten op de bus", "they wait for the bus"]
    dutch, english = fusion.scores(fusion.closer("hoe maak ik dit", rows, said))
    assert english > dutch


def test_an_identifier_raises_the_words() -> None:
    def lead(text: str) -> float:
        by_words, by_meaning = (
            Candidate(ref=ref("c", "1"), words=0.4, own=0.1),
            Candidate(ref=ref("c", "2"), words=0.0, own=0.4),
        )
        scores = fusion.ranks(fusion.features(text, [by_words, by_meaning]))
        return float(scores[0] - scores[1])

    assert lead("melding err_4711") > lead("melding vergadering")


@pytest.mark.parametrize("word", ["0x80070057", "err_conn", "report.xlsx", "v1.2.3", "kb-5001", "getUser", "TLS1.3"])
def test_knows_an_identifier(word: str) -> None:
    assert is_identifier(word)
    assert identifiers(f"wat is {word}?") == [word.lower()]


@pytest.mark.parametrize("word", ["e-mail", "12:30", "2026-03-01", "3e", "i.p.v.", "en/of", "1,5", "hallo", "4x"])
def test_knows_what_is_no_identifier(word: str) -> None:
    assert identifiers(f"dat is {word} hoor") == []
