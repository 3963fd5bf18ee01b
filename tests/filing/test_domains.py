"""Suggestions for domains, from what is unfiled."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import DomainKey
from bot.practice.domains import Unfiled, suggest_domains
from bot.practice.filing import DomainView
from tests.filing.village import ref, vector, vectors

SUBJECTS = {
    "nl": ("tomaten", "tuin", ["snoeien", "zaaien", "mest", "kas", "slakken", "oogst"]),
    "en": ("printer", "toner", ["jam", "driver", "tray", "queue", "paper", "scan"]),
}


def items() -> list[Unfiled]:
    texts = []
    for lang, (first, second, rest) in SUBJECTS.items():
        for number in range(12):
            word = rest[number % len(rest)]
            texts.append((lang, f"{first} {word} {second} {'hoe moet dat' if lang == 'nl' else 'how does that work'}"))
    rows = vectors([text for _, text in texts])
    return [
        Unfiled(ref=ref(number), text=text, lang=lang, vector=row)
        for number, ((lang, text), row) in enumerate(zip(texts, rows, strict=True))
    ]


def test_each_subject_becomes_a_suggestion_with_its_words() -> None:
    found = suggest_domains(items(), [])
    by_lang = {one.lang: one for one in found}
    assert set(by_lang) == {"nl", "en"}
    assert {"tomaten", "tuin"} & set(" ".join(by_lang["nl"].keywords).split())
    assert {"printer", "toner"} & set(" ".join(by_lang["en"].keywords).split())
    assert " en " in by_lang["nl"].name
    assert " and " in by_lang["en"].name


def test_names_hold_no_stop_words_and_examples_are_members() -> None:
    everything = {item.ref: item for item in items()}
    for one in suggest_domains(items(), []):
        assert not {"hoe", "moet", "dat", "how", "does", "that", "work"} & set(" ".join(one.keywords).split())
        assert {everything[example].lang for example in one.examples} == {one.lang}
        assert len(one.examples) == 3


def test_what_exists_already_is_not_suggested() -> None:
    views = [DomainView(key=DomainKey("t"), name="Tomaten en tuin", description="", vector=vector("tomaten tuin"))]
    assert {one.lang for one in suggest_domains(items(), views)} == {"en"}


def test_a_handful_suggests_nothing() -> None:
    assert suggest_domains(items()[:5], []) == []
    assert suggest_domains([], []) == []
    assert suggest_domains(items(), [], k_max=0) == []


def test_largest_first_and_never_too_many() -> None:
    found = suggest_domains([*items(), *items()[:6]], [], k_max=1)
    assert len(found) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="abcdef ", max_size=40), max_size=60), st.integers(0, 5))
def test_any_texts_give_disjoint_groups_the_same_each_time(texts: list[str], k_max: int) -> None:
    rows = vectors(texts) if texts else []
    given_items = [
        Unfiled(ref=ref(n), text=t, lang=None, vector=r) for n, (t, r) in enumerate(zip(texts, rows, strict=True))
    ]
    found = suggest_domains(given_items, [], k_max=k_max)
    assert found == suggest_domains(given_items, [], k_max=k_max, rng=np.random.default_rng(0))
    assert len(found) <= k_max
    assert sum(one.size for one in found) <= len(texts)
