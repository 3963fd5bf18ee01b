"""Hand-set scores by cue: what a message is when no trained weights are at hand, and a prior for training them."""

from bot.reading.model import KINDS, Kind

Scores = dict[Kind, float]

_Q, _R, _C, _A, _K, _T, _O = KINDS

BASE: Scores = {_Q: -1.2, _R: -1.0, _C: -2.2, _A: -0.8, _K: -1.6, _T: -1.6, _O: 0.6}

# cue -> what it adds to each kind's score
TABLE: dict[str, Scores] = {
    "asks": {_Q: 2.0, _R: 1.4, _C: 1.2, _A: -1.2, _K: -1.0, _T: -0.8, _O: -0.8},
    "wh_asks": {_Q: 1.2, _R: -0.3},
    "inverted_asks": {_Q: 0.8, _R: 0.2},
    "asks_last": {_Q: 0.4},
    "wh_first": {_Q: 1.0},
    "inverted_first": {_Q: 1.1},
    "seek": {_Q: 2.6, _A: -0.6, _K: -0.6},
    "wonder": {_Q: 1.8},
    "problem": {_Q: 1.3},
    "stuck": {_Q: 1.6, _O: 0.1},
    "thanks": {_T: 2.6, _Q: -0.5, _A: -0.4},
    "works": {_T: 1.6, _O: 0.2},
    "failed": {_T: -1.2},
    "please": {_R: 0.7},
    "do_you": {_R: 1.8, _Q: -0.3, _C: 0.2},
    "who_joins": {_R: 1.9, _Q: -0.8},
    "social": {_R: 0.8, _Q: -1.4, _O: 1.0, _A: -0.8, _K: -1.0},
    "clarifying": {_C: 1.2},
    "tip": {_K: 1.9, _A: 0.4},
    "because": {_A: 0.4, _K: 0.5},
    "steps": {_A: 0.8, _K: 0.8},
    "you_can": {_A: 0.8, _K: 0.5},
    "if_then": {_A: 0.4, _K: 0.6},
    "imperative": {_A: 0.7, _K: 0.4},
    "yes_no": {_A: 0.5, _O: 0.3},
    "guess": {_A: 0.5},
    "experience": {_A: 0.3, _K: 0.5},
    "status": {_O: 0.6, _R: 0.1},
    "announce": {_O: 0.9},
    "rhetoric": {_O: 0.9, _Q: -0.9},
    "short": {_O: 0.7, _K: -1.2, _A: -0.4, _Q: -0.4},
    "brief": {_K: -0.5},
    "length": {_K: 1.0, _A: 0.8, _T: -1.6},
    "url": {_A: 0.4, _K: 0.3},
    "bare_url": {_O: 0.8},
    "code": {_A: 0.4, _Q: 0.2},
    "smile": {_O: 0.4, _T: 0.2},
    "empty": {_O: 2.0},
    "no_line": {_A: -1.5, _C: -2.0, _T: -0.8, _K: 0.4},
    "top": {_K: 0.3},
    "open_theirs": {_A: 0.6, _C: 0.6},
    "open_next": {_A: 1.3, _C: 1.3, _K: -0.8},
    "open_near": {_A: 0.4, _C: 0.2, _K: -0.5},
    "open_named": {_A: 0.8, _C: 0.4},
    "root_question_theirs": {_A: 0.9, _C: 0.5, _K: -0.8},
    "root_question_mine": {_T: 0.6, _O: 0.5, _A: -0.6},
    "reply_question": {_A: 1.0, _C: 0.6},
    "open_mine": {_T: 0.4},
    "mine_answered": {_T: 0.9},
    "mine_newer": {_A: -0.7, _C: -1.2},
    "mine_clarify": {_O: 0.9, _A: -0.4},
    "before_theirs_clarify": {_O: 0.5, _C: -0.6},
    "before_theirs_answer": {_T: 0.4},
    "before_asks": {_A: 0.3},
    "mention_first": {_R: 0.3, _A: 0.1},
}


def score(cues: dict[str, float]) -> list[float]:
    """One score per kind, in the order of `KINDS`; higher is likelier. To be read through softmax."""
    totals = list(_START)
    for name, value in cues.items():
        for at, weight in _COLUMNS.get(name, ()):
            totals[at] += weight * value
    if "asks" in cues and "open_theirs" not in cues:
        totals[_CLARIFY] -= 1.5
    return totals


_START = [BASE[kind] for kind in KINDS]
_COLUMNS = {
    name: tuple((KINDS.index(kind), weight) for kind, weight in scores.items()) for name, scores in TABLE.items()
}
_CLARIFY = KINDS.index(_C)


def keep_score(cues: dict[str, float]) -> float:
    """How likely the message still helps in a year, as a logit; what kind it is is weighed in elsewhere."""
    good = {"length": 2.6, "because": 0.4, "steps": 0.7, "you_can": 0.5, "if_then": 0.4, "tip": 0.6, "url": 0.2,
            "code": 0.4, "imperative": 0.4, "long": 0.3}  # fmt: skip
    bad = {"short": 1.4, "asks": 0.6, "status": 0.6, "smile": 0.3, "guess": 0.3, "announce": 0.8, "social": 0.8}
    total = -1.6
    total += sum(weight * cues.get(name, 0.0) for name, weight in good.items())
    return total - sum(weight * cues.get(name, 0.0) for name, weight in bad.items())
