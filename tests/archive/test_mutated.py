"""Whatever stands in an export, reading it ends in events and problems, never in a crash.

`ANDER_EXAMPLES=10000` tries more than the 2,000 of an ordinary run.
"""

import contextlib
import copy
import io
import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.archive import open_archive
from adapters.archive.matrix_export import Room, matrix_events
from adapters.archive.slack_export import Place, Workspace, message_events, person_event, place_of
from bot.errors import InputError
from bot.events import ChannelId, ChannelKind, Event, MessagePosted, WorkspaceId
from tests.archive.exports import SLACK, USERS, element, events_of, happened, said, written, wrote

pytestmark = pytest.mark.timeout(900)
EXAMPLES = int(os.environ.get("ANDER_EXAMPLES", "2000"))
SINCE = datetime(2024, 5, 1, tzinfo=UTC)

_KEYS = """type subtype ts user text thread_ts reactions files file bot_id message deleted_ts user_profile username
    name users id members created content sender event_id origin_server_ts body m.relates_to m.new_content
    rel_type key m.mentions user_ids membership state_key unsigned redacts profile tz locale team_id"""
_WORDS = """message channel_join file_share message_changed tombstone 1714550400.000100 U1EVA <@U1|x> <http://a|b>
    &lt; $eva1 @eva:voorbeeld.nl m.room.message m.replace m.thread m.reaction m.text join leave 👍🏽"""
KEYS = st.sampled_from(_KEYS.split())
WORDS = st.sampled_from(_WORDS.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.sampled_from(["\ud800", "\0"])
    | st.text(st.characters(), max_size=20)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=6
)
SLACK_LINES: list[dict[str, Any]] = [
    said("1714550400.000100", "U1EVA", "Hoe <@U2JAN|jan>?", reactions=[{"name": "tada", "users": ["U1EVA"]}]),
    said("1714550400.000100", "U1EVA", "x", subtype="file_share", files=[{"title": "a"}], thread_ts="1714550300.0"),
    said("1714550400.0", "", "x", subtype="message_changed", message=said("1714550300.0", "U1EVA", "y")),
    said("1714550400.0", "U1EVA", "", subtype="channel_join"),
    said("1714550400.0", "", "<@U1EVA> commented on x's file <y|z>: ja", subtype="file_comment"),
]
MATRIX_LINES: list[dict[str, Any]] = [
    wrote("eva", "> <@jan:x.nl> a\n\nb", content={"m.relates_to": {"m.in_reply_to": {"event_id": "$a"}}}),
    wrote(
        "eva",
        "x",
        content={"m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}, "m.new_content": {"body": "b"}},
    ),
    happened("eva", "m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$a", "key": "👍"}}),
    happened("eva", "m.room.member", {"membership": "join", "displayname": "E"}, state_key="@eva:x.nl"),
    happened("eva", "m.room.redaction", {"redacts": "$a"}),
]


@st.composite
def mutated(draw: st.DrawFn, lines: list[dict[str, Any]]) -> Any:
    """A sound line of an export with up to three of its values, at any depth, replaced by anything."""
    line = copy.deepcopy(draw(st.sampled_from(lines)))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = line
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(JSON)
            break
    return line


many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def check(events: tuple[Event, ...]) -> None:
    """What the record takes for granted of every event."""
    for event in events:
        assert event.event.encode()
        assert "\0" not in event.event
        assert event.at.tzinfo is UTC
        if isinstance(event, MessagePosted):
            assert event.text.encode().count(b"\0") == 0
            assert len(event.text) < 50_000
            assert event.author
            assert event.message
            assert event.thread != event.message


@many
@given(JSON | mutated(SLACK_LINES), st.booleans())
def test_any_slack_line(raw: Any, listed: bool) -> None:
    place = Place(
        id=ChannelId("slack:C1"),
        folder="zorg",
        name="zorg",
        kind=ChannelKind.PUBLIC,
        created=SINCE,
        members=frozenset({"U1EVA"}) if listed else None,
    )
    check(message_events(raw, place, Workspace(id=WorkspaceId("slack:T1"), since=SINCE)))


@many
@given(JSON | mutated(USERS))
def test_any_slack_list(raw: Any) -> None:
    if isinstance(raw, dict):
        check(tuple(person_event(raw, Workspace(id=WorkspaceId("slack:T1"), since=SINCE))))
        place_of(raw, ChannelKind.PUBLIC, SINCE)


@many
@given(st.lists(JSON | mutated(MATRIX_LINES), max_size=2))
def test_any_matrix_event(raws: list[Any]) -> None:
    room = Room(id="!kamer:x.nl", name="kamer", workspace=WorkspaceId("matrix:x.nl"))
    for raw in raws:
        check(matrix_events(raw, room))


def slack_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in SLACK.items():
            archive.writestr(name, written(content))
    return buffer.getvalue()


def element_json() -> bytes:
    return json.dumps(element(*MATRIX_LINES), indent=1).encode()


def events_or_refusal(path: Path) -> list[Event]:
    """The events, or none when the archive is refused in a sentence."""
    with contextlib.suppress(InputError):
        archive = open_archive(path)
        events = events_of(archive)
        archive.close()
        return events
    return []


@pytest.mark.parametrize(("name", "make"), [("export.zip", slack_zip), ("kamer.json", element_json)])
def test_any_damage_to_the_file(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    good = make()
    path = tmp_path / name

    @settings(many, max_examples=EXAMPLES // 2)
    @given(st.lists(st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=6)), min_size=1, max_size=6))
    def damage(changes: list[tuple[int, bytes]]) -> None:
        data = bytearray(good)
        for at, new in changes:
            data[at : at + len(new)] = new
        path.write_bytes(data)
        check(tuple(events_or_refusal(path)))

    damage()
