"""From what Ander says to Slack's blocks. Pure: bodies in, JSON out, within every limit Slack sets.

People's words are put into rich text and plain text, in which Slack looks for no markup at all: nothing needs to be
escaped there, and nothing can mention anybody. Markup stands in two places only: the link under a quote, and the
fallback text for notifications, which is escaped.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date

from adapters.slack.carrying import ONCE, TEXT, pack
from bot import outgoing
from bot.outgoing import Body, BodyPart, Button, Field, File, Form
from bot.quoting import cut, name, shown

Block = dict[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MOST = 12_000
"""Characters in all blocks of a message. Slack refuses somewhere above 13,000 without saying where."""
_BLOCK = 3000
_HEADING = 150
_LABEL = 75
_ROW = 25
_TITLE = 24
_CHOICES = 100
_FEW = 4
_FALLBACK = 3000
_MARKED = re.compile(r"`([^`\n]+)`|\*([^*\n]+)\*")
_LINK = re.compile(r"https://[^\s<>|\"]{1,2900}")
_BULLET = "• "


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message as Slack takes it: its blocks, the text of its notification, and what is uploaded with it."""

    blocks: tuple[Block, ...]
    text: str
    files: tuple[File, ...] = ()


def message(body: Body) -> Rendered:
    """What is said, for a channel, a person in a channel, or a direct message."""
    files = tuple(part for part in body.parts if isinstance(part, File))
    said = [part for part in body.parts if not isinstance(part, File)]
    blocks = _fitting(_blocks(said, body.lang), MESSAGE_BLOCKS, MOST)
    return Rendered(blocks=blocks, text=fallback(said), files=files)


def page(body: Body) -> Block:
    """What is said, as the Home tab."""
    said = [part for part in body.parts if not isinstance(part, File)]
    return {"type": "home", "blocks": list(_fitting(_blocks(said, body.lang), VIEW_BLOCKS, 4 * MOST))}


def modal(form: Form, metadata: str, lang: str = "en") -> Block:
    """A form, with what it carries along (`carrying.pack_modal`)."""
    shown_first = _fitting(_blocks(form.parts, lang), VIEW_BLOCKS - len(form.fields), MOST)
    return {
        "type": "modal",
        "callback_id": "ander",
        "private_metadata": metadata,
        "title": _plain(form.title, _TITLE),
        "submit": _plain(form.submit, _TITLE),
        "blocks": [*shown_first, *map(_input, form.fields)],
    }


def settled(blocks: Iterable[Block], label: str) -> list[Block]:
    """A message after one of its buttons was pressed: what is left of it, and what was chosen."""
    return [*blocks, {"type": "context", "elements": [_plain(f"✓ {label}", _BLOCK)]}]


def escape(text: str) -> str:
    """Text in which Slack finds no markup of its own: no mentions, no links, no entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(parts: Iterable[BodyPart | outgoing.Text]) -> str:
    """The text of a notification, and of a client that shows no blocks."""
    lines = [line for part in parts if (line := _spoken(part))]
    return escape(cut(shown("\n".join(lines), _FALLBACK), _FALLBACK)) or "Ander"


def _spoken(part: BodyPart) -> str:
    match part:
        case outgoing.Text() | outgoing.Heading():
            return part.text
        case outgoing.Quote():
            return f"“{part.text}” — {part.author}"
        case _:
            return ""


def _blocks(parts: Iterable[BodyPart], lang: str) -> Iterator[Block]:
    for number, part in enumerate(parts):
        match part:
            case outgoing.Text():
                yield from _paragraph(part.text)
            case outgoing.Heading():
                yield {"type": "header", "text": _plain(part.text, _HEADING)}
            case outgoing.Quote():
                yield from _quote(part, lang)
            case outgoing.Buttons():
                yield from _rows(part, number)
            case File():
                continue


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _paragraph(text: str) -> Iterator[Block]:
    """Ander's own words: `to type` and *to stress* stand out, lines that begin with a bullet make a list."""
    elements: list[Block] = []
    for bullets, lines in _runs(shown(text, _BLOCK).split("\n")):
        if bullets:
            points = [_section(line.removeprefix(_BULLET)) for line in lines]
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": points})
        else:
            elements.append(_section("\n".join(lines)))
    if any(element["elements"] for element in elements):
        yield {"type": "rich_text", "elements": [element for element in elements if element["elements"]]}


def _runs(lines: Iterable[str]) -> Iterator[tuple[bool, list[str]]]:
    """Lines that belong together: whether they are bullets, and which."""
    run: list[str] = []
    for line in lines:
        if run and line.startswith(_BULLET) != run[0].startswith(_BULLET):
            yield run[0].startswith(_BULLET), run
            run = []
        run.append(line)
    if run:
        yield run[0].startswith(_BULLET), run


def _section(text: str) -> Block:
    leaves: list[Block] = []
    at = 0
    for found in _MARKED.finditer(text):
        leaves += _leaf(text[at : found.start()])
        typed, stressed = found.groups()
        leaves += _leaf(typed or stressed, {"code": True} if typed else {"italic": True})
        at = found.end()
    return {"type": "rich_text_section", "elements": leaves + _leaf(text[at:])}


def _leaf(text: str, style: dict[str, bool] | None = None) -> list[Block]:
    if not text:
        return []
    return [{"type": "text", "text": text} | ({"style": style} if style else {})]


def _quote(part: outgoing.Quote, lang: str) -> Iterator[Block]:
    words = shown(part.text, _BLOCK)
    if words:
        yield {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": _leaf(words)}]}
    origin = ", ".join(piece for piece in (part.author, part.channel) if piece)
    yield {"type": "context", "elements": [_plain(name(origin), _BLOCK), _when(part.at, part.link, lang)]}


def _when(at: datetime, link: str | None, lang: str) -> Block:
    """The day, which leads to the original where there is a link."""
    day = format_date(at.date(), "d MMMM", locale=lang)
    if link and _LINK.fullmatch(link):
        return {"type": "mrkdwn", "text": f"<{escape(link)}|{day}>", "verbatim": True}
    return _plain(day, _BLOCK)


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(shown(text, limit).replace("\n", " "), limit) or "…", "emoji": False}


# ── what can be pressed and filled in ─────────────────────────────────────────────────────────────────────────


def _rows(part: outgoing.Buttons, number: int) -> Iterator[Block]:
    made = [made for place, one in enumerate(part.buttons) if (made := _button(one, f"press-{number}-{place}"))]
    mark = ONCE if part.once else "row"
    for start in range(0, len(made), _ROW):
        yield {"type": "actions", "block_id": f"{mark}-{number}-{start}", "elements": made[start : start + _ROW]}


def _button(button: Button, id: str) -> Block | None:
    value = pack(button)
    if value is None:
        return None
    return {"type": "button", "action_id": id, "text": _plain(button.label, _LABEL), "value": value}


def _input(field: Field) -> Block:
    made: Block = {
        "type": "input",
        "block_id": field.name,
        "optional": not field.choices and field.name != TEXT,
        "label": _plain(field.label, 2000),
        "element": _choice(field) if field.choices else _line(field),
    }
    return made | ({"hint": _plain(field.hint, 2000)} if field.hint else {})


def _line(field: Field) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": field.name == TEXT,
        "max_length": _BLOCK,
    }
    return element | ({"initial_value": field.value[:_BLOCK]} if field.value else {})


def _choice(field: Field) -> Block:
    options = [
        {"text": _plain(choice.label, _LABEL), "value": choice.value[:150]} for choice in field.choices[:_CHOICES]
    ]
    chosen = [option for option in options if option["value"] == field.value]
    element: Block = {
        "type": "radio_buttons" if len(options) <= _FEW else "static_select",
        "action_id": "value",
        "options": options,
    }
    return element | ({"initial_option": chosen[0]} if chosen else {})


# ── limits ────────────────────────────────────────────────────────────────────────────────────────────────────


def _fitting(blocks: Iterable[Block], most: int, characters: int) -> tuple[Block, ...]:
    """As many blocks as Slack takes; when some are left out, a last one says so."""
    made = list(blocks)
    kept: list[Block] = []
    for block in made:
        characters -= size(block)
        if characters < 0:
            break
        kept.append(block)
    if len(kept) == len(made) <= most:
        return tuple(kept)
    return (*kept[: most - 1], {"type": "context", "elements": [_plain("…", 1)]})


def size(block: object) -> int:
    """The characters people read in it."""
    match block:
        case {"type": "text" | "plain_text" | "mrkdwn", "text": str(text)}:
            return len(text)
        case dict():
            return sum(size(inner) for inner in block.values())
        case list() | tuple():
            return sum(map(size, block))
        case _:
            return 0
