"""What the demo needs of a screen. The terminal adapter has one."""

from datetime import datetime
from typing import Protocol

from bot.outgoing import Outgoing


class Stage(Protocol):
    """Shows what happens, in order."""

    def title(self, title: str, subtitle: str) -> None:
        """The very beginning."""
        ...

    def chapter(self, title: str) -> None:
        """A new week, or the end."""
        ...

    def scene(self, title: str) -> None:
        """Something worth showing begins."""
        ...

    def talk(self, at: datetime, author: str, place: str, text: str, *, thread: bool) -> None:
        """Somebody says something."""
        ...

    def mark(self, at: datetime, author: str, emoji: str) -> None:
        """Somebody reacts, with an emoji's short name."""
        ...

    def ander(self, out: Outgoing, whom: str) -> None:
        """Ander says something to `whom`: a person or a channel."""
        ...

    def press(self, at: datetime, author: str, label: str) -> None:
        """Somebody presses a button."""
        ...

    def tell(self, text: str) -> None:
        """The narrator explains. `So` in backquotes are words to type or names of things."""
        ...

    def gloss(self, text: str) -> None:
        """What was said, in other words, for who does not read its language."""
        ...

    def count(self, text: str) -> None:
        """Figures of a week, quietly."""
        ...

    def table(self, rows: list[tuple[str, str, str]]) -> None:
        """Three columns: a name and two facts."""
        ...

    def missing(self, text: str) -> None:
        """Something that had to happen did not."""
        ...
