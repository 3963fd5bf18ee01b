"""One sentence why, in both languages, and only what the reader may see."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.anders.choose import Parts, Ranked
from bot.anders.evidence import Evidence
from bot.anders.explain import Described, explain, short, telling
from bot.events import ChannelId, MessageId, PersonId
from bot.model import DomainKey, EvidenceKind, Ref

MAY = datetime(2026, 5, 12, tzinfo=UTC)
FIRST, SECOND = (Ref(ChannelId("t:zorg"), MessageId(n)) for n in "12")
ITEMS = {
    FIRST: Described(about="Drempel bij kleine aantallen\nmeer", channel="zorg", at=MAY),
    SECOND: Described(about="rapport", channel="cijfers", at=MAY),
}


def because(*kinds: EvidenceKind) -> Ranked:
    why = tuple(
        Evidence(
            person=PersonId("eva"),
            kind=kind,
            at=MAY,
            item=None if kind is EvidenceKind.OFFER else ref,
            domain=DomainKey("privacy"),
        )
        for kind, ref in zip(kinds, ITEMS, strict=False)
    )
    parts = Parts(relevance=1, distance=1, outcome=1, load=1, freshness=1, exploration=1)
    return Ranked(person=PersonId("eva"), score=1.0, parts=parts, why=why, moment=MAY)


@pytest.mark.parametrize(
    ("kind", "lang", "name", "sentence"),
    [
        (EvidenceKind.ANSWER, "en", None, "You explained “Drempel bij kleine aantallen” in #zorg in May."),
        (EvidenceKind.ANSWER, "nl", None, "Je legde in mei in #zorg “Drempel bij kleine aantallen” uit."),
        (EvidenceKind.KNOW_HOW, "nl", "Eva", "Eva deelde in mei in #zorg “Drempel bij kleine aantallen”."),
        (EvidenceKind.KNOW_HOW, "en", None, "You shared “Drempel bij kleine aantallen” in #zorg in May."),
        (
            EvidenceKind.HELPFUL,
            "en",
            "Eva",
            "Eva helped somebody with “Drempel bij kleine aantallen” in #zorg in May.",
        ),
        (EvidenceKind.OFFER, "nl", "Eva", "Eva bood aan om te helpen met privacy."),
        (EvidenceKind.OFFER, "en", None, "You offered to help with privacy."),
    ],
)
def test_a_sentence_for_each_kind(kind: EvidenceKind, lang: str, name: str | None, sentence: str) -> None:
    assert explain(because(kind), lang, ITEMS.get, name=name) == sentence


def test_every_kind_has_both_forms_in_both_languages() -> None:
    for kind in EvidenceKind:
        spoken = {explain(because(kind), lang, ITEMS.get, name=n) for lang in ("nl", "en") for n in (None, "Eva")}
        assert len(spoken) == 4


def test_what_the_reader_may_not_see_is_skipped_and_else_nothing_is_said() -> None:
    both = because(EvidenceKind.ANSWER, EvidenceKind.ANSWER)
    visible = {SECOND: ITEMS[SECOND]}
    assert explain(both, "en", visible.get) == "You explained “rapport” in #cijfers in May."
    assert explain(both, "en", dict[Ref, Described]().get) == ""


@pytest.mark.parametrize(
    ("about", "answered", "question", "line"),
    [
        (
            "Hoi allemaal,\nzet de drempel op vijf.\nTot morgen!",
            "",
            "Welke drempel kies je?",
            "zet de drempel op vijf.",
        ),
        (
            "Hoi!\nVijf is bij ons gebruikelijk.",
            "",
            "Wat doen jullie met kleine groepen?",
            "Vijf is bij ons gebruikelijk.",
        ),
        (
            "Bij ons altijd vijf of meer.",
            "Welke drempel geldt er?",
            "Hoe hoog is de drempel?",
            "Welke drempel geldt er?",
        ),
        ("ok", "", "Hoe hoog is de drempel?", "ok"),
        ("", "", "", ""),
    ],
)
def test_quotes_the_telling_line(about: str, answered: str, question: str, line: str) -> None:
    assert telling(Described(about=about, channel="c", at=MAY, answered=answered), question) == line


@given(st.text(), st.text(), st.text())
def test_any_text_has_a_line_of_its_own(about: str, answered: str, question: str) -> None:
    line = telling(Described(about=about, channel="c", at=MAY, answered=answered), question)
    assert line in about or line in answered


def test_a_month_of_long_ago_gets_its_year() -> None:
    later = datetime(2027, 5, 12, tzinfo=UTC)
    sentence = explain(because(EvidenceKind.ANSWER), "nl", ITEMS.get, now=later)
    assert "in mei 2026" in sentence


def test_a_person_may_be_called_anything() -> None:
    braces = {FIRST: Described(about="{name} {0} %s", channel="c", at=MAY)}
    assert "{name} {0} %s" in explain(because(EvidenceKind.ANSWER), "en", braces.get, name="{x}")


def test_a_long_text_is_cut_at_a_word() -> None:
    text = "woord " * 40
    assert short(text).endswith("woord…")
    assert len(short(text)) <= 81
    assert short("a" * 200) == "a" * 80 + "…"
