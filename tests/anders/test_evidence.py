"""Who knows about it: relevance from evidence."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.anders.evidence import Evidence, EvidenceIndex, Relevance
from bot.anders.settings import AnderSettings
from bot.anders.words import Words, letter_runs
from bot.events import ChannelId, MessageId, PersonId
from bot.model import DomainKey, EvidenceKind, Ref, Vector

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SETTINGS = AnderSettings()


def unit(*values: float) -> Vector:
    made = np.array(values, dtype=np.float32)
    return made / np.linalg.norm(made)


VECTORS = np.stack([unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1), unit(1, 1, 0)])
QUESTION = unit(1, 0, 0)


def ref(name: str) -> Ref:
    return Ref(ChannelId("t:c"), MessageId(name))


def said(person: str, row: int | None, *, days: float = 1, text: str = "", **more: object) -> Evidence:
    values: dict[str, object] = {
        "person": PersonId(person),
        "kind": EvidenceKind.ANSWER,
        "at": NOW - timedelta(days=days),
        "item": ref(f"{person}-{row}-{days}"),
        "own": row,
        "text": text,
    }
    return Evidence(**(values | more))  # type: ignore[arg-type] # a test's shorthand


def ask(
    *evidence: Evidence, vector: Vector = QUESTION, text: str = "", domain: str | None = None, **more: object
) -> dict[str, Relevance]:
    index = EvidenceIndex(evidence, VECTORS)
    matches = index.match(
        vector=vector,
        text=text,
        domain=DomainKey(domain) if domain else None,
        before=NOW,
        settings=SETTINGS,
        **more,  # type: ignore[arg-type] # a test's shorthand
    )
    return {r.person: r for r in index.relevance(matches, SETTINGS)}


def test_who_wrote_about_it_is_found_and_nobody_else() -> None:
    found = ask(said("eva", 0), said("jan", 1))
    assert list(found) == ["eva"]
    assert found["eva"].touch > 0.99


def test_the_answered_question_counts_as_much_as_the_answer() -> None:
    found = ask(said("eva", 1, about=0))
    assert found["eva"].touch > 0.99


def test_evidence_from_the_moment_of_the_question_or_later_does_not_count() -> None:
    assert not ask(said("eva", 0, days=0), said("jan", 0, days=-1))


def test_half_a_half_life_and_a_whole_one() -> None:
    old = ask(said("eva", 0, days=SETTINGS.half_life_days))["eva"]
    new = ask(said("eva", 0, days=0.0001))["eva"]
    assert old.score == pytest.approx(new.score / 2, rel=1e-3)
    assert old.touch == pytest.approx(new.touch)


def test_two_answers_weigh_more_than_one_but_never_all() -> None:
    one, two = ask(said("eva", 0)), ask(said("eva", 0), said("eva", 0, days=2))
    assert one["eva"].score < two["eva"].score < 1


def test_a_heap_of_poor_matches_does_not_make_a_good_one() -> None:
    heap = [said("jan", 1, days=n, text="over iets anders") for n in range(1, 200)]
    found = ask(said("eva", 0), *heap)
    assert "jan" not in found


def test_each_further_match_counts_for_less() -> None:
    plain, faded = AnderSettings(fade=1.0), SETTINGS
    rows = [said("eva", 3, days=day) for day in (1, 2, 3)]
    index = EvidenceIndex(rows, VECTORS)
    found = [
        index.relevance(index.match(vector=QUESTION, text="", domain=None, before=NOW, settings=one), one)[0].score
        for one in (plain, faded)
    ]
    assert found[0] > found[1]
    assert ask(rows[0])["eva"].score < found[1]


def test_among_many_a_chance_match_has_to_be_nearer() -> None:
    near = said("eva", 3)
    crowd = [said("bob", 1, days=2 + n) for n in range(2_000)]
    alone, among = (
        EvidenceIndex(rows, VECTORS).match(vector=QUESTION, text="", domain=None, before=NOW, settings=SETTINGS)
        for rows in ([near], [near, *crowd])
    )
    assert among.match[-1] < alone.match[-1]


def test_words_decide_where_vectors_know_nothing() -> None:
    found = ask(
        said("eva", 1, text="zet PROXY_E4711 op false"),
        said("jan", 1, text="zet de kopjes terug"),
        vector=unit(0, 0, 1),
        text="wat is PROXY_E4711",
    )
    assert list(found) == ["eva"]


def test_an_offer_counts_for_its_domain_only() -> None:
    offer = said("eva", None, kind=EvidenceKind.OFFER, item=None, domain="privacy")
    assert ask(offer, domain="privacy")["eva"].touch == pytest.approx(SETTINGS.offer)
    assert not ask(offer, domain="taal")
    assert not ask(offer)


def test_the_best_evidence_comes_first_and_each_item_once() -> None:
    best, fair = said("eva", 0, days=2), said("eva", 3, days=1)
    helped = said("eva", 0, days=1, kind=EvidenceKind.HELPFUL, item=best.item)
    found = ask(fair, best, helped)["eva"]
    assert [e.item for e in found.evidence] == [best.item, fair.item]


def test_barred_evidence_speaks_for_that_person_only() -> None:
    eva, jan = said("eva", 0), said("jan", 0, item=said("eva", 0).item)
    assert list(ask(eva, jan, barred={("eva", eva.item)})) == ["jan"]


_people = st.sampled_from(["eva", "jan", "piet"])
_texts = st.text("abc de", max_size=12)
_rows = st.lists(st.tuples(_people, st.integers(0, 3), st.integers(1, 400), _texts, st.booleans()), max_size=15)


@given(_rows, _texts)
def test_hidden_evidence_leaves_no_trace(rows: list[tuple[str, int, int, str, bool]], question: str) -> None:
    """The same answer, to the last digit, whether what may not be shown exists or not."""
    made = [
        (said(person, row, days=days, text=text, item=ref(str(n))), hidden)
        for n, (person, row, days, text, hidden) in enumerate(rows)
    ]
    secret = {e.item for e, hidden in made if hidden}
    with_hidden = ask(*(e for e, _ in made), text=question, may_show=lambda item: item not in secret)
    without = ask(*(e for e, hidden in made if not hidden), text=question)
    assert with_hidden == without


@given(_rows)
def test_scores_stay_between_0_and_1(rows: list[tuple[str, int, int, str, bool]]) -> None:
    found = ask(*(said(p, row, days=days, text=text) for p, row, days, text, _ in rows), text="abc de")
    assert all(0 <= r.score <= 1 and 0 <= r.touch <= 1 for r in found.values())
    assert list(found) == sorted(found, key=lambda p: (-found[p].score, p))


def test_no_evidence_at_all_is_no_error() -> None:
    index = EvidenceIndex([], np.zeros((0, 3), dtype=np.float32))
    matches = index.match(vector=QUESTION, text="wie?", domain=None, before=NOW, settings=SETTINGS)
    assert index.relevance(matches, SETTINGS) == []


def test_bytes_instead_of_floats_change_a_cosine_by_less_than_a_hundredth() -> None:
    rng = np.random.default_rng(7)
    vectors: NDArray[np.float32] = rng.normal(size=(300, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = EvidenceIndex([said("eva", n, item=ref(str(n))) for n in range(300)], vectors)
    assert np.abs(index._cosines(vectors[0]) - np.maximum(vectors @ vectors[0], 0)).max() < 0.01


def test_compounds_and_inflections_share_letter_runs() -> None:
    share = len(np.intersect1d(letter_runs("de sms-herinneringen"), letter_runs("herinnering per sms")))
    assert share >= 7
    assert not len(np.intersect1d(letter_runs("tillift"), letter_runs("paspoort")))


def test_a_text_overlaps_wholly_with_itself_and_not_with_nothing() -> None:
    words = Words(["de drempel is vijf", "", "heel iets anders"])
    overlap = words.overlap("de drempel is vijf", np.ones(3, dtype=bool))
    assert overlap[0] == pytest.approx(1.0)
    assert overlap[1] == overlap[2] == 0.0
    assert not words.overlap("", np.ones(3, dtype=bool)).any()


def test_a_long_text_gains_nothing_by_its_length() -> None:
    long = "de drempel is vijf " + " ".join(f"woord{n}" for n in range(60))
    first, second = Words(["de drempel is vijf", long]).overlap("drempel vijf", np.ones(2, dtype=bool))
    assert first > 2 * second
