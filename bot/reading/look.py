"""Everything that reading looks at in one message, gathered once: for the reader and for its training alike."""

from dataclasses import dataclass, replace

from bot.reading.conversation import Conversation
from bot.reading.cues import Cues, cues
from bot.reading.features import Features, cue_features, word_features
from bot.reading.model import Utterance
from bot.reading.scene import Scene, cues_around, look
from bot.reading.text import Text, prepare


@dataclass(frozen=True, slots=True)
class Look:
    """One message in its place. `utterance` names also those it calls by name."""

    utterance: Utterance
    text: Text
    scene: Scene
    seen: Cues
    features: Features


def look_at(utterance: Utterance, text: Text, conversation: Conversation) -> Look:
    """What is seen of `utterance`, whose (masked) text is `text`, in `conversation`."""
    utterance = replace(utterance, mentions=conversation.named(utterance, text))
    scene = look(utterance, conversation)
    seen = cues(text) | cues_around(utterance, scene)
    return Look(utterance, text, scene, seen, word_features(text) | cue_features(seen))


def look_alone(text: str) -> Features:
    """What is seen of a text without its surroundings."""
    prepared = prepare(text)
    return word_features(prepared) | cue_features(cues(prepared))
