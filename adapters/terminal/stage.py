"""The demo's stage: eighty columns, calm, readable without colour."""

from datetime import datetime

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters.terminal import render
from adapters.terminal.translate import emoji_sign
from bot.outgoing import Button, Outgoing
from bot.quoting import name, shown


class TerminalStage:
    """Prints on a console; see `bot.demo.stage.Stage`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._plain = console.color_system is None
        self._place = ""
        self._blank = True

    def _gap(self) -> None:
        """One blank line, never two."""
        if not self._blank:
            self._console.print()
        self._blank = True

    def title(self, title: str, subtitle: str) -> None:
        """A box with the name."""
        inside = Text.assemble((title, f"bold {render.ANDER}"), "\n", subtitle)
        self._gap()
        self._print(Panel(inside, box=box.ROUNDED, border_style=render.QUIET, padding=(0, 2)))

    def chapter(self, title: str) -> None:
        """A rule across."""
        self._gap()
        line = Text.assemble(("── ", render.QUIET), (title, "bold"), " ")
        line.append("─" * max(render.WIDTH - line.cell_len, 0), style=render.QUIET)
        self._print(line)

    def scene(self, title: str) -> None:
        """A line that says what there is to see."""
        self._place = ""
        self._gap()
        self._print(Text.assemble(("  ● ", render.WORD), (title, "bold")))
        self._gap()

    def talk(self, at: datetime, author: str, place: str, text: str, *, thread: bool) -> None:
        """A message; the channel only when it is another one than before."""
        head = Text.assemble("  ", (f"{at:%H:%M}  ", render.QUIET), ("↳ " if thread else "", render.QUIET))
        head.append(name(author), style="bold")
        if place != self._place:
            head.append(f"  {place}", style=render.QUIET)
        self._place = place
        self._print(head)
        self._print(Padding(Text(shown(text, 1000)), (0, 4, 0, 11 if thread else 9), expand=False))

    def mark(self, at: datetime, author: str, emoji: str) -> None:
        """A reaction on one line."""
        self._print(
            Text.assemble("  ", (f"{at:%H:%M}  ", render.QUIET), (name(author), "bold"), f"  {emoji_sign(emoji)}")
        )

    def ander(self, out: Outgoing, whom: str) -> None:
        """Ander's own words, with the bar; buttons without numbers, since nobody presses them here."""
        self._gap()
        self._print(render.message(out, whom, _no_number, plain=self._plain))
        self._gap()

    def press(self, at: datetime, author: str, label: str) -> None:
        """A button on one line."""
        self._gap()
        who = (name(author), "bold")
        self._print(Text.assemble("  ", (f"{at:%H:%M}  ", render.QUIET), who, "  → ", (label, render.WORD)))

    def tell(self, text: str) -> None:
        """A paragraph with a little air above it."""
        self._gap()
        self._print(_indented(render.words(text, self._plain)))

    def gloss(self, text: str) -> None:
        """A translation or a hint, beneath what it belongs to."""
        self._print(Padding(Text(text, style="dim italic"), (0, 4, 0, 9), expand=False))

    def count(self, text: str) -> None:
        """One dim line."""
        self._gap()
        self._print(_indented(Text(text, style=render.QUIET)))

    def table(self, rows: list[tuple[str, str, str]]) -> None:
        """Three quiet columns."""
        made = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        for style in ("bold", render.QUIET, render.QUIET):
            made.add_column(style=style)
        for row in rows:
            made.add_row(*(Text(cell) for cell in row))
        self._gap()
        self._print(_indented(made))

    def missing(self, text: str) -> None:
        """A line that cannot be overlooked."""
        self._gap()
        self._print(Text.assemble(("  ✗ ", "bold red"), (text, "bold")))

    def _print(self, what: RenderableType) -> None:
        self._console.print(what, width=render.WIDTH, highlight=False)
        self._blank = False


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 4, 0, 2), expand=False)


def _no_number(_button: Button) -> int | None:
    return None
