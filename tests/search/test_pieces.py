"""The parts of the index, each against the plain way of doing the same."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.events import ChannelId
from bot.model import ItemKind
from storage.search import codes as codes_file
from storage.search import items as items_file
from storage.search.choice import choose
from storage.search.codes import SHORTLIST, Codes, Near, nearest_of_all
from storage.search.columns import Mask, Numbers, Stretches
from storage.search.items import KIND_BITS, OWN, THREAD, Items, mark
from storage.search.terms import Terms, hashed, idf, query_weights
from storage.search.vectors import Vectors
from storage.search.words import Document, Words, one_slip
from tests.search.record import ref


def unit(rng: np.random.Generator, count: int, dim: int) -> NDArray[np.float32]:
    made = rng.standard_normal((count, dim)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))


class Masked:
    """What a mask allows, in channels of so many items."""

    def __init__(self, mask: Mask, width: int) -> None:
        self.mask, self.width = mask, width

    def size(self) -> int:
        """See `storage.search.codes.Allowed`."""
        return int(self.mask.sum())

    def stretches(self) -> Stretches:
        """See `storage.search.codes.Allowed`."""
        channels = np.unique(np.flatnonzero(self.mask) // self.width)
        return Stretches(channels * self.width, np.minimum((channels + 1) * self.width, len(self.mask)))

    def among(self, numbers: Numbers) -> Mask:
        """See `storage.search.codes.Allowed`."""
        return self.mask[numbers]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("having", [0.4, 1.0])
@pytest.mark.parametrize("width", [1, 90, 700])
@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("halved", [300, 200_000])
def test_nearest_are_those_nearest_by_hamming_distance(
    share: float, having: float, width: int, in_order: bool, halved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes_file, "_HALVED", halved)
    rng = np.random.default_rng(3)
    rows, query = unit(rng, 3000, 64), unit(rng, 1, 64)[0]
    there = np.flatnonzero(rng.random(3000) < having)
    codes = Codes(64)
    for number in (there if in_order else rng.permutation(there)).tolist():
        codes.put(number, rows[number])
    mask = np.isin(np.arange(3000), there) & (rng.random(3000) < share)
    far = np.where(mask, ((rows > 0) != (query > 0)).sum(axis=1), 999)
    found, bits = nearest_of_all([look() for look in codes.looks(query, Masked(mask, width))])
    assert (far[found] == bits).all()
    assert len(found) == min(SHORTLIST, mask.sum())
    assert mask[found].all()
    assert sorted(far[found]) == sorted(far)[: len(found)]


@given(st.sets(st.integers(0, 400), min_size=1), st.integers(1, 50))
def test_stretches_are_just_their_numbers(wanted: set[int], size: int) -> None:
    numbers = np.array(sorted(wanted))
    stretches, column = Stretches.covering(numbers), np.arange(300) * 2
    assert stretches.numbers().tolist() == numbers.tolist()
    assert stretches.size() == len(numbers)
    assert stretches.of(column).tolist() == [2 * number for number in sorted(wanted) if number < 300]
    places = np.arange(len(numbers))[::-1]
    assert stretches.at(places).tolist() == numbers[places].tolist()
    pieces = [piece.numbers().tolist() for piece in stretches.pieces(size)]
    assert [number for piece in pieces for number in piece] == numbers.tolist()
    assert all(len(piece) == size for piece in pieces[:-1])


@given(st.lists(st.dictionaries(st.integers(0, 900), st.integers(0, 64), max_size=500), min_size=1, max_size=3))
def test_each_item_stands_once_as_far_as_where_it_is_nearest(lists: list[dict[int, int]]) -> None:
    given = [Near(np.array([*one], np.int64), np.array([*one.values()], np.int32)) for one in map(by_distance, lists)]
    best = {number: min(one[number] for one in lists if number in one) for one in lists for number in one}
    found = nearest_of_all(given).numbers.tolist()
    assert len(found) == len(set(found)) == min(SHORTLIST, len(best))
    assert [best[number] for number in found] == sorted(best.values())[: len(found)]


def by_distance(one: dict[int, int]) -> dict[int, int]:
    return dict(sorted(one.items(), key=lambda pair: pair[1]))


def test_cosines_are_right_to_a_byte(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows, query = unit(rng, 20, 512), unit(rng, 1, 512)[0]
    vectors = Vectors(tmp_path / "v", 512)
    for number, row in enumerate(rows):
        vectors.put(number, OWN, row)
    found = vectors.cosines(query, np.arange(20), np.full(20, OWN, np.uint8))
    assert np.abs(found.own - rows @ query).max() < 0.003
    assert np.isnan(found.thread).all()


@pytest.mark.parametrize("follow", [False, True])
def test_each_cosine_is_that_of_its_own_item(tmp_path: Path, follow: bool) -> None:
    rng = np.random.default_rng(4)
    own, thread, query = unit(rng, 40, 64), unit(rng, 40, 64), unit(rng, 1, 64)[0]
    flags = rng.choice(np.array([0, OWN, THREAD, OWN | THREAD], np.uint8), 40)
    vectors = Vectors(tmp_path / "v", 64)
    for number, flag in enumerate(flags):
        if follow and number == 20:  # the second half is followed in memory
            vectors = Vectors(tmp_path / "v", 64, follow=True)
        for part, rows in ((OWN, own), (THREAD, thread)):
            if flag & part:
                vectors.put(number, part, rows[number])
    some = np.flatnonzero(rng.random(40) < 0.7)
    found = vectors.cosines(query, some, flags[some])
    for part, rows, cosines in ((OWN, own, found.own), (THREAD, thread, found.thread)):
        there = (flags[some] & part) > 0
        assert np.isnan(cosines[~there]).all()
        assert np.abs(cosines[there] - rows[some][there] @ query).max() < 0.01
    nothing = vectors.cosines(query, some[:0], flags[:0])
    assert len(nothing.own) == len(nothing.thread) == 0


def test_a_follower_writes_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = unit(rng, 2, 64)
    Vectors(tmp_path / "v", 64).put(0, OWN, rows[0])
    before = (tmp_path / "v").read_bytes()
    follower = Vectors(tmp_path / "v", 64, follow=True)
    follower.put(0, THREAD, rows[1])
    found = follower.cosines(rows[1], np.array([0]), np.array([OWN | THREAD], np.uint8))
    assert found.thread[0] == pytest.approx(1, abs=0.01)
    assert found.own[0] == pytest.approx(float(rows[0] @ rows[1]), abs=0.01)
    assert (tmp_path / "v").read_bytes() == before


def test_items_keep_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items_file, "_FRESH", 50)
    items = Items()
    refs = [ref(f"c{n % 7}", f"{n}é") for n in range(3000)]
    numbers = [items.put(where, ItemKind.QUESTION) for where in refs]
    assert [items.number(mark(where)) for where in refs] == numbers
    assert items.refs(numbers) == refs
    assert items.drop(refs[5]) == numbers[5]
    assert items.drop(refs[5]) is None
    assert items.put(refs[5], ItemKind.KNOW_HOW) == numbers[5]
    copy = Items()
    copy.load(items.columns())
    assert copy.refs(numbers) == refs
    assert copy.put(ref("new", "1"), ItemKind.QUESTION) == len(refs)
    chosen = choose(copy, [refs[0].channel], [ItemKind.QUESTION])
    assert chosen.size() == chosen.stretches().size() == sum(r.channel == refs[0].channel for r in refs)


WHERE = st.tuples(st.integers(0, 4), st.sampled_from(list(KIND_BITS)), st.sampled_from([0, OWN, THREAD, OWN | THREAD]))


@given(st.lists(WHERE, max_size=30), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 5)), st.booleans())
def test_a_choice_is_what_a_look_at_every_item_would_give(
    places: list[tuple[int, ItemKind, int]], gone: set[int], channels: set[int], again: bool
) -> None:
    items = Items()
    for number, (channel, kind, parts) in enumerate(places):
        items.mark_as(items.put(ref(f"c{channel}", str(number)), kind), KIND_BITS[kind] | parts)
    for number in gone & set(range(len(places))):
        items.drop(ref(f"c{places[number][0]}", str(number)))
    if again:
        saved, items = items.columns(), Items()
        items.load(saved)
    for kinds, parts in (([ItemKind.QUESTION], OWN), (None, THREAD)):
        chosen = choose(items, [ChannelId(f"c{c}") for c in channels], kinds).having(parts)
        plain = [
            number
            for number, (channel, kind, had) in enumerate(places)
            if number not in gone and channel in channels and kind in (kinds or KIND_BITS) and had & parts
        ]
        assert chosen.size() == len(plain)
        everything = np.arange(len(places))
        assert set(plain) <= set(chosen.stretches().of(everything).tolist())
        assert everything[chosen.among(everything)].tolist() == plain


def test_what_came_later_is_not_chosen() -> None:
    """A search that began before does not find it, nor fail."""
    items = Items()
    items.put(ref("c1", "1"), ItemKind.QUESTION)
    items.put(ref("c2", "2"), ItemKind.QUESTION)
    chosen = choose(items, [ChannelId("c1")], None)
    items.put(ref("c3", "3"), ItemKind.QUESTION)
    assert chosen.among(np.arange(3)).tolist() == [True, False, False]


def kind_of(number: int) -> ItemKind:
    """One question, two pieces of know-how, and so on."""
    return ItemKind.KNOW_HOW if number % 3 else ItemKind.QUESTION


def test_words_are_counted_in_the_scope_only(tmp_path: Path) -> None:
    words, items = Words(tmp_path / "w"), Items()
    for number in range(60):
        where, kind = ref(f"c{number % 5}", str(number)), kind_of(number)
        items.put(where, kind)
        said = {"fiets": 1, f"nr{number % 2}": 2, f"w{number}": 1}
        words.put(Document(mark(where), where.channel, kind, said))
    words.commit()
    for kinds, expected in (([ItemKind.QUESTION], 8), ([ItemKind.KNOW_HOW], 16), (None, 24)):
        chosen = choose(items, [ChannelId("c1"), ChannelId("c3")], kinds)
        scope = words.scope(*chosen.channels(), kinds, chosen.size())
        once = {
            f"w{number}": 1 for number in range(60) if number % 5 in (1, 3) and kind_of(number) in (kinds or KIND_BITS)
        }
        known = {f"w{number}": 0 for number in range(60)} | once
        known |= {"fiets": expected, "nr0": expected // 2, "nr1": expected // 2, "auto": 0}
        assert chosen.size() == expected
        assert words.found(known, scope) == known
    words.close()


def test_words_go_on_after_a_commit_that_was_killed_halfway(tmp_path: Path) -> None:
    """It left its files, but not yet the one that says they count; the same commit is then made again."""
    words = Words(tmp_path / "w")
    for number in range(5):
        words.put(_document(number))
    words.commit()
    words.close()
    before = (tmp_path / "w" / "meta.json").read_bytes()
    for after_the_kill in (False, True):
        words = Words(tmp_path / "w")
        words.drop(_document(1).mark)
        words.put(_document(9))
        words.commit()
        assert (words.count(), words.known("nr1"), words.known("nr9")) == (5, ["nr1"], ["nr9"]), after_the_kill
        words.close()
        (tmp_path / "w" / "meta.json").write_bytes(before)


def _document(number: int) -> Document:
    where = ref("c1", str(number))
    return Document(mark(where), where.channel, ItemKind.QUESTION, {f"nr{number}": 1})


def test_scores_are_the_cosine_of_the_textbook(tmp_path: Path) -> None:
    """Two items, one query of two words; worked out by hand."""
    terms = Terms(tmp_path / "t")
    terms.put(0, {"toner": 2, "op": 1})
    terms.put(1, {"op": 1})
    found = {"toner": 1, "op": 2}
    weights = query_weights({"toner": 1, "op": 1}, found, 2, boosts={})
    toner, op, rarest = math.log(1 + 1.5 / 1.5), math.log(1 + 0.5 / 2.5), math.log(1 + 2.5 / 0.5)
    length = math.sqrt(toner**2 + op**2)
    counts = 1 + math.log(2)
    first = (counts * toner**2 + op**2) / (length * rarest * math.sqrt(counts**2 + 1))
    assert terms.scores([0, 1], weights) == pytest.approx([first, op**2 / (length * rarest)], rel=1e-6)


counted = st.dictionaries(st.text(min_size=1, max_size=8), st.integers(1, 300), min_size=1, max_size=20)


@given(counted, counted, st.integers(20, 10**6))
def test_scores_by_words_lie_between_0_and_1(one: dict[str, int], other: dict[str, int], items: int) -> None:
    weights = query_weights(one, dict.fromkeys(one, 7), items, boosts={})
    length = math.sqrt(sum((1 + math.log(count)) ** 2 for count in other.values()))
    score = sum(weights.get(word, 0) * (1 + math.log(count)) for word, count in other.items()) / length
    assert 0 <= score <= 1 + 1e-9


def test_an_unknown_word_makes_the_rest_count_for_less() -> None:
    alone = query_weights({"a": 1}, {"a": 3}, 100, boosts={})
    half = query_weights({"a": 1, "b": 1}, {"a": 3}, 100, boosts={})
    assert half["a"] < alone["a"]
    assert idf(3, 100) > idf(30, 100) > idf(100, 100) >= 0


def test_hashes_do_not_change_between_processes() -> None:
    assert hashed("printer") == 151341268
    assert mark(ref("c", "1")) == 16043807756774892751


@given(st.text("abcd", max_size=6), st.text("abcd", max_size=6))
def test_one_slip_is_damerau_levenshtein_one(one: str, other: str) -> None:
    letters = "abcd"
    near = {one[:n] + one[n + 1 :] for n in range(len(one))}
    near |= {one[:n] + x + one[n + 1 :] for n in range(len(one)) for x in letters}
    near |= {one[:n] + x + one[n:] for n in range(len(one) + 1) for x in letters}
    near |= {one[:n] + one[n + 1] + one[n] + one[n + 2 :] for n in range(len(one) - 1)}
    assert one_slip(one, other) == (other in near - {one})
