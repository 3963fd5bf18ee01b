"""What Ander says, on eighty columns, without colour, and without power over the terminal."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from adapters.terminal import render
from bot.buttons import ForgetChoice, button
from bot.events import ChannelId, PersonId
from bot.outgoing import Audience, Body, BodyPart, Button, Buttons, File, Heading, Outgoing, Quote, Target, Text

AT = datetime(2026, 9, 8, 9, 30, tzinfo=UTC)


def printed(what: RenderableType, *, color: bool = False) -> str:
    console = Console(file=io.StringIO(), width=80, color_system="truecolor" if color else None, force_terminal=color)
    console.print(what)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def say(*parts: BodyPart, audience: Audience = Audience.WHISPER) -> Outgoing:
    return Outgoing(
        purpose="reply",
        target=Target(audience=audience, channel=ChannelId("t:#care"), person=PersonId("t:eva")),
        key="1",
        body=Body(lang="en", parts=parts),
        due_at=AT,
    )


def number(_button: Button) -> int:
    return 7


QUOTE = Quote(text="How often?", author="Eva", channel="#care", at=AT)
CHOICES = Buttons(buttons=(button("This helped", ForgetChoice(confirmed=True)),))


def test_every_part_is_seen() -> None:
    out = say(Heading(text="Title"), Text(text="Say `this`."), QUOTE, CHOICES, File(path="/a/b.html", name="b.html"))
    shown = printed(render.message(out, "Eva", number, plain=True))
    for piece in ("Title", "Say `this`.", "“How often?”", "— Eva, #care, 8 September", "#7 This helped", "/a/b.html"):
        assert piece in shown


@pytest.mark.parametrize(
    ("audience", "line"),
    [
        (Audience.WHISPER, "only Eva sees this"),
        (Audience.DIRECT, "direct message to Eva"),
        (Audience.CHANNEL, "in Eva"),
    ],
)
def test_who_sees_it_is_said(audience: Audience, line: str) -> None:
    assert line in printed(render.message(say(Text(text="x"), audience=audience), "Eva", number))


def test_words_to_type_need_no_marks_where_colour_shows_them() -> None:
    shown = printed(render.words("Say `help` *now*."), color=True)
    assert "`" not in shown
    assert "help" in shown


def test_buttons_are_never_broken() -> None:
    many = Buttons(buttons=tuple(button(f"Choice number {n}", ForgetChoice(confirmed=True)) for n in range(9)))
    lines = printed(render.message(say(many), "Eva", number)).splitlines()
    assert all(line.count("#7") == line.count("Choice number") for line in lines)


HOSTILE = st.sampled_from(["\x1b[2J", "\x1b]0;x\x07", "[red]", "[/]", "word ", "日本 ", "\u202e"])
TEXTS = st.lists(HOSTILE | st.text(max_size=9)).map("".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_no_line_is_too_wide_and_nothing_moves_the_cursor(text: str) -> None:
    out = say(Text(text=text), Quote(text=text, author=text, channel="#care", at=AT), Heading(text=text))
    shown = printed(render.message(out, "Eva", number)) + printed(render.talk(1, AT, text, text))
    assert "\x1b" not in shown
    assert all(cell_len(line) <= 80 for line in shown.splitlines())


def test_markup_that_people_type_stays_text() -> None:
    assert "[bold]not bold[/bold]" in printed(render.talk(1, AT, "Eva", "[bold]not bold[/bold]"))
