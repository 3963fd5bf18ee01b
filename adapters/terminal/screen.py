"""What has a number on the screen, and how things are put there. Knows nothing of what happens because of them."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from adapters.terminal import render
from bot.errors import InputError
from bot.events import ChannelId, PersonId
from bot.locale import texts
from bot.model import Message, Person, Ref
from bot.outgoing import Button, Outgoing

Offered = tuple[Button, PersonId | None, ChannelId]
"""A button, whose it is (None: anybody's), and where it stands."""


class Screen:
    """Numbers messages and buttons as they are shown; the numbers stay."""

    def __init__(self, console: Console) -> None:
        self.lang = "en"
        self.zone = ZoneInfo("UTC")
        self._console = console
        self._messages: list[Ref] = []
        self._buttons: list[Offered] = []

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, title: str) -> None:
        """Where we are now."""
        self._console.rule(Text(title, style="bold"), align="left", style=render.QUIET)

    def said(self, ref: Ref, author: str, text: str, at: datetime, thread: int | None = None) -> None:
        """A message, with its number."""
        number = self._number(ref)
        self._console.print(render.talk(number, at, author, text, thread=thread, zone=self.zone))

    def message(self, message: Message, people: Mapping[PersonId, Person]) -> None:
        """A message of the record."""
        author = people[message.author].name if message.author in people else "?"
        root = Ref(message.ref.channel, message.thread) if message.thread else None
        thread = self._messages.index(root) + 1 if root in self._messages else 0 if root else None
        self.said(message.ref, author, message.text, message.at, thread)

    def reaction(self, number: int, author: str, emoji: str, *, away: bool) -> None:
        """Somebody marked a message, or took the mark away."""
        self._console.print(render.reaction(number, author, emoji, away=away, lang=self.lang))

    def ander(self, out: Outgoing, whom: str) -> None:
        """What Ander says, with numbered buttons."""
        owner = out.target.person
        channel = out.target.channel or ChannelId(f"{owner}/direct")

        def number(button: Button) -> int:
            self._buttons.append((button, owner, channel))
            return len(self._buttons)

        plain = self._console.no_color or self._console.color_system is None
        self._console.print()
        self._console.print(render.message(out, whom, number, plain=plain))
        self._console.print()

    def elsewhere(self, out: Outgoing, whom: str, how: str) -> None:
        """That Ander said something that is not to be seen from here."""
        self._console.print(render.elsewhere(out, whom, how, lang=self.lang))

    def note(self, text: str) -> None:
        """A quiet line of the terminal's own."""
        self._console.print(Text(text, style=render.QUIET))

    def plain(self, text: str) -> None:
        """Some lines as they are."""
        self._console.print(text, markup=False, highlight=False)

    # ── looking up ────────────────────────────────────────────────────────────────────────────────────────────

    def ref(self, number: int) -> Ref:
        """The message with a number. Raises InputError when there is none."""
        if not 0 < number <= len(self._messages):
            raise InputError(texts(self.lang).gettext("There is no message {n} on this screen.").format(n=number))
        return self._messages[number - 1]

    def button(self, number: int) -> Offered:
        """The button with a number. Raises InputError when there is none."""
        if not 0 < number <= len(self._buttons):
            raise InputError(texts(self.lang).gettext("There is no button #{n}.").format(n=number))
        return self._buttons[number - 1]

    def _number(self, ref: Ref) -> int:
        if ref not in self._messages:
            self._messages.append(ref)
        return self._messages.index(ref) + 1
