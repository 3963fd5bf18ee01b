"""The one exchange of the week worth telling."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.reports.excerpt import excerpt
from bot.reports.material import StoryCandidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A confirmed exchange whose people agreed to its being told."""

    question: str
    asker: str
    ander: str
    group: str
    asked: str
    answered: str
    link: str
    helped: int


def choose_story(candidates: Iterable[StoryCandidate], start: datetime, end: datetime) -> Story | None:
    """The exchange confirmed from `start` up to `end` that crossed a border, then helped most, then came
    last; only one whose people consented. None when there is none.

    Source: value-creation stories, Wenger, Trayner & de Laat (2011).
    """
    told = [c for c in candidates if c.consented and start <= c.helpful_at < end]
    best = max(told, key=lambda c: (c.outsider, c.helped, c.helpful_at, c.question), default=None)
    if best is None:
        return None
    return Story(
        question=best.question,
        asker=excerpt(best.asker),
        ander=excerpt(best.ander),
        group=excerpt(best.group),
        asked=excerpt(best.asked),
        answered=excerpt(best.answered),
        link=best.link,
        helped=best.helped,
    )
