"""Which question does a message answer? Candidates are questions by others; each gets a probability."""

import math
from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bot.reading.conversation import Conversation, Said
from bot.reading.look import Look
from bot.reading.model import Kind, Link
from bot.reading.parents import Parents
from bot.reading.vectors import sigmoid

SURE = 0.5  # a link below this is given only when it is the best there is …
LEAST = 0.4  # … and never below this
_MOST = 10  # candidates weighed
_HOUR = 3600.0

NAMES = (
    "base", "is root", "is replied to", "latest theirs", "since", "rank", "names asker", "only one", "in thread",
    "belongs", "parent is it", "starts",
    "shared", "shared share", "age",
    "resolved", "answered", "previous about", "previous mine about", "mine about", "asker spoke last", "asked details",
)  # fmt: skip


def candidates(seen: Look, conversation: Conversation) -> list[Said]:
    """Questions by others that this message can be about: of its thread, or of the open channel, latest first."""
    found: dict[str, Said] = {}
    utterance, scene = seen.utterance, seen.scene
    for said in (scene.replied, *scene.line, scene.root):
        if said is not None and said.kind is Kind.question:
            found.setdefault(said.id, said)
    if utterance.thread is None:
        for said in islice(reversed(conversation.questions.values()), _MOST * 2):
            if said.thread is None:
                found.setdefault(said.id, said)
    others = [q for q in found.values() if q.author != utterance.author and q.id != utterance.id]
    return others[:_MOST]


def describe(seen: Look, conversation: Conversation, questions: Sequence[Said]) -> list[list[float]]:
    """Features (`NAMES`) of each question as the one that is answered."""
    words = seen.alone.content
    return [
        _of_place(seen, question, at, len(questions))
        + _of_parents(seen.reacts, question)
        + _of_content(seen, question, words)
        + _of_history(seen, conversation, question)
        for at, question in enumerate(questions)
    ]


def _of_place(seen: Look, question: Said, rank: int, count: int) -> list[float]:
    utterance, scene = seen.utterance, seen.scene
    latest = scene.theirs is not None and scene.theirs.id == question.id
    return [
        1.0,
        float(utterance.thread == question.id),
        float(utterance.reply_to == question.id),
        float(latest),
        min(scene.since, 6) / 6 if latest else 0.0,
        min(rank, 5) / 5,
        float(question.author in utterance.mentions),
        float(count == 1),
        float(utterance.thread is not None),
    ]


def _of_parents(reacts: Parents, question: Said) -> list[float]:
    belongs = sum(chance for said, chance in reacts.said if question.id in said.about)
    direct = sum(chance for said, chance in reacts.said if said.id == question.id)
    return [belongs, direct, reacts.start]


def _of_content(seen: Look, question: Said, words: frozenset[str]) -> list[float]:
    shared = len(words & question.words)
    age = max(seen.utterance.at - question.at, 0.0)
    return [
        min(shared, 5) / 5,
        shared / math.sqrt(len(words) * len(question.words)) if shared else 0.0,
        math.log1p(age / _HOUR) / 5,
    ]


def _of_history(seen: Look, conversation: Conversation, question: Said) -> list[float]:
    line, author = seen.scene.line, seen.utterance.author
    before = line[0] if line else None
    about = [said for said in line if question.id in said.about and said.id != question.id]
    return [
        float(question.id in conversation.resolved),
        min(sum(said.kind is Kind.answer for said in about), 3) / 3,
        float(before is not None and question.id in before.about),
        float(before is not None and before.author == author and question.id in before.about),
        float(any(said.author == author for said in about)),
        float(before is not None and before.author == question.author),
        float(any(said.author == author and said.kind is Kind.clarify for said in about)),
    ]


def answered(
    rows: Sequence[Sequence[float]], questions: Sequence[Said], weights: NDArray[np.float32], chance: float = 1.0
) -> tuple[Link, ...]:
    """The questions answered, best first: all that are `SURE`, else the best if it has `LEAST`.

    `chance` is that of being an answer at all: a link is as likely as that and its own chance together.
    """
    chances = ((chance * sigmoid(float(np.dot(row, weights))), at) for at, row in enumerate(rows))
    scored = sorted(chances, key=lambda pair: -pair[0])
    sure = [pair for pair in scored if pair[0] >= SURE][:3] or [pair for pair in scored[:1] if pair[0] >= LEAST]
    return tuple(Link(question=questions[at].id, confidence=round(chance, 4)) for chance, at in sure)
