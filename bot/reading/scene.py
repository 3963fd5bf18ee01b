"""What stands around a message when it is said: who spoke before, which questions are open, whose they are."""

from dataclasses import dataclass
from itertools import islice

from bot.reading.conversation import Conversation, Said
from bot.reading.model import Kind, Utterance

_HOUR = 3600.0
LINE = 12  # how far back the line of talk is looked at
STALE = 36 * _HOUR  # an unthreaded line of talk older than this is not what somebody reacts to


@dataclass(frozen=True, slots=True)
class Scene:
    """The line of talk a message stands in, latest first, and the questions that matter to it."""

    line: tuple[Said, ...]
    root: Said | None
    replied: Said | None
    theirs: Said | None  # the latest question by somebody else in this line
    mine: Said | None  # the latest question by the author
    since: int  # how many utterances since `theirs`

    @property
    def previous(self) -> Said | None:
        """Who spoke last in this line."""
        return self.line[0] if self.line else None


def look(utterance: Utterance, conversation: Conversation) -> Scene:
    """The scene of `utterance`. Only what was said before it in `conversation` is seen."""
    line = _line(utterance, conversation)
    replied = conversation.find(utterance.reply_to)
    root = conversation.find(utterance.thread)
    theirs, since = None, 0
    for at, said in enumerate(line):
        if said.kind is Kind.question and said.author != utterance.author:
            theirs, since = said, at
            break
    mine = next((s for s in line if s.kind is Kind.question and s.author == utterance.author), None)
    if mine is None:
        mine = _own(utterance, conversation)
    return Scene(line, root, replied, theirs, mine, since)


def _line(utterance: Utterance, conversation: Conversation) -> tuple[Said, ...]:
    if utterance.thread is not None:
        return tuple(s for s in reversed(conversation.in_thread(utterance.thread)) if s.id != utterance.id)[:LINE]
    flat = (
        said
        for said in reversed(conversation.recent)
        if said.thread is None and said.id != utterance.id and utterance.at - said.at <= STALE
    )
    return tuple(islice(flat, LINE))


def _own(utterance: Utterance, conversation: Conversation) -> Said | None:
    if utterance.thread is not None:
        return None
    for said in reversed(conversation.questions.values()):
        if said.author == utterance.author and said.id != utterance.id and said.thread is None:
            return said
    return None


def cues_around(utterance: Utterance, scene: Scene, words: frozenset[str]) -> dict[str, float]:
    """Cues of the surroundings by name, each 0 … 1; those that are zero are left out. `words`: those of meaning.

    None of them is about time: the pace of written corpora is made up, and weights would learn it by heart.
    """
    found = {**_of_place(utterance, scene), **_of_previous(utterance, scene), **_of_questions(utterance, scene)}
    found |= _of_words(utterance, scene, words)
    return {name: float(value) for name, value in found.items() if value}


def _of_place(utterance: Utterance, scene: Scene) -> dict[str, float]:
    root = scene.root
    return {
        "in_thread": utterance.thread is not None,
        "top": utterance.thread is None and utterance.reply_to is None,
        "no_line": not scene.line,
        "root_question_theirs": bool(root and root.kind is Kind.question and root.author != utterance.author),
        "root_question_mine": bool(root and root.kind is Kind.question and root.author == utterance.author),
        "root_mine": bool(root and root.author == utterance.author),
        "reply": scene.replied is not None,
        "reply_question": bool(scene.replied and scene.replied.kind is Kind.question),
        "thread_early": utterance.thread is not None and len(scene.line) <= 2,
    }


def _of_words(utterance: Utterance, scene: Scene, words: frozenset[str]) -> dict[str, float]:
    """Words in common with what may be reacted to, and with what the author said before."""
    before = scene.previous
    own = next((said for said in scene.line if said.author == utterance.author), None)
    others = {said.author: said for said in reversed(scene.line) if said.author != utterance.author}
    return {
        "shares_before": _shared(words, before if before and before.author != utterance.author else None),
        "shares_open": _shared(words, scene.theirs),
        "shares_mine": _shared(words, scene.mine),
        "shares_own": _shared(words, own),
        "shares_line": max((_shared(words, said) for said in others.values()), default=0.0),
        "theirs_clarify": float(any(said.kind is Kind.clarify for said in others.values())),
        "helps_on": float(own is not None and own.kind is Kind.answer),
        "asks_on": float(own is not None and own.kind is Kind.question),
    }


def _shared(words: frozenset[str], said: Said | None) -> float:
    return min(len(words & said.words), 4) / 4 if said is not None else 0.0


def _of_previous(utterance: Utterance, scene: Scene) -> dict[str, float]:
    before = scene.previous
    if before is None:
        return {}
    same = before.author == utterance.author
    whose = "mine" if same else "theirs"
    return {
        f"before_{whose}": 1.0,
        f"before_{whose}_{before.kind}": 1.0,
        "before_asks": before.asks and not same,
        "two_voices": len({said.author for said in scene.line[:6]} | {utterance.author}) == 2,
        "names_before": before.author in utterance.mentions,
        "before_short": before.length <= 4,
    }


def _of_questions(utterance: Utterance, scene: Scene) -> dict[str, float]:
    theirs, mine = scene.theirs, scene.mine
    found: dict[str, float] = {}
    if theirs is not None:
        found = {
            "open_theirs": 1.0,
            "open_next": scene.since == 0,
            "open_near": scene.since <= 2,
            "open_named": theirs.author in utterance.mentions,
            "i_helped": any(s.author == utterance.author for s in scene.line[: scene.since]),
            "asker_since": any(s.author == theirs.author for s in scene.line[: scene.since]),
        }
    if mine is not None:
        after = [s for s in scene.line if s.at >= mine.at and s.author != utterance.author]
        found |= {
            "open_mine": 1.0,
            "mine_answered": any(s.kind is Kind.answer for s in after),
            "mine_heard": bool(after),
            "mine_clarify": bool(scene.line) and scene.line[0].kind is Kind.clarify,
            "mine_newer": theirs is None or mine.at > theirs.at,
        }
    return found
