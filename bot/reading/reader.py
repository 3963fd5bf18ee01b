"""Reads one message in its conversation: the door to this package."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.reading.alone import look_alone
from bot.reading.arrays import load_arrays
from bot.reading.conversation import Conversation
from bot.reading.features import Features
from bot.reading.kinds import Kinds, load_kinds
from bot.reading.language import detect
from bot.reading.links import Parents, answered, candidates, describe, parents
from bot.reading.look import Look, look_at
from bot.reading.model import KINDS, Kind, Link, Reading, Utterance
from bot.reading.replies import Network, load_network
from bot.reading.secrets import mask
from bot.reading.thanks import settles
from bot.reading.vectors import sigmoid, softmax

Vector = NDArray[np.float32]
_WORTH = 0.55  # chance of being a question or know-how from which a vector is wanted
_KEEP, _RESOLVED = len(KINDS), len(KINDS) + 1


@dataclass(frozen=True, slots=True)
class Reader:
    """Its weights and nothing else; safe to share."""

    kinds: Kinds
    network: Network
    links: Vector

    def wants_vector(self, utterance: Utterance) -> bool:
        """Would a vector of this message be of use? Looks at the text alone, and is cheap.

        True when it may be a question or know-how, whose vector is filed anyway.
        """
        return sigmoid(self.kinds.score_alone(look_alone(utterance.text).features)) >= _WORTH

    def read(self, utterance: Utterance, conversation: Conversation, vector: Vector | None = None) -> Reading:
        """What `utterance` is, given what was said before. Changes nothing; raises nothing on any text.

        `vector`: the default embedder's for this text (512 numbers of length 1), or None.
        """
        masked, secrets = mask(utterance.text)
        seen = look_at(utterance, masked, conversation)
        scores = self.kinds.scores(seen.features, vector).tolist()
        kind, chance = _best(scores)
        reacts = parents(seen, conversation, self.network, kind)
        links = self._answers(kind, chance, seen, conversation, reacts, vector)
        keep = sigmoid(scores[_KEEP])
        resolved = settles(seen.text, kind, seen.scene, sigmoid(scores[_RESOLVED]))
        return Reading(
            id=utterance.id,
            kind=kind,
            confidence=round(chance, 4),
            lang=detect(seen.text),
            keep=keep >= float(self.kinds.keep_from[0]),
            keep_confidence=round(keep, 4),
            resolved=resolved,
            resolves=seen.scene.mine.id if resolved and seen.scene.mine else None,
            answers=links,
            masked=masked,
            secrets=secrets,
            why=self._why(seen.features, kind, vector),
            parent=reacts.best,
        )

    def _answers(
        self,
        kind: Kind,
        chance: float,
        seen: Look,
        conversation: Conversation,
        reacts: Parents,
        vector: Vector | None,
    ) -> tuple[Link, ...]:
        if kind is not Kind.answer:
            return ()
        questions = candidates(seen, conversation)
        return answered(describe(seen, conversation, reacts, questions, vector), questions, self.links, chance)

    def _why(self, features: Features, kind: Kind, vector: Vector | None) -> tuple[str, ...]:
        """The features that spoke most for this kind, each with what it added to its logit."""
        pulls = self.kinds.pulls(features, KINDS.index(kind), vector)[:3]
        return tuple(f"{name}:{pull:.1f}" for pull, name in pulls if pull > 0.05)


def load_reader() -> Reader:
    """A reader with the weights that come with the package. Raises ConfigError when they are missing."""
    links, _names = load_arrays("links.npz")
    return Reader(kinds=load_kinds(), network=load_network(), links=links["weights"])


def _best(scores: list[float]) -> tuple[Kind, float]:
    chances = softmax(scores[: len(KINDS)])
    best = max(range(len(KINDS)), key=chances.__getitem__)
    return KINDS[best], chances[best]
