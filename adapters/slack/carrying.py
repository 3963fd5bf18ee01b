"""What a button and a modal carry along through Slack and back, so that nothing needs to be remembered between.

A button's value is its token, or JSON when words or a form are wanted with it; a modal's private metadata says which
button opened it and where. Slack signs what comes back, but it is read as untrusted all the same.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from bot.outgoing import Button, Field, Form, Quote

LONGEST = 2000
"""Characters that Slack lets a button carry."""
LONGEST_METADATA = 3000
ONCE = "once"
"""With this a row of buttons is marked that goes when one of them was pressed."""
TEXT = "text"
"""The field whose words are the text of the press."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A button as it came back."""

    token: str
    asks: str | None = None
    form: Form | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Which button opened a modal, and where: `channel` and `home` as in the press, `url` to answer to, `once` when
    the buttons go after it. `asks`: the words are the text of the press, not answers."""

    token: str
    channel: str
    asks: bool = False
    home: bool = False
    once: bool = False
    url: str = ""


_carried = TypeAdapter(Carried)
_opened = TypeAdapter(Opened)


def pack(button: Button) -> str | None:
    """The value of a button; None when it cannot do without a form that is too long to carry.

    A form without fields only shows what stands in the message already: when it is too long the press counts at once.
    """
    if button.asks is None and button.form is None:
        return button.token
    carried = Carried(token=button.token, asks=button.asks, form=_light(button.form))
    value = _carried.dump_json(carried, exclude_defaults=True).decode()
    if len(value) <= LONGEST:
        return value
    return None if button.asks or (button.form and button.form.fields) else button.token


def unpack(value: str) -> Carried | None:
    """The button that `pack` wrote; None for what it did not write."""
    if not value.startswith("{"):
        return Carried(token=value) if value else None
    try:
        return _carried.validate_json(value)
    except ValidationError:
        return None


def pack_modal(opened: Opened) -> str:
    """The private metadata of a modal."""
    packed = _opened.dump_json(opened, exclude_defaults=True).decode()
    return packed if len(packed) <= LONGEST_METADATA else pack_modal(replace(opened, url=""))


def unpack_modal(metadata: str) -> Opened | None:
    """What `pack_modal` wrote; None for what it did not write."""
    try:
        return _opened.validate_json(metadata)
    except ValidationError:
        return None


def _light(form: Form | None) -> Form | None:
    """Without what the modal does not show."""
    if form is None:
        return None
    parts = tuple(replace(part, ref=None, link=None) if isinstance(part, Quote) else part for part in form.parts)
    return replace(form, parts=parts)


def form_of(carried: Carried, label: str) -> Form | None:
    """The form that opens when the button is pressed: its own, or one with room for the words it asks for."""
    if carried.form is not None:
        return carried.form
    if carried.asks is None:
        return None
    return Form(title=label, submit=label, fields=(Field(name=TEXT, label=carried.asks),))
