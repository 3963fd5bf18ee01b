"""The features the weights know: the cues, the words, how sentences open, and what rules make of it."""

from bot.reading.cues import Cues
from bot.reading.model import KINDS
from bot.reading.rules import score
from bot.reading.text import Text
from bot.reading.vectors import softmax

Features = dict[str, float]
TOKENS = 160  # tokens that count


def word_features(text: Text) -> Features:
    """Words, their beginnings, sentence openings and the last words, as names with value 1."""
    tokens = text.tokens[:TOKENS]
    names = ["w " + token for token in tokens]
    names += ["p " + token[:5] for token in tokens if len(token) > 5]
    for sentence in text.sentences[:12]:
        start = sentence.split(None, 3)[:3]
        names += ["^ " + " ".join(start[:n]) for n in range(1, len(start) + 1)]
    if tokens:
        names += ["< " + tokens[0], "$ " + tokens[-1], "$ " + " ".join(tokens[-2:])]
    return dict.fromkeys(names, 1.0)


def cue_features(seen: Cues) -> Features:
    """The cues themselves and the rules' verdict on them."""
    verdict = softmax(score(seen))
    found = {"c " + name: value for name, value in seen.items()}
    found.update({f"r {kind}": chance for kind, chance in zip(KINDS, verdict, strict=True)})
    found.update(_crossed(seen))
    return found


def _crossed(seen: Cues) -> Features:
    """Pairs of one cue of the text and one of the scene that mean something together only."""
    around = [name for name in _AROUND if name in seen]
    return {f"x {one} {two}": 1.0 for two in around for one in _OWN if one in seen}


_AROUND = (
    *("open_theirs", "open_next", "mine_answered", "mine_newer", "no_line", "mine_clarify", "before_asks"),
    *("root_question_theirs", "root_question_mine", "before_theirs_answer", "i_helped"),
)
_OWN = (
    *(
        "asks",
        "short",
        "brief",
        "long",
        "thanks",
        "works",
        "code",
        "url",
        "tip",
        "stuck",
        "problem",
        "you_can",
        "wh_asks",
    ),
    *("inverted_asks", "one_sentence", "own", "guess", "do_you"),
)
