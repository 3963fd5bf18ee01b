"""The training: its corpus is sound, and its fitting finds what is there."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.reading import Kind
from training.corpora import our_chat, our_sentences, streams
from training.examples import truth
from training.fit import Sparse, Task, best_cut, best_scale, chances_of, fit, fit_together
from training.kinds import Judged, lean_of


def test_the_corpus_is_sound() -> None:
    rows = our_chat()
    assert len(rows) >= 1200
    kinds = {row.utterance.id: row.kind for row in rows}
    assert len(kinds) == len(rows)
    assert set(kinds.values()) == set(Kind)
    for row in rows:
        assert all(kinds[question] is Kind.question for question in row.answers)
        assert row.utterance.thread is None or row.utterance.thread in kinds
    assert min(Counter(kinds.values()).values()) >= 30


def rows_of(features: NDArray[np.float32]) -> Sparse:
    """A dense array as sparse rows that hold every column."""
    count, width = features.shape
    return Sparse(np.arange(count + 1) * width, np.tile(np.arange(width), count), features.ravel(), width)


def task_of(features: NDArray[np.float32], kinds: NDArray[np.float32], flags: NDArray[np.float32]) -> Task:
    count, width = features.shape
    decay = np.full(width, 1e-4, np.float32)
    return Task(rows_of(features), np.zeros((count, 1), np.float32), kinds, flags, np.ones(count, np.float32), decay)


def test_sparse_rows_multiply_as_dense_ones_do() -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(size=(20, 5)).astype(np.float32)
    weights, error = (chance.normal(size=shape).astype(np.float32) for shape in ((5, 3), (7, 3)))
    some = rows_of(features).pick(np.arange(3, 10))
    np.testing.assert_allclose(some.times(weights), features[3:10] @ weights, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(some.slope(error), features[3:10].T @ error, rtol=1e-4, atol=1e-5)


def test_fitting_finds_the_feature_that_tells() -> None:
    chance = np.random.default_rng(1)
    features = chance.normal(size=(300, 4)).astype(np.float32)
    right = (features[:, 2] > 0).astype(int)
    task = task_of(features, np.eye(2, dtype=np.float32)[right], right[:, None].astype(np.float32))
    network = fit(task, epochs=150, rate=0.05)
    scores = network.scores(task.features, task.inputs)
    assert (scores[:, :2].argmax(1) == right).mean() > 0.97
    assert ((scores[:, 2] > 0) == right).mean() > 0.97
    assert abs(network.table[2]).min() > abs(network.table[[0, 1, 3]]).max()


def test_the_hidden_layer_learns_what_no_sum_can_say() -> None:
    chance = np.random.default_rng(3)
    inputs = chance.choice([-1.0, 1.0], size=(400, 2)).astype(np.float32)
    right = (inputs[:, 0] * inputs[:, 1] > 0).astype(int)
    task = replace(
        task_of(
            np.ones((400, 1), np.float32), np.eye(2, dtype=np.float32)[right], np.full((400, 1), np.nan, np.float32)
        ),
        inputs=inputs,
    )
    together = fit_together(task, 2, epochs=150)
    scores = together.scores(task.features, inputs)[:, :2]
    assert (scores.argmax(1) == right).mean() > 0.97
    alone = [fit(task, seed=seed, epochs=150).scores(task.features, inputs)[:, :2] for seed in (0, 1)]
    np.testing.assert_allclose(scores, (alone[0] + alone[1]) / 2, rtol=1e-3, atol=1e-3)


def test_a_label_of_several_kinds_rules_out_the_others() -> None:
    features = np.repeat(np.eye(2, dtype=np.float32), 50, axis=0)
    allowed = np.repeat(np.array([[1, 1, 0], [0, 0, 1]], np.float32), 50, axis=0)
    task = task_of(features, allowed, np.full((100, 1), np.nan, np.float32))
    guess = fit(task, epochs=150).scores(task.features, task.inputs)[:, :3].argmax(1)
    assert set(guess[:50]) <= {0, 1}
    assert set(guess[50:]) == {2}


def test_a_label_in_doubt_is_learned_as_doubt() -> None:
    features = np.ones((100, 1), np.float32)
    doubt = np.repeat(np.array([[0.65, 0.35, 0.0]], np.float32), 100, axis=0)
    task = task_of(features, doubt, np.full((100, 1), np.nan, np.float32))
    guess = chances_of(fit(task, epochs=150, rate=0.05).scores(task.features, task.inputs)[:, :3])
    np.testing.assert_allclose(guess[0], doubt[0], atol=0.05)


def test_who_was_in_doubt_found_one_kind_likelier() -> None:
    row = replace(our_sentences()[0], kinds=frozenset({Kind.question, Kind.other}), likely=Kind.question)
    chances = dict(zip(Kind, truth(row), strict=True))
    assert chances[Kind.question] > chances[Kind.other] > 0
    assert sum(chances.values()) == pytest.approx(1)
    assert chances[Kind.answer] == 0


def test_seldom_kinds_get_to_lean_where_that_pays() -> None:
    kinds = np.array([6] * 90 + [4] * 10)
    scores = np.zeros((100, 9), np.float32)
    scores[:, 6], scores[90:, 4] = 1.0, 0.6
    none = np.zeros(100, bool)
    judged = Judged(scores, kinds, none, none, np.array(["nl"] * 100))
    lean = lean_of(judged, np.ones(9, np.float32))
    assert lean[4] > 1
    assert (chances_of(scores[:, :7]) * lean).argmax(axis=1).tolist() == kinds.tolist()


def test_scaling_makes_overconfident_scores_humbler() -> None:
    chance = np.random.default_rng(2)
    right = chance.integers(0, 2, 500)
    told = np.where(chance.random(500) < 0.8, right, 1 - right)
    scores = np.eye(2, dtype=np.float32)[told] * 8
    assert best_scale(scores, right) < 0.5


def test_the_cut_is_where_saying_yes_pays() -> None:
    chances = np.array([0.1, 0.3, 0.4, 0.9], np.float32)
    assert 0.1 < best_cut(chances, np.array([False, True, True, True])) <= 0.3


def test_sentences_have_the_kinds_they_name() -> None:
    rows = our_sentences()
    assert {row.kind for row in rows} == {Kind.question, Kind.request, None}
    assert all(row.lone and row.utterance.text for row in rows)


def test_sentences_one_after_another_are_the_same_sentences() -> None:
    rows = our_sentences()
    made = streams(rows)
    assert Counter(row.utterance.text for row in made) == Counter(row.utterance.text for row in rows)
    channels: dict[str, list[str]] = {}
    for row in made:
        channels.setdefault(row.channel, []).append(row.utterance.author)
    assert {len(set(authors)) for authors in channels.values()} >= {1, 20}
