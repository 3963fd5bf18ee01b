"""What a text itself shows, without looking around: question forms, tips, thanks, requests. Each cue is 0 … 1."""

import re
from collections.abc import Callable

from bot.reading.openings import opening
from bot.reading.phrases import said
from bot.reading.text import Text

Cues = dict[str, float]


def cues(text: Text) -> Cues:
    """The cues of one text by name; those that are zero are left out."""
    found = {name: 1.0 for name in said(text.low) if name not in _OF_THANKS}
    found.update(_sentence_cues(text))
    found.update({name: value for name, see in _SHAPES.items() if (value := see(text))})
    return found


def _sentence_cues(text: Text) -> Cues:
    found: Cues = {}
    sentences = text.sentences[:30]
    for at, sentence in enumerate(sentences):
        for name in _of_sentence(sentence):
            found[name] = 1.0
            if at == 0:
                found[name + "_first"] = 1.0
            if at == len(sentences) - 1:
                found[name + "_last"] = 1.0
    return found


def _of_sentence(sentence: str) -> list[str]:
    asks = "?" in sentence[-4:]
    names = ["asks"] if asks else []
    how = opening(sentence)
    if how == "imperative":
        names.append(how)
    elif how:
        names.append(how + "_asks" if asks else how)
    return names


_OF_THANKS = ("solved", "unsolved")


def _bounded(value: float, top: float) -> float:
    return min(value / top, 1.0)


_THANKS = re.compile(
    r"(?:§\w+ )?(?:(?:ok|okay|ah|oh|great|hey|many|hartelijk|heel erg) ?,? ?)?(?:thanks?|thx|dank|bedankt)\b"
)
_SMILE = re.compile(r"[:;]-?[)dp(]|§emo|[\U0001f300-\U0001faff☀-➿]|\bhaha|\blol\b")

_SHAPES: dict[str, Callable[[Text], float]] = {
    "short": lambda t: float(len(t.words) <= 4),
    "brief": lambda t: float(4 < len(t.words) <= 9),
    "length": lambda t: _bounded(len(t.words), 60),
    "long": lambda t: float(len(t.words) > 30),
    "code": lambda t: float(t.codes > 0),
    "block": lambda t: float(t.codes > 1),
    "url": lambda t: float(t.urls > 0),
    "bare_url": lambda t: float(t.urls > 0 and len(t.words) <= 2),
    "quote": lambda t: float(t.quotes > 0),
    "mention": lambda t: float(t.mentions > 0),
    "mention_first": lambda t: float(t.low.lstrip().startswith("§at")),
    "shout": lambda t: float("!" in t.low),
    "dots": lambda t: float("..." in t.low or "…" in t.low),
    "many_asks": lambda t: _bounded(max(t.low.count("?") - 1, 0), 3),
    "numbers": lambda t: _bounded(sum(map(str.isdigit, t.low)), 12),
    "lines": lambda t: _bounded(t.plain.count("\n"), 6),
    "smile": lambda t: float(bool(_SMILE.search(t.low))),
    "thanks_opens": lambda t: float(bool(_THANKS.match(t.low.lstrip(" ,!.")))),
    "empty": lambda t: float(not t.words),
    "one_sentence": lambda t: float(len(t.sentences) == 1),
}
