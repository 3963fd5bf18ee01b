"""A message made ready for reading: code, links, quotes and mentions become marks, the rest small words."""

import re
from dataclasses import dataclass
from functools import cached_property

READ = 2400  # characters that are read: the head says what a message is, the tail often asks
_HEAD, _TAIL = 1600, 800


@dataclass(frozen=True)
class Text:
    """One text in the forms the features want. `plain` keeps case and punctuation; code is out."""

    raw: str
    plain: str
    codes: int
    urls: int
    quotes: int
    mentions: int

    @cached_property
    def low(self) -> str:
        """Lower case, straight apostrophes."""
        return self.plain.lower().replace("’", "'").replace("´", "'")

    @cached_property
    def tokens(self) -> list[str]:
        """Words and marks in order."""
        return _TOKEN.findall(self.low)

    @cached_property
    def words(self) -> list[str]:
        """Words only."""
        return [token for token in self.tokens if token[0].isalpha()]

    @cached_property
    def sentences(self) -> list[str]:
        """Lower-case sentences with their closing sign."""
        return [part for part in (s.strip() for s in _SENTENCE.findall(self.low)) if part]


def prepare(text: str) -> Text:
    """Strip what is not prose. Linear in the length of the text, of which at most `READ` characters count."""
    raw = text if len(text) <= READ else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    plain, codes, quotes, urls, mentions = raw, 0, 0, 0, 0
    if "`" in plain:
        plain, fences = _FENCE.subn(" §code ", plain)
        plain, ticks = _TICK.subn(" §tick ", plain)
        codes = fences * 2 + ticks
    if ">" in plain:
        plain, mentions = _MENTION.subn(" §at ", plain)
        plain, quotes = _QUOTE.subn("", plain)
    if "://" in plain or "www." in plain:
        plain, urls = _LINK.subn(" §url ", plain)
    if ":" in plain:
        plain = _EMOJI.sub(" §emo ", plain)
    return Text(raw, plain, codes, urls, quotes, mentions)


_FENCE = re.compile(r"```[^`]*+(?:`{1,2}(?!`)[^`]*+)*+(?:```|\Z)")
_TICK = re.compile(r"`[^`\n]{1,300}`")
_MENTION = re.compile(r"<[@#!][^>\s]{1,120}>")
_QUOTE = re.compile(r"^>[^\n]*\n?", re.MULTILINE)
_LINK = re.compile(r"<?(?:https?://|www\.)[^\s<>]{1,2000}>?")
_EMOJI = re.compile(r":[a-z][a-z0-9_+-]{1,40}:")
_TOKEN = re.compile(r"§[a-z]+|[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?!]|\.\.\.|…|[^\w\s.,;:'\"()\[\]{}/\\*=+<>@#$%^&|~`-]")
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]+|[^.!?\n]+")
