"""Reads one message in its conversation: the only door to this package."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.reading.conversation import Conversation
from bot.reading.cues import Cues, cues
from bot.reading.language import detect
from bot.reading.links import answered
from bot.reading.model import KINDS, Kind, Link, Reading, Utterance
from bot.reading.rules import keep_score, score
from bot.reading.scene import Scene, cues_around, look
from bot.reading.secrets import mask
from bot.reading.text import Text, prepare
from bot.reading.thanks import settles
from bot.reading.words import content_words

Vector = NDArray[np.float32]


class Reader:
    """Stateless apart from its weights; safe to share."""

    def wants_vector(self, utterance: Utterance) -> bool:
        """Would a vector of this message be of use? Looks at the text alone.

        True when it may become a question or know-how (whose vector is filed anyway), or is hard to tell.
        """
        text = prepare(utterance.text)
        if len(text.words) < 4:
            return False
        chances = _softmax(score(cues(text)))
        return chances[0] + chances[4] > 0.5

    def read(self, utterance: Utterance, conversation: Conversation, vector: Vector | None = None) -> Reading:
        """What `utterance` is, given what was said before. Changes nothing; raises nothing on any text."""
        masked, secrets = mask(utterance.text)
        text = prepare(masked)
        scene = look(utterance, conversation)
        seen = {**cues(text), **cues_around(utterance, scene)}
        kind, chance = _kind(seen)
        keep = _keep(kind, seen)
        links = self._answers(utterance, kind, text, scene, conversation)
        resolved = settles(text, kind, scene)
        return Reading(
            id=utterance.id,
            kind=kind,
            confidence=round(chance, 4),
            lang=detect(text),
            keep=keep >= 0.5,
            keep_confidence=round(keep, 4),
            resolved=resolved,
            resolves=scene.mine.id if resolved and scene.mine else None,
            answers=links,
            masked=masked,
            secrets=secrets,
            why=_why(kind, seen),
            parent=links[0].question if links else None,
        )

    def _answers(
        self, utterance: Utterance, kind: Kind, text: Text, scene: Scene, conversation: Conversation
    ) -> tuple[Link, ...]:
        if kind is not Kind.answer:
            return ()
        return answered(utterance, scene, conversation, content_words(text))


def load_reader() -> Reader:
    """A reader with the weights that come with the package."""
    return Reader()


def _kind(seen: Cues) -> tuple[Kind, float]:
    chances = _softmax(score(seen))
    best = max(range(len(KINDS)), key=chances.__getitem__)
    return KINDS[best], chances[best]


def _keep(kind: Kind, seen: Cues) -> float:
    bonus = {Kind.answer: 1.0, Kind.knowhow: 1.8}.get(kind, -3.0)
    return 1.0 / (1.0 + math.exp(-(keep_score(seen) + bonus)))


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    raised = [math.exp(one - top) for one in scores]
    total = sum(raised)
    return [one / total for one in raised]


def _why(kind: Kind, seen: Cues) -> tuple[str, ...]:
    """The cues that spoke most for this kind."""
    at = KINDS.index(kind)
    base = score({})[at]
    pulls = sorted(((score({name: value})[at] - base, name) for name, value in seen.items()), reverse=True)
    return tuple(f"{name}:{pull:.1f}" for pull, name in pulls[:3] if pull > 0)
