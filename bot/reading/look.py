"""Everything that reading looks at in one message, gathered once: for the reader and for its training alike."""

from dataclasses import dataclass, replace

from bot.reading.alone import Alone, look_alone
from bot.reading.conversation import Conversation
from bot.reading.cues import Cues
from bot.reading.features import Features, cue_features
from bot.reading.model import Utterance
from bot.reading.parents import Parents, parents
from bot.reading.replies import Network
from bot.reading.roles import cues_of_roles
from bot.reading.scene import Scene, cues_around, look
from bot.reading.text import Text


@dataclass(frozen=True, slots=True)
class Look:
    """One message in its place. `utterance` names also those it calls by name."""

    utterance: Utterance
    alone: Alone
    scene: Scene
    reacts: Parents
    seen: Cues
    features: Features

    @property
    def text(self) -> Text:
        """The text made ready."""
        return self.alone.text


def look_at(utterance: Utterance, masked: str, conversation: Conversation, network: Network) -> Look:
    """What is seen of `utterance` in `conversation`. `masked`: its masked text; `network` tells what it reacts to."""
    alone = look_alone(masked)
    mentions = conversation.named(utterance, alone.text)
    if mentions != utterance.mentions:
        utterance = replace(utterance, mentions=mentions)
    scene = look(utterance, conversation)
    reacts = parents(utterance, alone, scene, conversation, network)
    around = cues_around(utterance, scene, alone.content)
    around |= cues_of_roles(utterance, scene, reacts, alone.content)
    seen = alone.cues | around
    return Look(utterance, alone, scene, reacts, seen, alone.words | cue_features(seen))
