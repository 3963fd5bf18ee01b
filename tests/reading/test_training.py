"""The training: its corpus is sound, and its fitting finds what is there."""

from collections import Counter

import numpy as np

from bot.reading import Kind
from training.corpora import our_chat
from training.fit import Task, best_scale, fit


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


def test_fitting_finds_the_feature_that_tells() -> None:
    chance = np.random.default_rng(1)
    features = chance.normal(size=(300, 4)).astype(np.float32)
    right = (features[:, 2] > 0).astype(int)
    task = Task(
        features,
        np.eye(2, dtype=np.float32)[right],
        right[:, None].astype(np.float32),
        np.ones(300, np.float32),
        np.full(4, 1e-4, np.float32),
    )
    weights, bias = fit(task)
    scores = features @ weights + bias
    assert (scores[:, :2].argmax(1) == right).mean() > 0.97
    assert ((scores[:, 2] > 0) == right).mean() > 0.97
    assert abs(weights[2]).min() > abs(weights[[0, 1, 3]]).max()


def test_a_label_of_several_kinds_rules_out_the_others() -> None:
    features = np.repeat(np.eye(2, dtype=np.float32), 50, axis=0)
    allowed = np.repeat(np.array([[1, 1, 0], [0, 0, 1]], np.float32), 50, axis=0)
    task = Task(
        features, allowed, np.full((100, 1), np.nan, np.float32), np.ones(100, np.float32), np.zeros(2, np.float32)
    )
    weights, bias = fit(task)
    guess = (features @ weights + bias)[:, :3].argmax(1)
    assert set(guess[:50]) <= {0, 1}
    assert set(guess[50:]) == {2}


def test_scaling_makes_overconfident_scores_humbler() -> None:
    chance = np.random.default_rng(2)
    right = chance.integers(0, 2, 500)
    told = np.where(chance.random(500) < 0.8, right, 1 - right)
    scores = np.eye(2, dtype=np.float32)[told] * 8
    assert best_scale(scores, right) < 0.5
