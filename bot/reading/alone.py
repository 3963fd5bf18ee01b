"""One text by itself, looked at once: for the reading, for the memory of what was read, and for reading it again."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.reading.cues import Cues, cues
from bot.reading.features import Features, cue_features, word_features
from bot.reading.text import Text, prepare
from bot.reading.words import content_words

READY = 512  # texts kept between one look and the next: more than an import reads at a time


@dataclass(frozen=True)
class Alone:
    """A (masked) text with its cues and words, without its surroundings."""

    text: Text
    cues: Cues
    words: Features

    @cached_property
    def content(self) -> frozenset[str]:
        """Stems of the words that carry meaning."""
        return content_words(self.text)

    @property
    def features(self) -> Features:
        """What the weights make their guess of when the text is all there is."""
        return self.words | cue_features(self.cues)


@lru_cache(maxsize=READY)
def look_alone(masked: str) -> Alone:
    """The look at `masked`; `forget_looks` when somebody wants a text forgotten."""
    text = prepare(masked)
    return Alone(text, cues(text), word_features(text))


def forget_looks() -> None:
    """Leave no trace of any text."""
    look_alone.cache_clear()
