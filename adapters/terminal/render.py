"""From what Ander says to what a terminal shows. Pure: bodies in, rich renderables out; readable without colour."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from adapters.terminal.translate import emoji_sign
from bot import outgoing
from bot.locale import texts
from bot.outgoing import Audience, Body, BodyPart, Button, Outgoing
from bot.quoting import name, shown

WIDTH = 80
_LONGEST = 4000
_MARKED = re.compile(r"`([^`\n]+)`|\*([^*\n]+)\*")

QUIET = "dim"
WORD = "bold cyan"
ANDER = "magenta"
"""Ander's own colour; people have none."""

Number = Callable[[Button], int | None]
"""Gives a button the number by which it is pressed; None where nothing can be pressed."""


class Bar:
    """Something with a bar along its left side."""

    def __init__(self, inside: RenderableType, style: str) -> None:
        self._inside = inside
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, WIDTH) - 4
        edge = Segment("  ┃ ", Style.parse(self._style))
        for line in console.render_lines(self._inside, options.update(width=width), pad=False):
            yield edge
            yield from line
            yield Segment.line()


def body(said: Body, number: Number, *, plain: bool = False) -> RenderableType:
    """What Ander says, part under part. `plain`: no styles will be seen, so words to type keep their marks."""
    said = outgoing.formless(said)
    parts = [_part(part, said.lang, number, plain) for part in said.parts]
    return Group(*_spaced(parts, said.parts))


def message(out: Outgoing, whom: str, number: Number, *, plain: bool = False) -> RenderableType:
    """One message of Ander with a line that says who sees it. `whom`: the name of its only reader, or channel."""
    head = Text.assemble(("Ander", f"bold {ANDER}"), (f" · {_seen_by(out, whom)}", QUIET))
    return Bar(Group(head, body(out.body, number, plain=plain)), ANDER)


def _seen_by(out: Outgoing, whom: str) -> str:
    _ = texts(out.body.lang).gettext
    match out.target.audience:
        case Audience.CHANNEL:
            where = _("in {whom}, in the thread") if out.target.thread else _("in {whom}")
            return where.format(whom=whom)
        case Audience.WHISPER:
            return _("only {whom} sees this").format(whom=whom)
        case Audience.DIRECT:
            return _("direct message to {whom}").format(whom=whom)
        case Audience.HOME:
            return _("on the page of {whom}").format(whom=whom)


def _spaced(rendered: list[RenderableType], parts: Iterable[BodyPart]) -> list[RenderableType]:
    """A blank line before what begins something new, none where parts belong together."""
    spaced: list[RenderableType] = []
    before: BodyPart | None = None
    for made, part in zip(rendered, parts, strict=True):
        if before is not None and _apart(before, part):
            spaced.append(Text(""))
        spaced.append(made)
        before = part
    return spaced


def _apart(before: BodyPart, part: BodyPart) -> bool:
    if isinstance(part, outgoing.Heading) or isinstance(before, outgoing.Buttons):
        return True
    return isinstance(before, outgoing.Text) and isinstance(part, outgoing.Text) and not part.text.startswith("•")


def _part(part: BodyPart, lang: str, number: Number, plain: bool) -> RenderableType:
    match part:
        case outgoing.Text():
            return Group(*(_line(line, plain) for line in shown(part.text, _LONGEST).split("\n")))
        case outgoing.Heading():
            return Text(shown(part.text), style="bold")
        case outgoing.Quote():
            return _quote(part, lang)
        case outgoing.Buttons():
            return _buttons(part, number)
        case outgoing.File():
            return Text.assemble("📎 ", (shown(part.name), "bold"), (f"  {part.path}", QUIET), overflow="fold")


def _line(line: str, plain: bool) -> RenderableType:
    if line.startswith("• "):
        return _hanging("• ", words(line[2:], plain))
    return words(line, plain)


def _hanging(mark: str, text: Text) -> RenderableType:
    return _Hanging(mark, text)


class _Hanging:
    """A mark, and a text that keeps clear of it."""

    def __init__(self, mark: str, text: Text) -> None:
        self._mark = mark
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        indent = len(self._mark)
        lines = console.render_lines(self._text, options.update(width=options.max_width - indent), pad=False)
        for row, line in enumerate(lines):
            yield Segment(self._mark if row == 0 else " " * indent)
            yield from line
            yield Segment.line()


def words(line: str, plain: bool = False) -> Text:
    """A line of Ander's own, with the words to type (`so`) and to stress (*so*) in a style."""
    made, at = Text(), 0
    for found in _MARKED.finditer(line):
        made.append(line[at : found.start()])
        typed, stressed = found.groups()
        if plain:
            made.append(found[0])
        else:
            made.append(typed or stressed, style=WORD if typed else "italic")
        at = found.end()
    made.append(line[at:])
    return made


def _quote(part: outgoing.Quote, lang: str) -> RenderableType:
    origin = ", ".join(piece for piece in (part.author, part.channel, day(part.at, lang)) if piece)
    lines: list[RenderableType] = [Text(f"“{shown(part.text, _LONGEST)}”", style="italic")]
    lines.append(Text(f"— {name(origin)}", style=QUIET))
    if part.link:
        lines.append(Text(part.link, style=QUIET, overflow="fold"))
    return Padding(Group(*lines), (0, 0, 0, 2), expand=False)


def _buttons(part: outgoing.Buttons, number: Number) -> RenderableType:
    marks = []
    for button in part.buttons:
        pressed = number(button)
        mark = ("▸" if pressed is None else f"#{pressed}", WORD)
        marks.append(Text.assemble(mark, " ", button.label, "…" if button.asks else ""))
    return _Row(marks)


class _Row:
    """Things beside each other, as many as fit on a line; none is broken."""

    def __init__(self, things: list[Text]) -> None:
        self._things = things

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text()
        for thing in self._things:
            if line and line.cell_len + 3 + thing.cell_len > options.max_width:
                yield line
                line = Text()
            line = Text.assemble(line, "   " if line else "", thing)
        yield line


def day(at: datetime, lang: str) -> str:
    """A day as people write it: "8 September"."""
    return format_date(at.date(), "d MMMM", locale=lang)


def talk(
    number: int,
    at: datetime,
    author: str,
    text: str,
    *,
    thread: int | None = None,
    zone: ZoneInfo | None = None,
) -> RenderableType:
    """One message of a person: number, time, name, words; `thread` is the number of the message it answers, 0
    when that is not on the screen."""
    local = at.astimezone(zone) if zone else at
    head = Text.assemble((f"{number:>4} ", WORD), (f"{local:%H:%M} ", QUIET))
    if thread is not None:
        head.append(f"↳{thread or ''} ", style=QUIET)
    head.append(name(author), style="bold")
    return Group(head, Padding(Text(shown(text, _LONGEST)), (0, 2, 0, 11), expand=False))


def reaction(number: int, author: str, emoji: str, *, away: bool = False, lang: str = "en") -> RenderableType:
    """Somebody put an emoji on a message, or took it away."""
    _ = texts(lang).gettext
    said = _("{who} takes {emoji} away") if away else _("{who} puts {emoji}")
    return Text(f"{number:>4} " + said.format(who=name(author), emoji=emoji_sign(emoji)), style=QUIET)


def elsewhere(out: Outgoing, whom: str, how: str, *, lang: str = "en") -> RenderableType:
    """That Ander said something somewhere else, and how to see it."""
    _ = texts(lang).gettext
    said = _("Ander wrote privately to {whom}") if out.target.person else _("Ander said something in {whom}")
    return Text.assemble(("  ┃ ", QUIET), (said.format(whom=name(whom)) + "  ", QUIET), (how, WORD))
