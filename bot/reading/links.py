"""Which question does a message answer? Candidates are recent questions by others; each gets a probability."""

import math

from bot.reading.conversation import Conversation, Said
from bot.reading.model import Kind, Link, Utterance
from bot.reading.scene import Scene

SURE = 0.5  # a link below this is not given
_HOUR = 3600.0
_MOST = 12  # candidates scored


def answered(
    utterance: Utterance, scene: Scene, conversation: Conversation, words: frozenset[str]
) -> tuple[Link, ...]:
    """The questions that `utterance`, taken to be an answer, answers: best first, each at least `SURE`."""
    scored = sorted(
        (
            (_chance(utterance, scene, conversation, words, q), q)
            for q in candidates(utterance, scene, conversation)
        ),
        key=lambda pair: -pair[0],
    )
    best = [Link(question=q.id, confidence=round(p, 4)) for p, q in scored if p >= SURE]
    return tuple(best[:1])


def candidates(utterance: Utterance, scene: Scene, conversation: Conversation) -> list[Said]:
    """Questions by others that this message can be about: of its thread, or of the open channel."""
    found: dict[str, Said] = {}
    for said in (scene.replied, scene.root, *scene.line):
        if said is not None and said.kind is Kind.question:
            found.setdefault(said.id, said)
    if utterance.thread is None:
        for said in reversed(conversation.questions.values()):
            if len(found) >= _MOST:
                break
            if said.thread is None:
                found.setdefault(said.id, said)
    return [q for q in found.values() if q.author != utterance.author and q.id != utterance.id]


def _chance(
    utterance: Utterance, scene: Scene, conversation: Conversation, words: frozenset[str], question: Said
) -> float:
    score = -0.6
    score += 3.0 * (utterance.reply_to == question.id)
    score += 1.5 * (utterance.thread is not None and question.id == utterance.thread)
    score += 1.5 * (question.author in utterance.mentions)
    score += 1.6 * (scene.theirs is not None and scene.theirs.id == question.id)
    score += 0.5 * min(len(words & question.words), 4)
    score -= 0.25 * math.log1p(max(utterance.at - question.at, 0.0) / _HOUR)
    score -= 0.8 * (question.id in conversation.resolved)
    return 1.0 / (1.0 + math.exp(-score))
