"""Learns kind, keep and resolved from labelled chat: the weights of `bot.reading.kinds`."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.reading import KINDS, Kind
from bot.reading.kinds import KIND_COUNT, Kinds
from bot.reading.language import detect
from bot.reading.replies import Network
from bot.reading.text import prepare
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
    fit,
    fit_together,
    yes,
)

FOLDS = 5
SEEDS = 3
ROUNDS = 2
ALONE = 0.08  # weight of a chat message as if nothing came before it; with more, terse sentences pass for talk
DIRECTIONS = 64  # of the vectors: those in which they differ most
_KEEP, _RESOLVED = KIND_COUNT, KIND_COUNT + 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled rows with a vector for each."""

    rows: list[Row]
    vectors: Floats

    def having(self, wanted: Callable[[Row], bool]) -> "Corpus":
        """Only the rows that are wanted."""
        kept = [at for at, row in enumerate(self.rows) if wanted(row)]
        return Corpus([self.rows[at] for at in kept], self.vectors[kept])


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
            sparse(features, self.names).twice(),
            both.astype(np.float32),
            np.concatenate([kinds, kinds]),
            np.concatenate([flags, flags]),
            np.concatenate([weights, weights]),
            decay(self.names),
        )


def train_kinds(corpus: Corpus, network: Network, *, calibrate: bool = True) -> tuple[Kinds, dict[str, float]]:
    """The weights for kind, keep and resolved; and held-out figures over folds of whole communities.

    Thrice round: first with the true kinds of what was said before, then with the chances that a first model, which
    had not seen that community, made of it, then with those of a second; for at work nobody tells the reader the truth,
    and what it misread it reads on from.
    """
    found = examples(corpus.rows, network)
    for _ in range(ROUNDS):
        view = _view(found, corpus.vectors)
        first = chances_of(_blind(view.task(found, corpus.vectors), corpus.rows)[:, :KIND_COUNT])
        guesses = {row.utterance.id: tuple(one) for row, one in zip(corpus.rows, first.tolist(), strict=True)}
        found = examples(corpus.rows, network, lambda row: guesses[row.utterance.id])  # noqa: B023
    view = _view(found, corpus.vectors)
    kinds = _assemble(view, found, corpus.vectors, network)
    if not calibrate:
        return kinds, {}
    held = _held_out(view.task(found, corpus.vectors), corpus.rows)
    honest = _calibrate(corpus.rows, held)
    kinds = replace(kinds, scale=honest.scale, lean=honest.lean, keep_from=np.array([honest.keep_from], np.float32))
    return kinds, _figures(corpus.rows, held, honest)


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


def _assemble(view: _View, found: list[Example], vectors: Floats, replies: Network) -> Kinds:
    first = alone(found, replies, ALONE)
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
        lean=np.ones(KIND_COUNT, np.float32),
        keep_from=np.array([0.5], np.float32),
    )


# ── held out ──────────────────────────────────────────────────────────────────────────────────────────────────


def folds(rows: Sequence[Row]) -> NDArray[np.int64]:
    """A fold per row: whole communities of chat, the largest spread first; single sentences by their words."""
    sizes = Counter(row.community for row in rows if not row.lone)
    loads = [0] * FOLDS
    at: dict[str, int] = {}
    for name, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])):
        at[name] = loads.index(min(loads))
        loads[at[name]] += size
    return np.array([_by_words(row) if row.lone else at[row.community] for row in rows], np.int64)


def _by_words(row: Row) -> int:
    return crc32(row.utterance.text.rstrip(" ?").lower().encode()) % FOLDS


def _held_out(both: Task, rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Scores of each row with and without its vector, by weights that were fitted without its fold."""
    scores = _crossed(both, np.concatenate([folds(rows)] * 2))
    return scores[: len(rows)], scores[len(rows) :]


def _blind(both: Task, rows: Sequence[Row]) -> Floats:
    """Scores of each row without its vector, by weights that know no vectors, fitted without its fold."""
    return _crossed(both.pick(np.arange(len(rows), 2 * len(rows))), folds(rows))


def _crossed(whole: Task, fold: NDArray[np.int64]) -> Floats:
    scores = np.zeros((len(fold), whole.kinds.shape[1] + whole.flags.shape[1]), np.float32)
    for number in range(FOLDS):
        out = np.flatnonzero(fold == number)
        network = fit(whole.pick(np.flatnonzero(fold != number)))
        scores[out] = network.scores(whole.features.pick(out), whole.inputs[out])
    return scores


@dataclass(frozen=True, slots=True)
class Judged:
    """Held-out scores of chat whose kind is certain, with what is right."""

    scores: Floats
    kinds: NDArray[np.int64]
    keep: NDArray[np.bool_]
    resolved: NDArray[np.bool_]
    group: NDArray[np.str_]  # whose chat

    def only(self, some: NDArray[np.bool_]) -> "Judged":
        return Judged(self.scores[some], self.kinds[some], self.keep[some], self.resolved[some], self.group[some])


def _judged(rows: Sequence[Row], scores: Floats) -> Judged:
    some = [at for at, row in enumerate(rows) if row.kind and not row.lone and row.weight]
    chat = [rows[at] for at in some]
    return Judged(
        scores[some],
        np.array([KINDS.index(row.kind) for row in chat if row.kind], np.int64),
        np.array([bool(row.keep) for row in chat]),
        np.array([bool(row.resolved) for row in chat]),
        np.array([_group(row) for row in chat]),
    )


def _group(row: Row) -> str:
    return "en, real" if row.real else str(detect(prepare(row.utterance.text)))


@dataclass(frozen=True, slots=True)
class _Honest:
    """What makes scores into chances and decisions."""

    scale: Floats
    lean: Floats
    keep_from: float


def _calibrate(rows: Sequence[Row], held: Sequence[Floats]) -> _Honest:
    """Fitted on held-out chat, seen with a vector and without; on real chat where there is any, for invented chat is
    easier and would make the reader too sure of itself."""
    parts = [_judged(rows, scores) for scores in held]
    every = Judged(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Judged)))
    real = every.only(every.group == "en, real") if (every.group == "en, real").any() else every
    scale = np.ones(every.scores.shape[1], np.float32)
    scale[:KIND_COUNT] = best_scale(real.scores[:, :KIND_COUNT], real.kinds)
    scale[_KEEP] = best_scale_yes(real.scores[:, _KEEP], real.keep)
    scale[_RESOLVED] = best_scale_yes(real.scores[:, _RESOLVED], real.resolved)
    cut = best_cut(_worth(real.scores * scale), real.keep)
    return _Honest(scale, lean_of(every, scale), cut)


def lean_of(every: Judged, scale: Floats) -> Floats:
    """What each kind's chance counts for in choosing, so that seldom kinds are found as well: the highest mean over
    groups of macro-F1, kind by kind."""
    chances = chances_of(every.scores[:, :KIND_COUNT] * scale[:KIND_COUNT])

    def worth(lean: Floats) -> float:
        guess = (chances * lean).argmax(axis=1)
        return float(np.mean([macro_f1(every.kinds[g], guess[g]) for g in (every.group == n for n in groups)]))

    groups = np.unique(every.group)
    lean = np.ones(KIND_COUNT, np.float32)
    for _ in range(2):
        for kind in range(KIND_COUNT):
            tries = [np.where(np.arange(KIND_COUNT) == kind, one, lean).astype(np.float32) for one in _LEANS]
            lean = max(tries, key=worth)
    return lean


def _worth(scores: Floats) -> Floats:
    """The chance of being worth keeping, times that of being an answer or know-how: nothing else is looked up later."""
    return np.asarray(yes(scores[:, _KEEP]) * chances_of(scores[:, :KIND_COUNT])[:, _TELLING].sum(axis=1), np.float32)


_TELLING = [KINDS.index(kind) for kind in (Kind.answer, Kind.knowhow)]
_LEANS = (1.0, 1.3, 1.7)  # no more: a kind named with a chance of a fifth would be no reading


def macro_f1(right: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """The mean F1 of the kinds."""
    return float(np.mean([f1(right == kind, guess == kind) for kind in range(KIND_COUNT)]))


def _figures(rows: Sequence[Row], held: Sequence[Floats], honest: _Honest) -> dict[str, float]:
    notes: dict[str, float] = {}
    seeing, blind = (_judged(rows, scores * honest.scale) for scores in held)
    for name in ("nl", "en", "en, real"):
        for how, every in (("", seeing), (" without vectors", blind)):
            part = every.only(every.group == name)
            if not len(part.kinds):
                continue
            chances = chances_of(part.scores[:, :KIND_COUNT])
            guess = (chances * honest.lean).argmax(axis=1)
            notes[f"{name}: messages"] = float(len(part.kinds))
            notes[f"{name}: question F1{how}"] = f1(part.kinds == 0, guess == 0)
            notes[f"{name}: kind macro-F1{how}"] = macro_f1(part.kinds, guess)
            notes[f"{name}: keep F1{how}"] = f1(part.keep, _worth(part.scores) >= honest.keep_from)
            sure = chances[np.arange(len(guess)), guess]
            notes[f"{name}: error of calibration of kind{how}"] = calibration_error(sure, guess == part.kinds)
    return notes


def calibration_error(chances: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """How far the chance given is from the share that is right, on average over ten bins by chance (expected
    calibration error, Naeini et al. 2015)."""
    at = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs(chances[at == n].mean() - right[at == n].mean()) * (at == n).mean() for n in np.unique(at)))
