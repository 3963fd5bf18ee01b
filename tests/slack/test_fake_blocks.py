"""What Block Kit refuses, through the fake and with Slack's words."""

import pytest

from tests.slack.fake import Json, blocks
from tests.slack.fake.errors import Refused


def text(length: int, type: str = "mrkdwn") -> Json:
    return {"type": type, "text": "x" * length}


def button(**more: object) -> Json:
    return {"type": "button", "text": text(10, "plain_text"), "action_id": "a", **more}


def section(length: int) -> Json:
    return {"type": "section", "text": text(length)}


def problems(*content: Json, surface: blocks.Surface = "message") -> list[str]:
    try:
        blocks.check(list(content), surface)
    except Refused as refused:
        return list(refused.more["response_metadata"]["messages"]) if refused.more else [refused.code]  # type: ignore[index]
    return []


INPUT = {"type": "input", "block_id": "b", "label": text(5, "plain_text"), "element": {"type": "plain_text_input"}}

FITS: list[list[Json]] = [
    [section(3000)],
    [{"type": "header", "text": text(150, "plain_text")}],
    [{"type": "section", "fields": [text(500)] * 10}],
    [{"type": "actions", "elements": [button(action_id=str(number)) for number in range(25)]}],
    [{"type": "context", "elements": [text(5)] * 10}],
    [{"type": "divider"}] * 50,
    [{"type": "markdown", "text": "x" * 12_000}],
    [{"type": "actions", "elements": [button(text=text(75, "plain_text"), value="v" * 2000, action_id="a" * 255)]}],
    [{"type": "section", "text": text(1), "accessory": button()}],
    [INPUT],
]

TOO_MUCH: list[tuple[list[Json], str]] = [
    ([section(3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section(0)], "must be more than 0 characters"),
    ([{"type": "header", "text": text(151, "plain_text")}], "must be less than 151 characters"),
    ([{"type": "header", "text": text(10)}], "must be of type plain_text"),
    ([{"type": "section", "fields": [text(1)] * 11}], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    ([{"type": "section", "fields": [text(2001)]}], "less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
    ([{"type": "section"}], "missing required field: text"),
    ([{"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]}], "between 1 and 25 items"),
    ([{"type": "actions", "elements": [button(), button()]}], "action_id a already exists"),
    ([{"type": "actions", "elements": [button(text=text(76, "plain_text"))]}], "must be less than 76 characters"),
    ([{"type": "actions", "elements": [button(text=text(7))]}], "must be of type plain_text"),
    ([{"type": "actions", "elements": [button(value="v" * 2001)]}], "must be less than 2001 characters"),
    ([{"type": "actions", "elements": [button(action_id="a" * 256)]}], "must be less than 256 characters"),
    ([{"type": "actions", "elements": [INPUT["element"]]}], "unsupported element"),
    ([{"type": "context", "elements": [text(1)] * 11}], "between 1 and 10 items"),
    ([{"type": "divider"}] * 51, "no more than 50 items allowed"),
    ([{"type": "divider", "block_id": "b"}] * 2, "block_id b already exists"),
    ([{"type": "markdown", "text": "x" * 12_001}], "must be less than 12001 characters"),
    ([{"type": "blink"}], "unsupported block type: blink"),
    ([{"type": "image", "image_url": "https://a.example/a.png"}], "missing required field: alt_text"),
    ([section(3000)] * 5, "msg_blocks_too_long"),
    ([{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}], "unsupported element type: text"),
]


@pytest.mark.parametrize("content", FITS, ids=range(len(FITS)))
def test_what_just_fits_is_taken(content: list[Json]) -> None:
    assert problems(*content) == []


@pytest.mark.parametrize(("content", "said"), TOO_MUCH, ids=range(len(TOO_MUCH)))
def test_what_is_too_much_is_refused_with_the_place(content: list[Json], said: str) -> None:
    found = problems(*content)
    assert any(said in one for one in found), found


def test_a_modal_takes_twice_as_many_and_needs_a_title() -> None:
    modal = {"type": "modal", "title": text(24, "plain_text"), "blocks": [{"type": "divider"}] * 100}
    assert blocks.problems_in_view(modal) == []
    assert blocks.problems_in_view(modal | {"title": text(25, "plain_text")})
    assert blocks.problems_in_view(modal | {"blocks": [{"type": "divider"}] * 101})
    assert blocks.problems_in_view(modal | {"blocks": [INPUT]}) == [
        "[ERROR] missing required field: submit [json-pointer:/view]"
    ]


def test_what_notifies_people_is_found_wherever_it_stands() -> None:
    broadcast = {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}
    plain = {"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}}
    assert blocks.alarms("&lt;!channel&gt; <!here|here>", [{"type": "rich_text", "elements": [broadcast]}, plain]) == (
        "<!here|here>",
        "<broadcast here>",
    )
