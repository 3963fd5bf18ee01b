"""The E-I index and its baseline of shuffled groups."""

from itertools import permutations
from statistics import mean

import numpy as np
import pytest

from bot.reports.bridging import bridging, ei, ties
from bot.reports.material import Post
from tests.reports.moments import at

# Six people, two groups of three:  a b c | x y z
# Ties: a–b, b–c (inside), c–x, a–y (across), x–y (inside) → E = 2, I = 3, E-I = -1/5.
GROUPS = dict.fromkeys("abc", "red") | dict.fromkeys("xyz", "blue")
TIES = [("a", "b"), ("b", "c"), ("c", "x"), ("a", "y"), ("x", "y"), ("z", "y")][:5]


def reply(person: str, to: str) -> Post:
    return Post(person=person, at=at(1), reply_to=to)


def test_ties_are_pairs_once_without_self_and_without_strangers() -> None:
    posts = [
        reply("b", "a"), reply("a", "b"), reply("b", "a"), reply("a", "a"), reply("x", "c"),
        reply("nobody", "a"), Post(person="a", at=at(1)),
    ]  # fmt: skip
    assert ties(posts, GROUPS) == {("a", "b"), ("c", "x")}


def test_ei_of_the_example() -> None:
    assert ei(2, 3) == pytest.approx(-0.2)
    assert (ei(0, 4), ei(4, 0)) == (-1, 1)


def test_bridging_is_ei_minus_what_chance_would_give() -> None:
    # The five people with ties are a b c (red) and x y (blue). Over all 5!/(3!2!) = 10 ways to deal two blues
    # among five people a tie crosses in 2·(3·2)/(5·4) = 6 of 10: mean E = 5·0.6 = 3, E-I = (3 - 2)/5 = 0.2.
    # So the index is -0.2 - 0.2 = -0.4.
    pairs = frozenset(TIES)
    exact = mean(
        ei(e := sum(labels["abcxy".index(p)] != labels["abcxy".index(q)] for p, q in pairs), 5 - e)
        for labels in set(permutations("rrrbb"))
    )
    assert exact == pytest.approx(0.2)
    found = bridging(pairs, GROUPS, np.random.default_rng(7))
    assert found is not None
    assert found.raw == pytest.approx(-0.2)
    assert found.baseline == pytest.approx(0.2, abs=0.08)
    assert found.index == found.raw - found.baseline


def test_the_same_seed_gives_the_same_figure() -> None:
    first, second = (bridging(frozenset(TIES), GROUPS, np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_ties_dealt_at_random_score_about_nothing() -> None:
    rng = np.random.default_rng(11)
    groups = {str(n): f"g{n % 4}" for n in range(80)}
    pairs = frozenset((str(a), str(b)) for a, b in rng.integers(0, 80, (600, 2)) if a != b)
    found = bridging(pairs, groups, rng)
    assert found is not None
    assert abs(found.index) < 0.1


def test_fewer_than_five_tied_people_are_not_reported() -> None:
    assert bridging(frozenset([("a", "b"), ("c", "x")]), GROUPS, np.random.default_rng(1)) is None
