"""Learns kind, keep and resolved from labelled chat: the weights of `bot.reading.kinds`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.reading import KINDS, Kind
from bot.reading.kinds import KIND_COUNT, Kinds
from training.corpora import Row
from training.examples import Example, alone, decay, dense, examples, labels, sparse, vocabulary
from training.fit import (
    Floats,
    Task,
    best_cut,
    best_scale,
    best_scale_yes,
    chances_of,
    f1,
    fit_together,
    yes,
)

FOLDS = 5
SEEDS = 3
ALONE = 0.15  # weight of a chat message read as if nothing came before it
DIRECTIONS = 64  # of the vectors: those in which they differ most
_KEEP, _RESOLVED = KIND_COUNT, KIND_COUNT + 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled rows with a vector for each."""

    rows: list[Row]
    vectors: Floats


@dataclass(frozen=True, slots=True)
class _View:
    """How examples become numbers: the features with a weight, and what brings the inputs to a spread of about 1."""

    names: list[str]
    cues: int
    mean: Floats
    spread: Floats
    centre: Floats
    basis: Floats  # dimension of the vectors × `DIRECTIONS`

    def task(self, found: Sequence[Example], vectors: Floats) -> Task:
        """Every example twice: with its vector, and without."""
        features = [one.features for one in found]
        kinds, flags, weights = labels(found)
        inputs = (dense(features, self.names[: self.cues]) - self.mean) / self.spread
        seeing = (vectors - self.centre) @ self.basis
        both = np.concatenate([np.hstack([inputs, seeing]), np.hstack([inputs, np.zeros_like(seeing)])])
        return Task(
            sparse(features + features, self.names),
            both.astype(np.float32),
            np.concatenate([kinds, kinds]),
            np.concatenate([flags, flags]),
            np.concatenate([weights, weights]),
            decay(self.names),
        )


def train_kinds(corpus: Corpus, *, calibrate: bool = True) -> tuple[Kinds, dict[str, float]]:
    """The weights for kind, keep and resolved; and held-out figures over folds of whole communities.

    Twice round: first with the true kinds of what was said before, then with the kinds that a first model, which
    had not seen that community, made of it; for at work nobody tells the reader the truth.
    """
    found = examples(corpus.rows)
    view = _view(found, corpus.vectors)
    first = _held_out(view.task(found, corpus.vectors), corpus.rows, 1)[0]
    guesses = {row.utterance.id: KINDS[at] for row, at in zip(corpus.rows, first[:, :7].argmax(1), strict=True)}
    found = examples(corpus.rows, lambda row: guesses[row.utterance.id])
    kinds = _assemble(view, found, corpus.vectors)
    if not calibrate:
        return kinds, {}
    seeing, blind = _held_out(view.task(found, corpus.vectors), corpus.rows, SEEDS)
    scale, cut = _calibrate(corpus.rows, (seeing, blind))
    kinds = replace(kinds, scale=scale, keep_from=np.array([cut], np.float32))
    return kinds, _figures(corpus.rows, seeing, blind, scale, cut)


def _view(found: Sequence[Example], vectors: Floats) -> _View:
    names, cues = vocabulary(found)
    inputs = dense([one.features for one in found], names[:cues])
    centre = vectors.mean(axis=0)
    values, basis = np.linalg.eigh(np.cov((vectors - centre).T))
    return _View(
        names,
        cues,
        inputs.mean(axis=0),
        np.maximum(inputs.std(axis=0), 0.1),
        centre,
        (basis[:, -DIRECTIONS:] / np.sqrt(values[-DIRECTIONS:])).astype(np.float32),
    )


def _assemble(view: _View, found: list[Example], vectors: Floats) -> Kinds:
    first = alone(found, ALONE)
    at = {one.row.utterance.id: number for number, one in enumerate(found)}
    vectors = np.concatenate([vectors, vectors[[at[one.row.utterance.id] for one in first]]])
    network = fit_together(view.task([*found, *first], vectors), SEEDS)
    inputs, seeing = network.first[: view.cues], network.first[view.cues :]
    return Kinds(
        rows={name: at for at, name in enumerate(view.names)},
        table=network.table,
        bias=network.bias,
        hidden=inputs / view.spread[:, None],
        hidden_bias=np.asarray(network.first_bias - (view.mean / view.spread) @ inputs, np.float32),
        matrix=view.basis @ seeing,
        matrix_bias=np.asarray(-(view.centre @ view.basis) @ seeing, np.float32),
        out=network.last,
        scale=np.ones(len(network.bias), np.float32),
        keep_from=np.array([0.5], np.float32),
    )


# ── held out ──────────────────────────────────────────────────────────────────────────────────────────────────


def folds(rows: Sequence[Row]) -> NDArray[np.int64]:
    """A fold per row: whole communities of chat; single sentences by their place."""
    names = sorted({row.community for row in rows if not row.lone})
    at = {name: number % FOLDS for number, name in enumerate(names)}
    return np.array([at.get(row.community, number % FOLDS) for number, row in enumerate(rows)], np.int64)


def _held_out(whole: Task, rows: Sequence[Row], seeds: int) -> tuple[Floats, Floats]:
    """Scores of each row with and without its vector, by weights that were fitted without its fold."""
    fold = np.concatenate([folds(rows)] * 2)
    scores = np.zeros((len(fold), whole.kinds.shape[1] + whole.flags.shape[1]), np.float32)
    for number in range(FOLDS):
        out = np.flatnonzero(fold == number)
        network = fit_together(whole.pick(np.flatnonzero(fold != number)), seeds)
        scores[out] = network.scores(whole.features.pick(out), whole.inputs[out])
    return scores[: len(rows)], scores[len(rows) :]


def _judged(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([at for at, row in enumerate(rows) if row.kind and not row.lone], np.int64)


def _calibrate(rows: Sequence[Row], scores: Sequence[Floats]) -> tuple[Floats, float]:
    """The scale of each output, and the chance from which a message is kept."""
    some = _judged(rows)
    chat = [rows[at] for at in some] * len(scores)
    found = np.concatenate([one[some] for one in scores])
    right = np.array([KINDS.index(row.kind) for row in chat if row.kind], np.int64)
    keep, resolved = (np.array([bool(flag) for flag in flags]) for flags in zip(*map(_flags, chat), strict=True))
    scale = np.ones(found.shape[1], np.float32)
    scale[:KIND_COUNT] = best_scale(found[:, :KIND_COUNT], right)
    scale[_KEEP] = best_scale_yes(found[:, _KEEP], keep)
    scale[_RESOLVED] = best_scale_yes(found[:, _RESOLVED], resolved)
    return scale, best_cut(yes(found[:, _KEEP] * scale[_KEEP]), keep)


def _flags(row: Row) -> tuple[bool | None, bool | None]:
    return row.keep, row.resolved


def _figures(rows: Sequence[Row], seeing: Floats, blind: Floats, scale: Floats, cut: float) -> dict[str, float]:
    notes: dict[str, float] = {}
    some = _judged(rows)
    lang = np.array([_language(rows[at]) for at in some])
    right = np.array([KINDS.index(rows[at].kind or Kind.other) for at in some])
    keep = np.array([bool(rows[at].keep) for at in some])
    for name in ("nl", "en", "en, IRC"):
        here = lang == name
        if not here.any():
            continue
        notes[f"{name}: messages"] = float(here.sum())
        for how, scores in (("", seeing[some] * scale), (" without vectors", blind[some] * scale)):
            guess = scores[:, :KIND_COUNT].argmax(1)
            each = [f1(right[here] == at, guess[here] == at) for at in range(KIND_COUNT)]
            notes[f"{name}: question F1{how}"] = each[0]
            notes[f"{name}: kind macro-F1{how}"] = float(np.mean(each))
            notes[f"{name}: keep F1{how}"] = f1(keep[here], yes(scores[here, _KEEP]) >= cut)
    chances = chances_of(seeing[some, :KIND_COUNT] * scale[:KIND_COUNT])
    notes["error of calibration of kind"] = calibration_error(chances.max(1), chances.argmax(1) == right)
    return notes


def _language(row: Row) -> str | None:
    from bot.reading.language import detect
    from bot.reading.text import prepare

    return "en, IRC" if row.irc else detect(prepare(row.utterance.text))


def calibration_error(chances: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """How far the chance given is from the share that is right, on average over ten bins by chance (expected
    calibration error, Naeini et al. 2015)."""
    at = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[at == n].mean() - right[at == n].mean()) * (at == n).mean() for n in np.unique(at)))
