"""Learns which message a message replies to, from the annotated Ubuntu IRC of Kummerfeld et al. 2019 (CC BY 4.0)."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.reading.cues import cues
from bot.reading.replies import BACK, Network, describe
from bot.reading.text import prepare
from bot.reading.words import content_words

Floats = NDArray[np.float32]
HIDDEN = 128
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of IRC as `replies.describe` wants it; `parents` is None where nobody annotated it."""

    index: int
    system: bool
    author: str
    at: float
    mentions: tuple[str, ...]
    words: frozenset[str]
    length: int
    asks: bool
    greets: bool
    thanks: bool
    parents: tuple[int, ...] | None


def documents(path: Path, channel: str, split: str) -> Iterator[list[Line]]:
    """The documents of one channel and split, line by line in order."""
    group: list[Line] = []
    name, clock = None, 0.0
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for text in file:
            row = json.loads(text)
            if (row["channel"], row["split"]) != (channel, split):
                continue
            if row["doc"] != name and group:
                yield group
                group, clock = [], 0.0
            name = row["doc"]
            clock = _clock(row, clock)
            group.append(_line(row, clock))
    if group:
        yield group


def _clock(row: dict[str, Any], last: float) -> float:
    if "time" not in row:
        return last
    hours, minutes = row["time"].split(":")[:2]
    at = int(hours) * 3600.0 + int(minutes) * 60.0 + last // _DAY * _DAY
    return at + _DAY if at < last - _DAY / 2 else at


def _line(row: dict[str, Any], at: float) -> Line:
    parents = tuple(row["parents"]) if "parents" in row else None
    if row.get("system"):
        return Line(row["i"], True, "", at, (), frozenset(), 0, False, False, False, parents)
    text = prepare(row["text"])
    seen = cues(text)
    return Line(
        index=row["i"],
        system=False,
        author=row["user"],
        at=at,
        mentions=mentioned(row["text"]),
        words=content_words(text),
        length=len(text.words),
        asks="?" in text.plain,
        greets="greets" in seen,
        thanks="thanks" in seen,
        parents=parents,
    )


def mentioned(text: str) -> tuple[str, ...]:
    """The people named as `<@name>`."""
    return tuple(part.split(">", 1)[0] for part in text.split("<@")[1:])


@dataclass(frozen=True, slots=True)
class Choice:
    """One message with its choices described and the right rows among them."""

    line: Line
    past: tuple[Line, ...]  # the choices after the first, latest first
    rows: NDArray[np.float16]
    right: tuple[int, ...]


def choices(document: Sequence[Line]) -> Iterator[Choice]:
    """The annotated messages of a document; those of the system are no choice and make none."""
    spoken: list[Line] = []
    for line in document:
        if line.system:
            continue
        past = spoken[: -BACK - 1 : -1]
        if line.parents is not None:
            places = {one.index: at + 1 for at, one in enumerate(past)} | {line.index: 0}
            right = tuple(places[one] for one in line.parents if one in places)
            yield Choice(line, tuple(past), describe(line, past).astype(np.float16), right)
        spoken.append(line)


def train(path: Path, *, every: int = 1, epochs: int = 10, networks: int = 4, seed: int = 7) -> Network:
    """Networks trained on every `every`-th document of Ubuntu's training split."""
    found = [
        one
        for number, document in enumerate(documents(path, "ubuntu", "train"))
        if number % every == 0
        for one in choices(document)
        if one.right
    ]
    parts = [_train_one(found, epochs, seed + number) for number in range(networks)]
    return Network(*(np.stack([part[at] for part in parts]) for at in range(5)))


def _train_one(found: Sequence[Choice], epochs: int, seed: int) -> list[Floats]:
    chance = np.random.default_rng(seed)
    width = found[0].rows.shape[1]
    weights = [
        chance.normal(0, (2 / width) ** 0.5, (width, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        chance.normal(0, (2 / HIDDEN) ** 0.5, (HIDDEN, 32)).astype(np.float32),
        np.zeros(32, np.float32),
        chance.normal(0, (1 / 32) ** 0.5, 32).astype(np.float32),
    ]
    state = [(np.zeros_like(one), np.zeros_like(one)) for one in weights]
    order, step, total = np.arange(len(found)), 0, epochs * (len(found) // 64)
    for _ in range(epochs):
        chance.shuffle(order)
        for start in range(0, len(order) - 63, 64):
            step += 1
            slopes = _slopes(weights, [found[at] for at in order[start : start + 64]])
            _move(weights, state, slopes, step, 2e-3 * (1 - step / (total + 1)))
    return weights


def _slopes(weights: list[Floats], batch: Sequence[Choice]) -> list[Floats]:
    rows = np.concatenate([one.rows for one in batch]).astype(np.float32)
    lengths = np.array([len(one.rows) for one in batch])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    one = np.maximum(rows @ weights[0] + weights[1], 0)
    two = np.maximum(one @ weights[2] + weights[3], 0)
    scores = two @ weights[4]
    error = _softmax_error(scores, starts, lengths, batch) / len(batch)
    back_two = error[:, None] * weights[4] * (two > 0)
    back_one = back_two @ weights[2].T * (one > 0)
    slopes: list[Floats] = [rows.T @ back_one, back_one.sum(0), one.T @ back_two, back_two.sum(0), two.T @ error]
    return slopes


def _softmax_error(
    scores: Floats, starts: NDArray[np.int64], lengths: NDArray[np.int64], batch: Sequence[Choice]
) -> Floats:
    peak = np.repeat(np.maximum.reduceat(scores, starts), lengths)
    raised = np.exp(scores - peak)
    error: Floats = raised / np.repeat(np.add.reduceat(raised, starts), lengths)
    for start, one in zip(starts, batch, strict=True):
        share = error[start + np.array(one.right)]
        error[start + np.array(one.right)] -= share / max(float(share.sum()), 1e-9)
    return error


def _move(
    weights: list[Floats], state: list[tuple[Floats, Floats]], slopes: list[Floats], step: int, rate: float
) -> None:
    for one, (moment, spread), slope in zip(weights, state, slopes, strict=True):
        moment += 0.1 * (slope - moment)
        spread += 0.001 * (slope * slope - spread)
        one -= rate * (moment / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)
        one -= rate * 1e-3 * one
