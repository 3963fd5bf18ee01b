"""Which earlier message does this one react to, in a channel where everybody talks at once?

After Kummerfeld et al. 2019 (A Large-Scale Corpus for Conversation Disentanglement, ACL): each earlier message,
and "none: it starts something", is described by features of distance, time, people and words; a small
feed-forward network scores them and softmax makes chances of the scores. Trained on their hand-annotated IRC
(CC BY 4.0).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.reading.arrays import load_arrays

Floats = NDArray[np.float32]
BACK = 60  # earlier messages that are weighed

_AROUND = 20  # of the latest messages, whose authors are counted
_CROWD = 10  # so many authors among them is what the network was trained on
_CALM = 2.5  # what starting something loses where hardly anybody else speaks


class Turn(Protocol):
    """What of a message is looked at; `bot.reading.conversation.Said` has it all."""

    @property
    def author(self) -> str: ...
    @property
    def at(self) -> float: ...
    @property
    def mentions(self) -> tuple[str, ...]: ...
    @property
    def words(self) -> frozenset[str]: ...
    @property
    def length(self) -> int: ...
    @property
    def asks(self) -> bool: ...
    @property
    def greets(self) -> bool: ...
    @property
    def thanks(self) -> bool: ...


def describe(now: Turn, past: Sequence[Turn]) -> Floats:
    """Features of the choices for `now`: row 0 is "starts something", row 1 + k is `past[k]` (latest first)."""
    past = past[:BACK]
    shared = _of_now(now, past)
    state = _State(now, past)
    pairs = [_START, *(_of_pair(now, one, at, state) for at, one in enumerate(past))]
    rows = np.empty((len(pairs), len(shared) + _PAIR), np.float32)
    rows[:, : len(shared)] = shared
    rows[:, len(shared) :] = pairs
    return rows


def _of_now(now: Turn, past: Sequence[Turn]) -> list[float]:
    authors = {one.author for one in past}
    own = next((at for at, one in enumerate(past) if one.author == now.author), None)
    since = now.at - past[own].at if own is not None else 36_000.0
    named = next((at for at, one in enumerate(past) if one.author in now.mentions), None)
    called = next((at for at, one in enumerate(past) if now.author in one.mentions), None)
    return [
        bool(now.mentions),
        any(name in authors for name in now.mentions),
        now.asks,
        now.greets,
        now.thanks,
        now.length <= 3,
        math.log1p(now.length) / 3,
        own is None,
        own == 0,
        math.log1p(own if own is not None else BACK) / 4,
        math.log1p(max(since, 0.0) / 60) / 5,
        math.log1p(named if named is not None else BACK) / 4,
        math.log1p(called if called is not None else BACK) / 4,
        math.log1p(max(now.at - past[0].at, 0.0) / 60) / 5 if past else 1.0,
        len({one.author for one in past[:10]}) / 10,
    ]


class _State:
    """What is known when walking back from the latest message."""

    def __init__(self, now: Turn, past: Sequence[Turn]) -> None:
        self.seen: dict[str, int] = {}  # messages seen so far by each author
        self.called = False  # a later message that names us was seen
        self.past = past
        self.known = {one.author for one in past}
        self.partner = _partner(now, past)
        self.named = {name for name in now.mentions if name in self.known}
        self.firsts = {one.author: at for at, one in enumerate(past)}
        self.overlaps = [_overlap(now.words, one.words) for one in past]
        self.best = max(self.overlaps, default=0.0)


def _partner(now: Turn, past: Sequence[Turn]) -> str | None:
    """Whom the author talked with last: named by them, or naming them."""
    for one in past:
        if one.author == now.author and one.mentions:
            return one.mentions[0]
        if now.author in one.mentions:
            return one.author
    return None


def _overlap(words: frozenset[str], others: frozenset[str]) -> float:
    """Shared content words; longer ones, being rarer, count for more."""
    if words.isdisjoint(others):
        return 0.0
    return sum([min(len(word), 9) - 1 for word in words & others]) / 8


def _of_pair(now: Turn, one: Turn, at: int, state: _State) -> list[float]:
    minutes = max(now.at - one.at, 0.0) / 60
    same = one.author == now.author
    names_it, named_by_it = one.author in now.mentions, now.author in one.mentions
    before = state.seen.get(one.author, 0)
    ours = state.seen.get(now.author, 0)
    overlap = state.overlaps[at]
    row: list[float] = [
        0.0,
        at == 0, at == 1, at == 2, 3 <= at <= 4, 5 <= at <= 9, 10 <= at <= 19, at >= 20,
        math.log1p(at) / 4,
        minutes < 1, 1 <= minutes < 3, 3 <= minutes < 10, minutes >= 10,
        math.log1p(minutes) / 5,
        same, before == 0, same and before == 0,
        names_it, named_by_it, names_it and before == 0, named_by_it and not state.called,
        bool(state.named) and not names_it,
        bool(one.mentions) and not named_by_it,
        not one.mentions and not same,
        same and bool(one.mentions) and bool(set(one.mentions) & set(now.mentions)),
        same and bool(one.mentions) and not now.mentions,
        one.author == state.partner, one.author == state.partner and before == 0,
        state.partner is not None and one.author not in (state.partner, now.author),
        min(before, 5) / 5, min(ours, 5) / 5, ours == 0,
        len(state.seen) / 10,
        overlap / 3, overlap > 0, overlap > 0 and overlap == state.best,
        one.asks, one.asks and not same, one.asks and same, one.greets, one.thanks, one.length <= 3,
        math.log1p(one.length) / 3,
        one.asks and now.asks, now.thanks and named_by_it, now.thanks and not same,
        state.firsts[one.author] == at and not same,
        one.asks and not one.mentions and before == 0,
    ]  # fmt: skip
    state.seen[one.author] = before + 1
    state.called = state.called or named_by_it
    return row


_PAIR = 48
_START = [1.0] + [0.0] * (_PAIR - 1)


@dataclass(frozen=True, slots=True)
class Network:
    """Several networks with two hidden layers of rectified units; their scores are averaged (as votes are)."""

    first: Floats  # networks × features × hidden
    first_bias: Floats
    second: Floats
    second_bias: Floats
    last: Floats

    def scores(self, rows: Floats) -> Floats:
        """One score per row."""
        hidden = np.maximum(rows @ self.first + self.first_bias[:, None, :], 0)
        hidden = np.maximum(hidden @ self.second + self.second_bias[:, None, :], 0)
        result: Floats = (hidden @ self.last[:, :, None])[:, :, 0].mean(axis=0)
        return result


def weigh(network: Network, rows: Floats, past: Sequence[Turn]) -> Floats:
    """A score for each choice that `describe` gave a row, for a message after `past`, latest first.

    The network knows a channel where hundreds drop in with something new. In a calmer one talk goes on more often: the
    fewer people spoke lately, the less is started.
    """
    scores = network.scores(rows)
    scores[0] -= _CALM * max(0, _CROWD - len({one.author for one in past[:_AROUND]})) / _CROWD
    return scores


def chances(network: Network, now: Turn, past: Sequence[Turn]) -> list[float]:
    """The chance of each choice: first "starts something", then the messages of `past`, latest first."""
    scores = weigh(network, describe(now, past), past)
    raised = np.exp(scores - scores.max())
    result: list[float] = (raised / raised.sum()).tolist()
    return result


@cache
def load_network() -> Network:
    """The network that comes with the package."""
    arrays, _names = load_arrays("replies.npz")
    return Network(**arrays)
