"""How well Ander reads: kinds, keeping, answers, replies; beside each its floor and the "?" rule where it applies."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from bot.reading import Conversation, Kind, Reader, Reading, Utterance, load_reader
from bot.reading.kinds import Kinds
from bot.reading.openings import opening
from bot.reading.text import prepare
from evals.reading_links import reply_rows
from evals.table import Row, bootstrap
from training.corpora import Row as Labelled
from training.corpora import gold_dutch
from training.kinds import Corpus, train_kinds
from training.train_reading import embed, gather, train_links

Pair = tuple[Any, Any]


def rows(data: Path) -> list[Row]:
    """Every reading task that `data` has the files for."""
    tasks: list[Callable[[Path], list[Row]]] = [english_chat, dutch_chat, helpdesk, commands, replies]
    return [row for one in tasks for row in one(data)]


# ── scores ────────────────────────────────────────────────────────────────────────────────────────────────────


def f1(pairs: Sequence[Pair]) -> float:
    """F1 of the positive class over (right, guess) pairs."""
    hits = sum(bool(right and guess) for right, guess in pairs)
    both = sum(bool(right) + bool(guess) for right, guess in pairs)
    return 2 * hits / both if both else 0.0


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean F1 over the kinds that occur."""
    kinds = sorted({str(right) for right, _ in pairs})
    return float(np.mean([f1([(right == kind, guess == kind) for right, guess in pairs]) for kind in kinds]))


def scored(
    task: str,
    data: str,
    metric: str,
    pairs: Sequence[Pair],
    statistic: Callable[[Sequence[Pair]], float] = f1,
    *,
    floor: float | None = None,
    aim: float | None = None,
    peers: dict[str, float] | None = None,
) -> Row:
    """One row of the table with its bootstrap interval."""
    low, high = bootstrap(pairs, statistic, draws=300)
    value = statistic(pairs)
    return Row(
        task=task,
        data=data,
        n=len(pairs),
        metric=metric,
        value=value,
        low=low,
        high=high,
        floor=floor,
        aim=aim,
        peers=peers or {},
    )


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def shipped() -> Reader:
    """The reader with the weights in the repository."""
    return load_reader()


def read_all(reader: Reader, utterances: Sequence[Utterance]) -> list[Reading]:
    """Read one channel from the start, as `ander read` does: with a vector where a first look is not sure."""
    conversation = Conversation()
    out = []
    for one in utterances:
        reading = _read(reader, one, conversation)
        conversation.add(one, reading)
        out.append(reading)
    return out


def read_alone(reader: Reader, texts: Sequence[str]) -> list[Reading]:
    """Read each text as the first of a conversation."""
    made = [Utterance(id=str(at), author="one", text=text, at=0.0) for at, text in enumerate(texts)]
    return [_read(reader, one, Conversation()) for one in made]


def _read(reader: Reader, one: Utterance, conversation: Conversation) -> Reading:
    glance = reader.glance(one, conversation)
    reading = reader.judge(glance)
    return reader.judge(glance, embed([glance.masked])[0]) if reader.wants_vector(glance, reading) else reading


# ── tasks ─────────────────────────────────────────────────────────────────────────────────────────────────────


def english_chat(data: Path, reader: Reader | None = None) -> list[Row]:
    """gold/real_en: 255 real messages with the lines before them; gold is what both annotators say. Read by the
    shipped reader, or by another."""
    path = data / "gold" / "real_en.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    read = [read_all(reader or shipped(), _with_context(line))[-1] for line in lines]
    questions = [
        (line["kinds"] == ["question"] * 2, one.kind == "question") for line, one in zip(lines, read, strict=True)
    ]
    marks = [(line["kinds"] == ["question"] * 2, "?" in line["text"]) for line in lines]
    agreed = [
        (line["kinds"][0], one.kind.value)
        for line, one in zip(lines, read, strict=True)
        if len(set(line["kinds"])) == 1
    ]
    keep = [(line["keep"] == [True, True], one.keep) for line, one in zip(lines, read, strict=True)]
    return [
        scored(
            "question, English chat",
            "gold/real_en",
            "F1",
            questions,
            floor=0.64,
            aim=0.85,
            peers={'"?" rule': f1(marks)},
        ),
        scored("kind, 7 ways", "gold/real_en", "macro-F1", agreed, macro_f1, aim=0.75),
        scored("keep", "gold/real_en", "F1", keep, aim=0.80),
        *reliability(
            "gold/real_en",
            [(line["kinds"][0], one) for line, one in zip(lines, read, strict=True) if len(set(line["kinds"])) == 1],
        ),
    ]


BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))


def reliability(data: str, read: Sequence[tuple[str, Reading]]) -> list[Row]:
    """How often the kind is right, by how sure it was said to be; the peer is the mean chance that was given."""
    found = []
    for low, high in BINS:
        some = [(kind, one) for kind, one in read if low <= one.confidence < high]
        if some:
            name = f"kind right, {100 * low:.0f}–{min(100 * high, 100):.0f} % sure"
            pairs = [(True, kind == one.kind) for kind, one in some]
            said = float(np.mean([one.confidence for _, one in some]))
            found.append(scored(name, data, "share", pairs, share, peers={"said": said}))
    return found


def share(pairs: Sequence[Pair]) -> float:
    """The share of pairs that are equal."""
    return sum(bool(right == guess) for right, guess in pairs) / max(1, len(pairs))


def _with_context(line: dict[str, Any]) -> list[Utterance]:
    said = [text.partition(": ")[::2] for text in line["context"]] + [(line["user"], line["text"])]
    return [
        Utterance(id=f"{line['id']}-{at}", author=author, text=text, at=1e9 + 60.0 * at)
        for at, (author, text) in enumerate(said)
    ]


def dutch_chat(data: Path, unseeing: Reader | None = None) -> list[Row]:
    """gold/nl, each community read by weights trained without it, or all by a reader that has seen nothing of it."""
    return chat_rows("gold/nl, community left out", gold_dutch(data), lambda name: unseeing or without(data, name))


def chat_rows(data: str, labelled: Sequence[Labelled], reader: Callable[[str], Reader]) -> list[Row]:
    """Labelled Dutch chat, each community read by the reader for its name."""
    read: dict[str, Reading] = {}
    for community in sorted({row.community for row in labelled}):
        unseeing = reader(community)
        for channel in _channels([row for row in labelled if row.community == community]):
            read |= {one.id: one for one in read_all(unseeing, [row.utterance for row in channel])}
    return _dutch_rows(data, labelled, read) if labelled else []


def without(data: Path, community: str) -> Reader:
    """A reader trained on everything but one community."""
    corpus = gather(data, without=frozenset({community}))
    network = shipped().network
    return Reader(kinds=train(corpus), network=network, links=train_links(corpus, network))


def train(corpus: Corpus) -> Kinds:
    """Kinds learned from `corpus`; the scales and the cut for keeping, a few single numbers, are the shipped ones."""
    kinds, _notes = train_kinds(corpus, shipped().network, calibrate=False)
    known = shipped().kinds
    return replace(kinds, scale=known.scale, lean=known.lean, keep_from=known.keep_from)


def _channels(labelled: Sequence[Labelled]) -> Iterator[list[Labelled]]:
    for channel in sorted({row.channel for row in labelled}):
        yield [row for row in labelled if row.channel == channel]


def _dutch_rows(name: str, labelled: Sequence[Labelled], read: dict[str, Reading]) -> list[Row]:
    both = [(row, read[row.utterance.id]) for row in labelled]
    questions = [(row.kind is Kind.question, one.kind is Kind.question) for row, one in both]
    marks = [(row.kind is Kind.question, "?" in row.utterance.text) for row, _ in both]
    right = {(row.utterance.id, question) for row in labelled for question in row.answers}
    guess = {(one.id, link.question) for one in read.values() for link in one.answers}
    links = [(pair in right, pair in guess) for pair in sorted(right | guess)]
    return [
        scored("question, Dutch chat", name, "F1", questions, aim=0.92, peers={'"?" rule': f1(marks)}),
        scored(
            "kind, 7 ways", name, "macro-F1", [(str(row.kind), str(one.kind)) for row, one in both], macro_f1, aim=0.80
        ),
        scored("keep", name, "F1", [(row.keep, one.keep) for row, one in both], aim=0.85),
        scored(
            "answer to question",
            name,
            "F1",
            links,
            aim=0.85,
            floor=_previous(labelled, right, {key: one.kind for key, one in read.items()}),
            peers={"previous question, told the true kinds": _previous(labelled, right)},
        ),
        scored("thanks that resolves", name, "F1", [(row.resolved, one.resolved) for row, one in both]),
        *reliability(name, [(str(row.kind), one) for row, one in both]),
    ]


def _previous(labelled: Sequence[Labelled], right: set[tuple[str, str]], kinds: dict[str, Kind] | None = None) -> float:
    """F1 of linking each answer to the latest question of its channel, by the kinds read or, without, the true ones."""
    guess, latest = set(), {}
    for row in labelled:
        place, name = (row.community, row.channel), row.utterance.id
        kind = kinds[name] if kinds else row.kind
        if kind is Kind.question:
            latest[place] = name
        elif kind is Kind.answer and place in latest:
            guess.add((name, latest[place]))
    return 2 * len(right & guess) / max(1, len(right) + len(guess))


def helpdesk(data: Path, reader: Reader | None = None) -> list[Row]:
    """helpdesk: requests against operators' answers, Dutch, each read alone by the shipped reader, or by another. A
    request is a question or a request."""
    path = data / "helpdesk" / "qtleap_pairs.jsonl.gz"
    if not path.exists():
        return []
    lines = _packed(path)
    texts = [line["question_nl"] for line in lines] + [line["answer_nl"] for line in lines]
    right = [at < len(lines) for at in range(len(texts))]
    asks = [one.kind in (Kind.question, Kind.request) for one in read_alone(reader or shipped(), texts)]
    marks = f1(list(zip(right, ("?" in text for text in texts), strict=True)))
    pairs = list(zip(right, asks, strict=True))
    return [
        scored("question or request, Dutch", "helpdesk", "F1", pairs, floor=0.82, aim=0.97, peers={'"?" rule': marks})
    ]


class Commands(NamedTuple):
    """Questions against commands: a file, its label, what of a reading answers to it, and the scores to beat."""

    name: str
    label: str
    asks: Callable[[Reading], bool]
    floor: float
    aim: float

    def lines(self, data: Path) -> list[dict[str, Any]]:
        """The sentences; none when there is no file."""
        path = data / "questions" / f"{self.name}.jsonl.gz"
        return _packed(path) if path.exists() else []

    def pairs(self, lines: Sequence[dict[str, Any]], reader: Reader) -> list[Pair]:
        """(Right, guess) of each line, read by itself."""
        read = read_alone(reader, [line["text"] for line in lines])
        return [(line[self.label], self.asks(one)) for line, one in zip(lines, read, strict=True)]


def commands(data: Path) -> list[Row]:
    """Home Assistant and xSID, each half read by weights that had not seen it."""
    found = []
    readers: list[Reader] = []
    for task in COMMANDS:
        lines = task.lines(data)
        if not lines:
            continue
        readers = readers or [_unseen(data, half) for half in (0, 1)]
        halves = [task.pairs(lines, reader) for reader in readers]
        pairs = [halves[half_of(line["text"])][at] for at, line in enumerate(lines)]
        peers = {
            '"?" rule': f1([(line[task.label], "?" in line["text"]) for line in lines]),
            "shipped weights (trained on all of it)": f1(task.pairs(lines, shipped())),
        }
        data_name = f"questions/{task.name}, other half"
        found.append(scored("question, Dutch", data_name, "F1", pairs, floor=task.floor, aim=task.aim, peers=peers))
    return found


def commands_of_half(data: Path, reader: Reader, half: int) -> list[Row]:
    """The same of one half, read by a reader that has not seen it."""
    found = []
    for task in COMMANDS:
        lines = [line for line in task.lines(data) if half_of(line["text"]) == half]
        if lines:
            found.append(scored("question, Dutch", f"questions/{task.name}", "F1", task.pairs(lines, reader)))
    return found


def _is_question(reading: Reading) -> bool:
    return reading.kind is Kind.question


def _has_form(reading: Reading) -> bool:
    openings = {opening(sentence) for sentence in prepare(reading.masked).sentences}
    return _is_question(reading) or (reading.kind is Kind.request and bool(openings & {"wh", "inverted"}))


COMMANDS = (
    # Home Assistant labels the purpose: does it want to know?
    Commands("home_assistant_nl", "is_info_request", _is_question, floor=0.38, aim=0.90),
    # xSID labels the form: polite requests ("kun je ...?") are questions there
    Commands("xsid_nl", "is_question", _has_form, floor=0.75, aim=0.92),
)


def half_of(text: str) -> int:
    """0 or 1, the same for a sentence with and without its "?"."""
    return crc32(text.rstrip(" ?").lower().encode()) % 2


def of_half(row: Labelled, half: int) -> bool:
    """Whether a row is a sentence of that half of Home Assistant or xSID."""
    return row.community in ("home", "xsid") and half_of(row.utterance.text) == half


def _unseen(data: Path, half: int) -> Reader:
    kinds = train(gather(data).having(lambda row: not of_half(row, half)))
    return Reader(kinds=kinds, network=shipped().network, links=shipped().links)


def replies(data: Path) -> list[Row]:
    """Reply links and conversations in unthreaded channels."""
    return reply_rows(data, shipped().network)


def _packed(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
