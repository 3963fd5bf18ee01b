"""Who seems to ask and who to help around a message: what the last messages are, by their chances rather than by the
kind they were read as, since any of them may have been misread."""

from collections.abc import Sequence

from bot.reading.conversation import Said
from bot.reading.model import KINDS, Kind, Utterance
from bot.reading.parents import Parents
from bot.reading.scene import Scene

_ASKS, _DETAILS, _ANSWERS = KINDS.index(Kind.question), KINDS.index(Kind.clarify), KINDS.index(Kind.answer)
_LEAST = 0.02  # chances below this are left out
_FAR = 8  # how many messages of others are looked at for a question


def cues_of_roles(utterance: Utterance, scene: Scene, reacts: Parents, words: frozenset[str]) -> dict[str, float]:
    """Cues by name, each 0 … 1; those that are zero are left out. `words`: those of meaning in this message."""
    line, author = scene.line, utterance.author
    own = [said for said in line if said.author == author]
    others = [said for said in line if said.author != author]
    found = {
        **_of_last(line, own, others, author),
        **_of_people(line, own, others),
        **_of_asked(utterance, others, words),
        **_of_named(utterance, line),
        **_of_parents(reacts, line, author),
    }
    return {name: value for name, value in found.items() if value}


def _mix(place: str, chances: Sequence[float]) -> dict[str, float]:
    return {name: chance for name, chance in zip(_KINDS_AT[place], chances, strict=True) if chance > _LEAST}


def _of_last(line: Sequence[Said], own: Sequence[Said], others: Sequence[Said], author: str) -> dict[str, float]:
    """What the last two messages are, the last by the author and the last by anybody else."""
    found: dict[str, float] = {}
    for said, mine, theirs in zip(line, ("last_mine", "before_mine_was"), ("last_theirs", "before_theirs_was")):  # noqa: B905
        found |= _mix(mine if said.author == author else theirs, said.chances)
    if own and own[0] is not line[0]:
        found |= _mix("own", own[0].chances)
    if others and others[0] is not line[0]:
        found |= _mix("other", others[0].chances)
    return found


def _of_people(line: Sequence[Said], own: Sequence[Said], others: Sequence[Said]) -> dict[str, float]:
    """Whether the author asked or helped so far, and the other who spoke last; who goes on, who is new here."""
    found = {
        "i_ask": _asking(own),
        "i_help": _helping(own),
        "newcomer": float(not own),
        "voices": min(len({said.author for said in line}), 5) / 5,
        "goes_on": min(_until(line, others), 4) / 4,
        "silent_for": min(_until(line, own), 6) / 6,
    }
    if others:
        them = [said for said in others if said.author == others[0].author]
        found |= {"they_ask": _asking(them), "they_help": _helping(them)}
    return found


def _asking(said: Sequence[Said]) -> float:
    return max((one.chances[_ASKS] for one in said), default=0.0)


def _helping(said: Sequence[Said]) -> float:
    return max((one.chances[_ANSWERS] + one.chances[_DETAILS] for one in said), default=0.0)


def _until(line: Sequence[Said], some: Sequence[Said]) -> int:
    """How many messages came after the last of these."""
    return next((at for at, said in enumerate(line) if some and said is some[0]), len(line))


def _of_asked(utterance: Utterance, others: Sequence[Said], words: frozenset[str]) -> dict[str, float]:
    """How likely it is that others asked something lately, how near, and whether this message is about it."""
    near = others[:_FAR]
    if not near:
        return {}
    nobody = 1.0
    for said in near:
        nobody *= 1 - said.chances[_ASKS]
    likeliest = max(near, key=lambda said: said.chances[_ASKS])
    chance = likeliest.chances[_ASKS]
    return {
        "asked_lately": 1 - nobody,
        "asked_near": max(said.chances[_ASKS] / (1 + at) for at, said in enumerate(near)),
        "answered_lately": max(said.chances[_ANSWERS] for said in near[:6]),
        "details_asked": max(said.chances[_DETAILS] / (1 + at) for at, said in enumerate(near[:5])),
        "asked_shares": chance * min(len(words & likeliest.words), 4) / 4,
        "asked_named": chance * (likeliest.author in utterance.mentions),
    }


def _of_named(utterance: Utterance, line: Sequence[Said]) -> dict[str, float]:
    """What those said who are named here, and what was said that names the author."""
    found: dict[str, float] = {}
    if utterance.mentions:
        them = [said for said in line if said.author in utterance.mentions]
        found = {"named_here": float(bool(them)), "named_elsewhere": float(not them), "named_asks": _asking(them)}
        if them:
            found |= _mix("named", them[0].chances)
    called = next((said for said in line if utterance.author in said.mentions), None)
    return found | _mix("called", called.chances) if called else found


def _of_parents(reacts: Parents, line: Sequence[Said], author: str) -> dict[str, float]:
    """What it reacts to is, each possible message by its chance."""
    found = {"starts": reacts.start}
    to_asker = 0.0
    asked: dict[str, float] = {}
    for said in line:
        asked[said.author] = max(asked.get(said.author, 0.0), said.chances[_ASKS])
    for said, chance in reacts.said:
        if chance <= _LEAST:
            continue
        names = _KINDS_AT["to_mine" if said.author == author else "to_theirs"]
        for name, one in zip(names, said.chances, strict=True):
            found[name] = found.get(name, 0.0) + chance * one
        if said.author != author:
            to_asker += chance * asked.get(said.author, 0.0)
    found["to_asker"] = to_asker
    return found


_PLACES = ("last_mine", "last_theirs", "before_mine_was", "before_theirs_was", "own", "other", "named", "called")
_KINDS_AT = {place: tuple(f"{place}_{kind}" for kind in KINDS) for place in (*_PLACES, "to_mine", "to_theirs")}
