"""From what Ander says to a Matrix message: plain text, and the same as HTML. Pure; what people wrote is escaped.

Buttons become numbers. Where a reaction can be believed, one is enough; in encrypted rooms, where clients send
reactions in the clear, the number has to be written.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import nh3
from babel.dates import format_date

from adapters.untrusted import Raw
from bot import outgoing
from bot.locale import texts
from bot.outgoing import Body, BodyPart, Button, File
from bot.quoting import name, shown

_LONGEST_PART = 4000
_LONGEST = 30_000
"""Bytes of a text and its HTML together: with encryption around it, it must stay below Matrix' 65,536."""
_MARKED = re.compile(r"`([^`\n]+)`|\*([^*\n]+)\*")
_TAGS = {"p", "br", "strong", "em", "code", "blockquote", "a", "h4", "ul", "li"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message's text, the buttons its numbers stand for, and the files that go with it."""

    content: Raw
    buttons: tuple[Button, ...]
    files: tuple[File, ...]


def render(body: Body, *, encrypted: bool) -> Rendered:
    """The message for a room; `encrypted`: reactions there prove nothing."""
    said = outgoing.formless(body)
    plain: list[str] = []
    html: list[str] = []
    buttons: list[Button] = []
    for part in said.parts:
        lines, marked = _part(part, said.lang, buttons)
        plain += lines
        html += marked
    if buttons:
        hint = _hint(said.lang, buttons, encrypted)
        plain.append(hint)
        html.append(f"<p><em>{_inline(hint)}</em></p>")
    files = tuple(part for part in said.parts if isinstance(part, File))
    return Rendered(content=_content(plain, html), buttons=tuple(buttons), files=files)


def _content(plain: Sequence[str], html: Sequence[str]) -> Raw:
    """Nobody is meant unless said so: `m.mentions` is empty."""
    body = _fitting("\n\n".join(plain), _LONGEST // 2)
    content: Raw = {"msgtype": "m.notice", "body": body, "m.mentions": {}}
    marked = clean("".join(html))
    if len(marked.encode()) + len(body.encode()) <= _LONGEST:
        content |= {"format": "org.matrix.custom.html", "formatted_body": marked}
    return content


def _fitting(text: str, limit: int) -> str:
    raw = text.encode()
    return text if len(raw) <= limit else raw[: limit - 3].decode(errors="ignore") + "…"


def clean(html: str) -> str:
    """Only the few tags that we write, and links to the web."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        clean_content_tags={"mx-reply", "script", "style"},
        link_rel=None,
    )


def _part(part: BodyPart, lang: str, buttons: list[Button]) -> tuple[list[str], list[str]]:
    match part:
        case outgoing.Text():
            text = shown(part.text, _LONGEST_PART)
            return [text], [_paragraph(text)]
        case outgoing.Heading():
            title = shown(part.text)
            return [title], [f"<h4>{escape(title)}</h4>"]
        case outgoing.Quote():
            return _quote(part, lang)
        case outgoing.Buttons():
            lines = list(_numbered(part.buttons, len(buttons)))
            buttons += part.buttons
            return ["\n".join(lines)], ["<p>" + "<br>".join(map(escape, lines)) + "</p>"]
        case outgoing.File():
            return [], []


def _paragraph(text: str) -> str:
    """Lines that begin with a bullet become a list."""
    made: list[str] = []
    listed: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("• "):
            listed.append(f"<li>{_inline(line[2:])}</li>")
            continue
        if listed:
            made.append(f"<ul>{''.join(listed)}</ul>")
            listed = []
        if line:
            made.append(f"<p>{_inline(line)}</p>")
    return "".join(made)


def _inline(line: str) -> str:
    """A line of Ander's own, with its words to type (`so`) and to stress (*so*)."""
    made, at = "", 0
    for found in _MARKED.finditer(line):
        typed, stressed = found.groups()
        made += escape(line[at : found.start()])
        made += f"<code>{escape(typed)}</code>" if typed else f"<em>{escape(stressed)}</em>"
        at = found.end()
    return made + escape(line[at:])


def _quote(part: outgoing.Quote, lang: str) -> tuple[list[str], list[str]]:
    text = shown(part.text, _LONGEST_PART)
    day = format_date(part.at.date(), "d MMMM", locale=lang)
    origin = name(", ".join(piece for piece in (part.author, part.channel, day) if piece))
    link = part.link if part.link and part.link.startswith("https://") else None
    lines = [f"> {line}" for line in text.split("\n")] + [f"> — {origin}"] + ([f"> {link}"] if link else [])
    source = f'<a href="{escape(link)}">{escape(origin)}</a>' if link else escape(origin)
    quoted = "<br>".join(map(escape, text.split("\n")))
    return ["\n".join(lines)], [f"<blockquote><p>{quoted}</p><p>— {source}</p></blockquote>"]


def _numbered(buttons: Iterable[Button], before: int) -> Iterable[str]:
    for number, button in enumerate(buttons, before + 1):
        yield f"{sign(number)} {shown(button.label, 80)}{'…' if button.asks else ''}"


def sign(number: int) -> str:
    """The emoji of a number, as far as there is one."""
    return f"{number}\ufe0f\u20e3" if number < 10 else "🔟" if number == 10 else f"{number})"


def _hint(lang: str, buttons: Sequence[Button], encrypted: bool) -> str:
    """How to choose."""
    _ = texts(lang).gettext
    asking = next((number for number, button in enumerate(buttons, 1) if button.asks), None)
    how = (
        _("To choose, reply to this message with the number.")
        if encrypted
        else _("To choose, react with the number or reply with it.")
    )
    if asking is None:
        return how
    return how + " " + _("With {n}, put your words after it: `{n} …`").format(n=asking)
