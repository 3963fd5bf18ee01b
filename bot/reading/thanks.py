"""Thanks that resolves: the asker says that it works, is found, or is settled."""

from bot.reading.model import Kind
from bot.reading.phrases import phrases
from bot.reading.scene import Scene
from bot.reading.text import Text

_SOLVED = phrases()["solved"]
_NOT = phrases()["unsolved"]


def settles(text: Text, kind: Kind, scene: Scene, chance: float) -> bool:
    """True when the author has an earlier question here and this message says it is solved.

    `chance` is what the weights make of it; plain words for it count with less.
    """
    if scene.mine is None or kind in (Kind.question, Kind.request, Kind.clarify):
        return False
    said = bool(_SOLVED.search(text.low)) and not _NOT.search(text.low)
    return chance >= (_LIKELY if said else _SURE)


_LIKELY, _SURE = 0.25, 0.6
