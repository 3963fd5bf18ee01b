"""What a message may react to: told by its thread or reply, else weighed among the latest of the open channel."""

from dataclasses import dataclass
from itertools import islice

from bot.reading.alone import Alone
from bot.reading.conversation import Conversation, Said
from bot.reading.model import Utterance
from bot.reading.replies import Network, chances
from bot.reading.scene import Scene

_BACK = 12  # earlier messages of an open channel that are weighed


@dataclass(frozen=True, slots=True)
class Now:
    """The message being read, as `replies` wants it."""

    author: str
    at: float
    mentions: tuple[str, ...]
    words: frozenset[str]
    length: int
    asks: bool
    greets: bool
    thanks: bool


@dataclass(frozen=True, slots=True)
class Parents:
    """What a message may react to: each earlier message with its chance, and the chance that it starts something."""

    said: tuple[tuple[Said, float], ...]
    start: float

    @property
    def best(self) -> str | None:
        """The likeliest parent, or None when starting something is likelier than any."""
        top = max(self.said, key=lambda pair: pair[1], default=None)
        return top[0].id if top and top[1] > self.start else None


def parents(utterance: Utterance, alone: Alone, scene: Scene, conversation: Conversation, network: Network) -> Parents:
    """What `utterance`, which names also those it calls by name, may react to in `conversation`."""
    if scene.replied is not None:
        return Parents(((scene.replied, 1.0),), 0.0)
    if utterance.thread is not None:
        return Parents(tuple((said, 1.0) for said in scene.line[:1]), 0.0)
    past = tuple(islice((s for s in reversed(conversation.recent) if s.thread is None and s.id != utterance.id), _BACK))
    if not past:
        return Parents((), 1.0)
    found = chances(network, as_turn(utterance, alone), past)
    return Parents(tuple(zip(past, found[1:], strict=True)), found[0])


def as_turn(utterance: Utterance, alone: Alone) -> Now:
    """The message as a turn in the talk."""
    text = alone.text
    return Now(
        author=utterance.author,
        at=utterance.at,
        mentions=utterance.mentions,
        words=alone.content,
        length=len(text.words),
        asks="?" in text.plain,
        greets="greets" in alone.cues,
        thanks="thanks" in alone.cues,
    )
