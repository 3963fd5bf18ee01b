"""Reply links and conversations where everybody talks at once: Ubuntu IRC (Kummerfeld et al. 2019) and Gitter."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from pathlib import Path
from typing import Any

from bot.reading.cues import cues
from bot.reading.replies import BACK, Network, describe, weigh
from bot.reading.text import prepare
from bot.reading.words import content_words
from evals.table import Row, bootstrap
from training.replies import Line, choices, documents, mentioned

Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits, right ones and guesses of one document, for links and for whole conversations."""

    links: tuple[int, int, int]
    exact: tuple[int, int, int]


def reply_rows(data: Path, network: Network) -> list[Row]:
    """The rows for those of the two data sets that are there."""
    return [*_irc(data, network), *_gitter(data, network)]


# ── Ubuntu IRC ────────────────────────────────────────────────────────────────────────────────────────────────


def _irc(data: Path, network: Network) -> list[Row]:
    path = data / "answer_links" / "irc.jsonl.gz"
    if not path.exists():
        return []
    ours, before = [], []
    for document in documents(path, "ubuntu", "dev"):
        ours.append(_count(document, _guess(document, network)))
        before.append(_count(document, _previous(document)))
    floor = _f1([one.links for one in before])
    return [
        _row("reply links, unthreaded", [one.links for one in ours], "F1", 0.350, 0.74, {"previous message": floor}),
        _row("exact conversations", [one.exact for one in ours], "F1", None, 0.38,
             {"previous message": _f1([one.exact for one in before])}),
    ]  # fmt: skip


def _row(
    task: str,
    counts: Sequence[tuple[int, int, int]],
    metric: str,
    floor: float | None,
    aim: float,
    peers: dict[str, float],
) -> Row:
    low, high = bootstrap(counts, _f1)
    return Row(
        task=task,
        data="answer_links/irc ubuntu dev",
        n=sum(right for _, right, _ in counts),
        metric=metric,
        value=_f1(counts),
        low=low,
        high=high,
        floor=floor,
        aim=aim,
        peers=peers,
    )


def _f1(counts: Sequence[tuple[int, int, int]]) -> float:
    hits, right, guesses = (sum(one[at] for one in counts) for at in range(3))
    return 2 * hits / max(1, right + guesses)


def _guess(document: Sequence[Line], network: Network) -> dict[int, int]:
    found: dict[int, int] = {}
    for choice in choices(document):
        best = int(weigh(network, choice.rows.astype("float32"), choice.past).argmax())
        found[choice.line.index] = choice.past[best - 1].index if best else choice.line.index
    return found


def _previous(document: Sequence[Line]) -> dict[int, int]:
    spoken = [line.index for line in document if not line.system]
    return dict(zip(spoken[1:], spoken, strict=False))


def _count(document: Sequence[Line], guess: dict[int, int]) -> Counts:
    """Over all annotated lines, those of the system too (they start, and answer, nothing)."""
    judged = [line for line in document if line.parents is not None]
    right = {(line.index, parent) for line in judged for parent in line.parents or ()}
    guessed = {(line.index, guess.get(line.index, line.index)) for line in judged}
    indexes = [line.index for line in judged]
    true_talks, our_talks = _talks(right, indexes), _talks(guessed, indexes)
    return Counts(
        (len(right & guessed), len(right), len(guessed)),
        (len(true_talks & our_talks), len(true_talks), len(our_talks)),
    )


def _talks(links: Iterable[Link], indexes: Iterable[int]) -> set[frozenset[int]]:
    """Conversations of more than one line: what the links join."""
    groups = join(links)
    members: defaultdict[int, set[int]] = defaultdict(set)
    for index in indexes:
        members[groups.get(index, index)].add(index)
    return {frozenset(one) for one in members.values() if len(one) > 1}


def join(links: Iterable[Link]) -> dict[int, int]:
    """A name for the group of each linked item (union-find)."""
    parent: dict[int, int] = {}

    def top(item: int) -> int:
        while parent.setdefault(item, item) != item:
            item = parent[item]
        return item

    for one, other in links:
        parent[top(one)] = top(other)
    return {item: top(item) for item in list(parent)}


# ── Gitter ────────────────────────────────────────────────────────────────────────────────────────────────────


def _gitter(data: Path, network: Network) -> list[Row]:
    path = data / "answer_links" / "gitter_dialogs.jsonl.gz"
    if not path.exists():
        return []
    rooms: defaultdict[str, list[tuple[float, int, dict[str, Any]]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, text in enumerate(file):
            dialog = json.loads(text)
            for message in dialog["messages"]:
                at = datetime.fromisoformat(message["ts"].replace("Z", "+00:00")).timestamp()
                rooms[dialog["community"]].append((at, number, message))
    pairs = []
    for said in rooms.values():
        said.sort(key=lambda one: one[:2])
        lines = [_turn(at, index, message) for index, (at, _, message) in enumerate(said)]
        pairs.append(([number for _, number, _ in said], _groups(lines, network)))
    return [
        _room_row("conversations, exact F1", pairs, exact_f1, 0.50),
        _room_row("conversations, ARI", pairs, mean_ari, 0.60),
    ]


def _turn(at: float, index: int, message: dict[str, Any]) -> Line:
    text = prepare(message["text"])
    seen = cues(text)
    return Line(
        index=index,
        system=False,
        author=message["user"],
        at=at,
        mentions=mentioned(message["text"]),
        words=content_words(text),
        length=len(text.words),
        asks="?" in text.plain,
        greets="greets" in seen,
        thanks="thanks" in seen,
        parents=None,
    )


def _groups(lines: Sequence[Line], network: Network) -> list[int]:
    links = []
    for at, line in enumerate(lines):
        past = lines[max(0, at - BACK) : at][::-1]
        best = int(weigh(network, describe(line, past), past).argmax())
        links.append((at, past[best - 1].index if best else at))
    groups = join(links)
    return [groups[at] for at in range(len(lines))]


Room = tuple[list[int], list[int]]


def exact_f1(rooms: Sequence[Room]) -> float:
    """F1 of conversations found whole, those of one message included."""
    hits = right = guesses = 0
    for truth, guess in rooms:
        true_sets, our_sets = _sets(truth), _sets(guess)
        hits += len(true_sets & our_sets)
        right += len(true_sets)
        guesses += len(our_sets)
    return 2 * hits / max(1, right + guesses)


def _sets(labels: Sequence[int]) -> set[frozenset[int]]:
    members: defaultdict[int, set[int]] = defaultdict(set)
    for at, label in enumerate(labels):
        members[label].add(at)
    return {frozenset(one) for one in members.values()}


def mean_ari(rooms: Sequence[Room]) -> float:
    """The adjusted Rand index (Hubert & Arabie 1985), averaged over rooms."""
    return sum(ari(truth, guess) for truth, guess in rooms) / max(1, len(rooms))


def ari(truth: Sequence[int], guess: Sequence[int]) -> float:
    """Agreement of two groupings of the same items over chance: 1 the same, about 0 by chance."""
    both = sum(comb(n, 2) for n in Counter(zip(truth, guess, strict=True)).values())
    left = sum(comb(n, 2) for n in Counter(truth).values())
    right = sum(comb(n, 2) for n in Counter(guess).values())
    expected = left * right / max(1, comb(len(truth), 2))
    top = (left + right) / 2
    return 1.0 if top == expected else (both - expected) / (top - expected)


def _room_row(task: str, rooms: Sequence[Room], statistic: Any, aim: float) -> Row:
    low, high = bootstrap(rooms, statistic, draws=200)
    return Row(
        task=task,
        data="answer_links/gitter",
        n=sum(len(truth) for truth, _ in rooms),
        metric=task.rpartition(", ")[2],
        value=statistic(rooms),
        low=low,
        high=high,
        aim=aim,
    )
