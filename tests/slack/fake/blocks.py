"""What Block Kit allows, after https://docs.slack.dev/reference/block-kit. Each problem is worded as Slack does:
`must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Json

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MOST_IN_ALL = 13_200
"""Characters in all blocks of a message; found by experience (bolt-js issue 2509), not documented."""

Problems = Iterator[tuple[str, str]]
"""(what is wrong, where)."""

_MESSAGE_AND_HOME = frozenset({"actions", "context", "divider", "header", "image", "section", "rich_text", "video"})
_ALLOWED: dict[Surface, frozenset[str]] = {
    "message": _MESSAGE_AND_HOME | {"markdown", "input", "file", "table", "context_actions"},
    "home": _MESSAGE_AND_HOME | {"input"},
    "modal": _MESSAGE_AND_HOME | {"input"},
}
_IN_SECTION = frozenset(
    {"button", "checkboxes", "datepicker", "image", "overflow", "radio_buttons", "timepicker", "workflow_button"}
)
_SELECTS = frozenset(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "users", "conversations", "channels", "external")
)
_IN_INPUT = frozenset(
    {"checkboxes", "datepicker", "datetimepicker", "email_text_input", "file_input", "number_input"}
    | {"plain_text_input", "radio_buttons", "rich_text_input", "timepicker", "url_text_input"}
)


def check(blocks: object, surface: Surface) -> None:
    """Raises invalid_blocks with every problem, msg_blocks_too_long when only the sum is too much."""
    problems = list(_all(blocks, surface))
    if problems:
        lines = [f"[ERROR] {what} [json-pointer:{where}]" for what, where in problems]
        raise Refused("invalid_blocks", errors=lines, response_metadata={"messages": lines})
    if surface == "message" and sum(map(len, texts(blocks))) > MOST_IN_ALL:
        raise Refused("msg_blocks_too_long")


def problems_in_view(view: Json) -> list[str]:
    """What is wrong with a view, worded for response_metadata."""
    surface: Surface = "home" if view.get("type") == "home" else "modal"
    problems = list(_all(view.get("blocks"), surface))
    if surface == "modal":
        problems += list(_text(view.get("title"), "/view/title", 24, plain=True))
        has_input = any(one.get("type") == "input" for one in view.get("blocks") or [] if isinstance(one, dict))
        if has_input and "submit" not in view:
            problems.append(("missing required field: submit", "/view"))
        for name in ("submit", "close"):
            if name in view:
                problems += list(_text(view[name], f"/view/{name}", 24, plain=True))
    problems += list(_length(view.get("callback_id", ""), "/view/callback_id", 255))
    problems += list(_length(view.get("private_metadata", ""), "/view/private_metadata", 3000))
    return [f"[ERROR] {what} [json-pointer:{where}]" for what, where in problems]


def texts(value: object) -> Iterator[str]:
    """Every string that people read in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("text", "alt_text", "url") and isinstance(inner, str):
                yield inner
            elif key not in ("value", "action_id", "block_id", "type"):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def buttons(value: object) -> Iterator[Json]:
    """Every button in it, with the `block_id` it stands in."""
    for block in value if isinstance(value, list) else []:
        inside = [*block.get("elements", []), block.get("accessory") or {}]
        for element in inside:
            if element.get("type") == "button":
                yield element | {"block_id": block.get("block_id")}


def with_ids(blocks: list[Json], make: Callable[[], str]) -> list[Json]:
    """The blocks as Slack keeps them: each has a block_id, each plain text says whether emoji show."""
    return [{"block_id": make(), **block} for block in blocks]


def _all(blocks: object, surface: Surface) -> Problems:
    if not isinstance(blocks, list):
        yield "must be an array", "/blocks"
        return
    if len(blocks) > MOST_BLOCKS[surface]:
        yield f"no more than {MOST_BLOCKS[surface]} items allowed", "/blocks"
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        where = f"/blocks/{number}"
        if not isinstance(block, dict) or block.get("type") not in _ALLOWED[surface]:
            yield f"unsupported block type: {block.get('type') if isinstance(block, dict) else block}", where
            continue
        yield from _block_id(block, where, seen)
        yield from _BLOCKS.get(block["type"], _anything)(block, where)
    yield from _action_ids([one for one in blocks if isinstance(one, dict)])


def _block_id(block: Json, where: str, seen: set[str]) -> Problems:
    id = block.get("block_id")
    if id is None:
        return
    yield from _length(id, f"{where}/block_id", 255)
    if id in seen:
        yield f"block_id {id} already exists", f"{where}/block_id"
    seen.add(id)


def _action_ids(blocks: list[Json]) -> Problems:
    for number, block in enumerate(blocks):
        elements = block.get("elements", []) if block.get("type") == "actions" else []
        ids = [one.get("action_id") for one in elements if one.get("action_id")]
        for id in {one for one in ids if ids.count(one) > 1}:
            yield f"action_id {id} already exists", f"/blocks/{number}/elements"


def _anything(block: Json, where: str) -> Problems:
    """A block whose inside is not checked."""
    return iter(())


def _section(block: Json, where: str) -> Problems:
    if "text" not in block and not block.get("fields"):
        yield "missing required field: text", where
    if "text" in block:
        yield from _text(block["text"], f"{where}/text", 3000)
    fields = block.get("fields", [])
    if len(fields) > 10:
        yield "no more than 10 items allowed", f"{where}/fields"
    for number, field in enumerate(fields):
        yield from _text(field, f"{where}/fields/{number}", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory", _IN_SECTION | _SELECTS)


def _header(block: Json, where: str) -> Problems:
    yield from _text(block.get("text"), f"{where}/text", 150, plain=True)


def _actions(block: Json, where: str) -> Problems:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        yield "must have between 1 and 25 items", f"{where}/elements"
    for number, element in enumerate(elements):
        yield from _element(element, f"{where}/elements/{number}", (_IN_SECTION | _SELECTS) - {"image"})


def _context(block: Json, where: str) -> Problems:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        yield "must have between 1 and 10 items", f"{where}/elements"
    for number, element in enumerate(elements):
        here = f"{where}/elements/{number}"
        if element.get("type") == "image":
            yield from _image(element, here)
        else:
            yield from _text(element, here, 3000)


def _image(block: Json, where: str) -> Problems:
    if not (block.get("image_url") or block.get("slack_file")):
        yield "missing required field: image_url", where
    yield from _length(block.get("image_url", ""), f"{where}/image_url", 3000)
    if "alt_text" not in block:
        yield "missing required field: alt_text", where
    yield from _length(block.get("alt_text", ""), f"{where}/alt_text", 2000)


def _markdown(block: Json, where: str) -> Problems:
    text = block.get("text")
    if not isinstance(text, str) or not text:
        yield "missing required field: text", where
    else:
        yield from _length(text, f"{where}/text", 12_000)


def _input(block: Json, where: str) -> Problems:
    yield from _text(block.get("label"), f"{where}/label", 2000, plain=True)
    if "hint" in block:
        yield from _text(block["hint"], f"{where}/hint", 2000, plain=True)
    yield from _element(block.get("element"), f"{where}/element", _IN_INPUT | _SELECTS)


def _rich_text(block: Json, where: str) -> Problems:
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    elements = block.get("elements")
    if not isinstance(elements, list):
        yield "missing required field: elements", where
        return
    for number, element in enumerate(elements):
        here = f"{where}/elements/{number}"
        if element.get("type") not in kinds:
            yield f"unsupported element type: {element.get('type')}", here
        elif element["type"] == "rich_text_list":
            if element.get("style") not in ("bullet", "ordered"):
                yield "style must be bullet or ordered", here
            for inner in element.get("elements", []):
                yield from _rich_leaves(inner, here)
        else:
            yield from _rich_leaves(element, here)


_STYLES = frozenset({"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"})


def _rich_leaves(section: Json, where: str) -> Problems:
    kinds = ("text", "link", "user", "channel", "emoji", "usergroup", "broadcast", "date", "color", "team")
    for leaf in section.get("elements", []):
        if leaf.get("type") not in kinds:
            yield f"unsupported element type: {leaf.get('type')}", where
        elif leaf["type"] == "text" and not leaf.get("text"):
            yield "must be more than 0 characters", where
        elif set(leaf.get("style", {})) - _STYLES:
            yield f"unsupported style: {sorted(leaf['style'])}", where


_BLOCKS: dict[str, Callable[[Json, str], Problems]] = {
    "section": _section,
    "header": _header,
    "actions": _actions,
    "context": _context,
    "image": _image,
    "markdown": _markdown,
    "input": _input,
    "rich_text": _rich_text,
}


# ── elements and texts ────────────────────────────────────────────────────────────────────────────────────────


def _element(element: object, where: str, allowed: frozenset[str]) -> Problems:
    if not isinstance(element, dict) or element.get("type") not in allowed:
        yield "unsupported element", where
        return
    yield from _length(element.get("action_id", ""), f"{where}/action_id", 255)
    if element["type"] == "button":
        yield from _button(element, where)
    elif element["type"] == "plain_text_input":
        if "placeholder" in element:
            yield from _text(element["placeholder"], f"{where}/placeholder", 150, plain=True)
        yield from _length(element.get("initial_value", ""), f"{where}/initial_value", 3000)
    else:
        yield from _options(element, where)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{where}/confirm")


def _button(element: Json, where: str) -> Problems:
    yield from _text(element.get("text"), f"{where}/text", 75, plain=True)
    yield from _length(element.get("value", ""), f"{where}/value", 2000)
    yield from _length(element.get("url", ""), f"{where}/url", 3000)
    yield from _length(element.get("accessibility_label", ""), f"{where}/accessibility_label", 75)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "style must be primary or danger", f"{where}/style"


_MOST_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}


def _options(element: Json, where: str) -> Problems:
    if element["type"] not in ("static_select", "multi_static_select", *_MOST_OPTIONS):
        return
    options = element.get("options")
    if options is None and "option_groups" in element:
        return
    most = _MOST_OPTIONS.get(element["type"], 100)
    if not options or len(options) > most:
        yield f"must have between 1 and {most} items", f"{where}/options"
    for number, option in enumerate(options or []):
        here = f"{where}/options/{number}"
        yield from _text(option.get("text"), f"{here}/text", 75)
        yield from _length(option.get("value", ""), f"{here}/value", 150)
    for initial in _initial(element):
        if initial not in (options or []):
            yield "initial option is not among the options", where


def _initial(element: Json) -> list[Json]:
    one = [element["initial_option"]] if "initial_option" in element else []
    return one + list(element.get("initial_options", []))


def _confirm(confirm: Json, where: str) -> Problems:
    yield from _text(confirm.get("title"), f"{where}/title", 100, plain=True)
    yield from _text(confirm.get("text"), f"{where}/text", 300)
    yield from _text(confirm.get("confirm"), f"{where}/confirm", 30, plain=True)
    yield from _text(confirm.get("deny"), f"{where}/deny", 30, plain=True)


def _text(value: object, where: str, most: int, *, plain: bool = False) -> Problems:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        yield "missing required field: text", where
        return
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if value.get("type") not in kinds:
        yield f"must be of type {' or '.join(kinds)}", f"{where}/type"
    if not value["text"]:
        yield "must be more than 0 characters", f"{where}/text"
    yield from _length(value["text"], f"{where}/text", most)


def _length(value: object, where: str, most: int) -> Problems:
    if not isinstance(value, str):
        yield "must be a string", where
    elif len(value) > most:
        yield f"must be less than {most + 1} characters", where


# ── what wakes people ─────────────────────────────────────────────────────────────────────────────────────────

_ALARM = re.compile(r"<!(?:channel|here|everyone|group)(?:\|[^>]*)?>|<!subteam\^[^>]+>|<@[UWB][A-Z0-9]+(?:\|[^>]*)?>")


def alarms(text: str | None, blocks: object) -> tuple[str, ...]:
    """The control sequences in it that notify people: in the text, in mrkdwn and markdown, and as rich text."""
    found = _ALARM.findall(text or "")
    return (*found, *_alarms(blocks))


def _alarms(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _alarms(inner)
    elif isinstance(value, dict):
        kind = value.get("type")
        if kind in ("mrkdwn", "markdown") and isinstance(value.get("text"), str):
            yield from _ALARM.findall(value["text"])
        elif kind in ("broadcast", "user", "usergroup") and "elements" not in value:
            yield f"<{kind} {value.get('range') or value.get('user_id') or value.get('usergroup_id')}>"
        else:
            for inner in value.values():
                yield from _alarms(inner)
