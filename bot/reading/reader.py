"""Reads one message in its conversation: the door to this package."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.reading.arrays import load_arrays
from bot.reading.conversation import Conversation, Said
from bot.reading.kinds import EMBEDDER, Kinds, Sight, load_kinds
from bot.reading.language import detect
from bot.reading.links import answered, candidates, describe
from bot.reading.look import Look, look_at
from bot.reading.model import KINDS, Kind, Link, Reading, Utterance
from bot.reading.replies import Network, load_network
from bot.reading.secrets import mask
from bot.reading.thanks import settles
from bot.reading.vectors import sigmoid, softmax

Vector = NDArray[np.float32]
RIVAL, RIVAL_ALONE = 0.5, 0.3
"""A kind that counts for so much of the best one's chance makes a second look with a vector worth it, in a conversation
and where nothing was said before: a vector has more to say where nothing else does (docs/reading.md)."""
_QUESTION, _CLARIFY = KINDS.index(Kind.question), KINDS.index(Kind.clarify)
_ECHO, _ECHO_WORDS = 0.7, 3  # cosine of the content words of two questions that are one; fewer words tell nothing
_KEEP, _RESOLVED = len(KINDS), len(KINDS) + 1
_REACTING = [KINDS.index(kind) for kind in (Kind.answer, Kind.clarify, Kind.thanks)]
_TELLING = [KINDS.index(kind) for kind in (Kind.answer, Kind.knowhow)]
_REACTS = 0.2  # the chance of being one of these from which it is weighed which question it is about


@dataclass(frozen=True, slots=True)
class Glance:
    """All that the conversation tells of one message, gathered at once, so that it can be judged twice."""

    seen: Look
    sight: Sight
    masked: str
    secrets: tuple[str, ...]
    questions: tuple[Said, ...]  # that it may answer
    rows: tuple[list[float], ...]  # each of them described


@dataclass(frozen=True, slots=True)
class Reader:
    """Its weights and nothing else; safe to share. `explains`: whether readings say why, which takes a twentieth of the
    time."""

    kinds: Kinds
    network: Network
    links: Vector
    explains: bool = False

    def read(self, utterance: Utterance, conversation: Conversation, vector: Vector | None = None) -> Reading:
        """What `utterance` is, given what was said before. Changes nothing; raises nothing on any text.

        `vector`: that of this text (512 numbers of length 1) by a model that `knows` accepts, or None.
        """
        return self.judge(self.glance(utterance, conversation), vector)

    def glance(self, utterance: Utterance, conversation: Conversation) -> Glance:
        """Look at `utterance` in `conversation`; what was added to it later is not seen when judging."""
        masked, secrets = mask(utterance.text)
        seen = look_at(utterance, masked, conversation, self.network)
        sight = self.kinds.see(seen.features)
        first = softmax(self.kinds.scores(sight).tolist()[: len(KINDS)])
        likely = sum(first[at] for at in _REACTING) >= _REACTS
        questions = tuple(candidates(seen, conversation)) if likely else ()
        rows = tuple(describe(seen, conversation, questions))
        return Glance(seen, sight, masked, secrets, questions, rows)

    def judge(self, glance: Glance, vector: Vector | None = None) -> Reading:
        """What a message is that was looked at, with its vector or without."""
        seen = glance.seen
        scores = self.kinds.scores(glance.sight, vector).tolist()
        chances = softmax(scores[: len(KINDS)])
        if _asks_again(seen):
            chances[_QUESTION], chances[_CLARIFY] = chances[_QUESTION] + chances[_CLARIFY], 0.0
        kind, chance = self._best(chances)
        keep = sigmoid(scores[_KEEP])
        resolved = settles(seen.text, kind, seen.scene, sigmoid(scores[_RESOLVED]))
        return Reading(
            id=seen.utterance.id,
            kind=kind,
            confidence=round(chance, 4),
            lang=detect(seen.text),
            keep=keep * sum(chances[at] for at in _TELLING) >= float(self.kinds.keep_from[0]),
            keep_confidence=round(keep, 4),
            resolved=resolved,
            resolves=seen.scene.mine.id if resolved and seen.scene.mine else None,
            answers=self._answers(kind, chance, glance),
            masked=glance.masked,
            secrets=glance.secrets,
            why=self._why(glance.sight, kind, vector) if self.explains else (),
            parent=seen.reacts.best,
            chances=tuple(chances),
        )

    def wants_vector(self, glance: Glance, reading: Reading) -> bool:
        """Would a second look with a vector be worth it? `reading`: what was made of `glance` without one."""
        second, best = sorted(self._leaning(reading.chances))[-2:]
        return second >= best * (RIVAL if glance.seen.scene.line else RIVAL_ALONE)

    def knows(self, model: str) -> bool:
        """Are the vectors of this embedder those that the weights were trained with?"""
        return model.startswith(EMBEDDER)

    def _best(self, chances: list[float]) -> tuple[Kind, float]:
        """The kind to name, with its chance."""
        best = max(range(len(KINDS)), key=self._leaning(chances).__getitem__)
        return KINDS[best], chances[best]

    def _leaning(self, chances: Sequence[float]) -> list[float]:
        """What the chance of each kind counts for in choosing one."""
        return [one * weight for one, weight in zip(chances, self.kinds.lean.tolist(), strict=True)]

    def _answers(self, kind: Kind, chance: float, glance: Glance) -> tuple[Link, ...]:
        if kind is not Kind.answer:
            return ()
        return answered(glance.rows, glance.questions, self.links, chance)

    def _why(self, sight: Sight, kind: Kind, vector: Vector | None) -> tuple[str, ...]:
        """The features that spoke most for this kind, each with what it added to its logit."""
        pulls = self.kinds.pulls(sight, KINDS.index(kind), vector)[:3]
        return tuple(f"{name}:{pull:.1f}" for pull, name in pulls if pull > 0.05)


def _asks_again(seen: Look) -> bool:
    """Whether a message says little else than somebody's question just before did: then it asks the same, where asking
    for details would bring in words of its own."""
    theirs, words = seen.scene.theirs, seen.alone.content
    if theirs is None or len(words) < _ECHO_WORDS:
        return False
    return len(words & theirs.words) >= _ECHO * math.sqrt(len(words) * len(theirs.words))


def load_reader(*, explains: bool = False) -> Reader:
    """A reader with the weights that come with the package. Raises ConfigError when they are missing."""
    links, _names = load_arrays("links.npz")
    return Reader(kinds=load_kinds(), network=load_network(), links=links["weights"], explains=explains)
