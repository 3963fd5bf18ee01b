"""What Slack says becomes what happened; whatever else comes is left alone, and nothing makes it fall over.

`ANDER_EXAMPLES=10000` tries more mutated payloads than an ordinary run.
"""

import copy
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.api import Api
from adapters.slack.carrying import Opened, pack_modal
from adapters.slack.door import Door, Kind, kind_of
from adapters.slack.heard import NOTHING, Heard
from adapters.slack.interactions import translate_command, translate_interaction
from adapters.slack.organisations import organisation_news
from adapters.slack.receiving import Reception, Seat
from adapters.slack.sending import Speaker
from adapters.slack.translate import deleted, message_in, reactions_on, translate_event
from adapters.slack.workspace import Workspace
from adapters.slack.workspaces import team_of
from bot.events import (
    AnderRemoved,
    ButtonPressed,
    CommandCalled,
    Event,
    HomeOpened,
    MemberJoined,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
)
from tests.core.fakes import Clock
from tests.slack.moments import NOW
from tests.slack.payloads import (
    EVENTS,
    INTERACTIONS,
    TS,
    US,
    Json,
    changed,
    command,
    event,
    press,
    said,
    shortcut,
    submission,
)

EXAMPLES = int(os.environ.get("ANDER_EXAMPLES", "500"))


def heard(body: Json) -> Heard:
    """What is heard of a payload that means something."""
    found = translate(body)
    assert found is not None
    return found


def only(body: Json) -> Event:
    """The one event of a payload."""
    (found,) = heard(body).events
    return found


def translate(body: Json) -> Heard | None:
    kind = kind_of(body)
    if kind == "event":
        return translate_event(body, US)
    return translate_command(body, US, NOW) if kind == "command" else translate_interaction(body, US, NOW)


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_with_mentions_links_and_files() -> None:
    body = said("Ask <@UBO> &amp; see <https://a.nl|the page>", subtype="file_share", files=[{"title": "plan.pdf"}])
    assert only(body) == MessagePosted(
        event="slack:T1:C1:1772442000.000100",  # type: ignore[arg-type]
        channel="slack:C1",  # type: ignore[arg-type]
        message=TS,  # type: ignore[arg-type]
        author="slack:UEVA",  # type: ignore[arg-type]
        text="Ask <@slack:UBO> & see the page (https://a.nl)\n📎 plan.pdf",
        at=datetime(2026, 3, 2, 9, 0, 0, 100, tzinfo=UTC),
        mentions=("slack:UBO",),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("body", "thread"),
    [(said(thread_ts=TS), None), (said(thread_ts="1772441000.000100"), "1772441000.000100")],
)
def test_the_first_message_of_a_thread_is_in_no_thread(body: Json, thread: str | None) -> None:
    posted = only(body)
    assert isinstance(posted, MessagePosted)
    assert posted.thread == thread


@pytest.mark.parametrize(
    "more", [{"subtype": "bot_message", "bot_id": "B9", "user": None}, {"bot_id": "B9"}, {"user": "USLACKBOT"}]
)
def test_what_a_program_writes_is_automatic(more: Json) -> None:
    posted = only(said(**more))
    assert isinstance(posted, MessagePosted)
    assert posted.automatic


@pytest.mark.parametrize(
    "body",
    [
        said(user="UANDER"),
        said(bot_id="BANDER"),
        said("<@UANDER> search vpn"),
        said("hoi <@UANDER>, zoek vpn"),
        said(channel_type="mpim"),
        said(subtype="channel_topic"),
        said(subtype="huddle_thread"),
        event("reaction_added", user="UANDER", reaction="books", item={"channel": "C1", "ts": TS}),
        event("channel_created", channel={"id": "C9"}),
        event("tokens_revoked", tokens={"oauth": ["UEVA"]}),
        event("app_home_opened", user="UEVA", tab="messages"),
        event("app_mention", channel="C1", user="UEVA", text="thanks to <@UANDER> I found it", ts=TS),
    ],
)
def test_what_is_not_for_the_practice_is_let_go(body: Json) -> None:
    assert translate(body) is NOTHING


def test_an_edit_has_the_same_id_live_and_in_the_history() -> None:
    live = only(changed())
    assert isinstance(live, MessageEdited)
    assert (live.text, live.author, live.message) == ("new", "slack:UEVA", TS)
    found = message_in(changed()["event"]["message"], "C1", US)
    assert found is not None
    assert found.events[1] == live


def test_a_preview_under_a_message_is_no_edit() -> None:
    assert heard(changed(edited=None)) == NOTHING


@pytest.mark.parametrize(
    "body",
    [
        said("", subtype="message_deleted", deleted_ts=TS, previous_message={}),
        said("", subtype="message_changed", message={"subtype": "tombstone", "ts": TS}),
    ],
)
def test_a_deleted_message_is_the_same_event_however_it_is_told(body: Json) -> None:
    found = only(body)
    assert isinstance(found, MessageDeleted)
    assert found.event == deleted("C1", TS, NOW, US).event


# ── to Ander ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mention_and_a_direct_message_are_commands() -> None:
    mention = only(
        event("app_mention", channel="C1", user="UEVA", text="Hey <@UANDER>: zoek vpn", ts=TS, thread_ts="1.0")
    )
    assert isinstance(mention, CommandCalled)
    assert (mention.text, mention.thread) == ("zoek vpn", None)
    direct = only(said("<@UANDER> help", channel="D1", channel_type="im"))
    assert isinstance(direct, CommandCalled)
    assert (direct.text, direct.channel) == ("help", "slack:D1")


def test_a_slash_command_in_plain_words() -> None:
    called = only(command())
    assert isinstance(called, CommandCalled)
    assert called.text == "search <@slack:UBO> & #help"
    assert heard(command()).url == "https://hooks.slack.com/commands/T1/1/x"


def test_a_press_comes_with_its_token_once() -> None:
    first, again = only(press()), only(press())
    assert isinstance(first, ButtonPressed)
    assert (first.button, first.channel, first == again) == ("run:open", "slack:C1", True)


def test_a_press_that_wants_words_opens_a_modal_first() -> None:
    found = heard(press('{"token":"run:search","asks":"What are you looking for?"}'))
    assert found.events == ()
    assert found.ask is not None
    assert (found.ask.opened.asks, found.ask.trigger) == (True, "1.2.3")


def test_a_modal_comes_back_with_what_was_filled_in() -> None:
    opened = Opened(token="change-settings", channel="slack:UEVA", home=True)
    values = {
        "quiet": {"value": {"type": "plain_text_input", "value": None}},
        "per-week": {"value": {"type": "static_select", "selected_option": {"value": "3"}}},
        "language": {"value": {"type": "radio_buttons", "selected_option": None}},
    }
    pressed, home = heard(submission(pack_modal(opened), values)).events
    assert isinstance(pressed, ButtonPressed)
    assert (pressed.button, pressed.answers) == ("change-settings", {"quiet": "", "per-week": "3"})
    assert isinstance(home, HomeOpened)


@pytest.mark.parametrize(("callback", "name"), [("save_know_how", "books"), ("this_answers_it", "white_check_mark")])
def test_a_message_shortcut_is_a_mark(callback: str, name: str) -> None:
    mark = only(shortcut(callback))
    assert isinstance(mark, ReactionAdded)
    assert (mark.name, mark.person, mark.message) == (name, "slack:UEVA", TS)


# ── who and where ─────────────────────────────────────────────────────────────────────────────────────────────


def test_reactions_without_skin_tone() -> None:
    item = {"type": "message", "channel": "C1", "ts": TS}
    added = only(event("reaction_added", user="UEVA", reaction="+1::skin-tone-3", item=item))
    removed = only(event("reaction_removed", user="UEVA", reaction="+1", item=item))
    assert isinstance(added, ReactionAdded)
    assert isinstance(removed, ReactionRemoved)
    assert (added.name, removed.name, added.event != removed.event) == ("+1", "+1", True)


def test_marks_of_the_history_count_once_for_each_person() -> None:
    raw = {"ts": TS, "reactions": [{"name": "books", "users": ["UEVA", "UEVA", "UANDER", "UBO"]}]}
    assert [one.person for one in reactions_on(raw, "C1", US)] == ["slack:UEVA", "slack:UBO"]


def test_ander_coming_in_is_looked_up_and_going_is_told() -> None:
    assert heard(event("member_joined_channel", user="UANDER", channel="C1")) == Heard(look_up="C1")
    for body in (event("channel_left", channel="C1"), event("member_left_channel", user="UANDER", channel="C1")):
        assert isinstance(only(body), AnderRemoved)
    assert isinstance(only(event("member_joined_channel", user="UEVA", channel="C1")), MemberJoined)


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ({"is_restricted": True}, {"guest": True, "external": False}),
        ({"team_id": "T2"}, {"guest": False, "external": True}),
        ({"is_stranger": True}, {"guest": False, "external": True}),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T1"]}}, {"guest": False, "external": False}),
        ({"deleted": True}, {"active": False}),
        ({"is_bot": True}, {"automatic": True}),
        ({"tz": "Mars/Phobos", "locale": "nl-NL"}, {"timezone": None, "lang": "nl"}),
    ],
)
def test_a_person_as_slack_describes_them(raw: Json, want: Json) -> None:
    person = only(event("user_change", user={"id": "UEVA", "team_id": "T1", "name": "eva"} | raw))
    assert isinstance(person, PersonChanged)
    assert {name: getattr(person, name) for name in want} == want


# ── whatever comes ────────────────────────────────────────────────────────────────────────────────────────────

_KEYS = """type subtype event ts user text thread_ts channel channel_type item reaction message previous_message edited
    deleted_ts files title bot_id team_id authorizations actions value container view state values private_metadata
    block_id action_id response_url trigger_id command callback_id tokens bot profile id hash"""
_WORDS = """message message_changed message_deleted app_mention block_actions view_submission message_action home
    event_callback reaction_added member_joined_channel user_change im channel button C1 UEVA UANDER T1 once-1
    1772442000.000100 <@UANDER> <!channel> {"token":1} plain_text_input https://x"""
KEYS = st.sampled_from(_KEYS.split())
WORDS = st.sampled_from(_WORDS.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.sampled_from(["\ud800", "\0", "x" * 5000])
    | st.text(st.characters(), max_size=20)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=8
)
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A true payload in which something is not as it should be."""
    body: Json = copy.deepcopy(draw(st.sampled_from([*EVENTS, *INTERACTIONS, command()])))
    for _ in range(draw(st.integers(1, 4))):
        spot: Any = body
        while isinstance(spot, dict) and spot:
            key = draw(st.sampled_from(sorted(spot)))
            if not isinstance(spot[key], dict) or draw(st.booleans()):
                break
            spot = spot[key]
        if isinstance(spot, dict):
            spot[draw(st.sampled_from(sorted(spot)) | KEYS) if spot else draw(KEYS)] = draw(JSON)
    return body


@many
@given(mutated() | st.dictionaries(KEYS, JSON, max_size=8))
def test_a_payload_gone_wrong_is_an_event_or_nothing(body: Json) -> None:
    found = translate(body)
    if found is None:
        return
    for one in found.events:
        assert one.event.startswith("slack:T1:")
        assert one.at.tzinfo is UTC
        str(one).encode()  # no half pairs: a database can hold it
    again = translate(copy.deepcopy(body))
    assert again is not None
    assert [one.event for one in again.events] == [one.event for one in found.events]


async def nothing(events: Sequence[Event]) -> None:
    """Nothing is kept here."""


async def test_a_shape_that_is_not_known_is_acknowledged_and_counted() -> None:
    async def token() -> str:
        return ""

    space = Workspace(api=Api(token), ids=US.ids, user=US.user, bot=US.bot)
    seat = Seat(space=space, speaker=Speaker(space=space))

    async def find(team: str, enterprise: str | None) -> Seat | None:
        return seat if team == "T1" else None

    async def left(team: str | None, enterprise: str | None) -> None:
        raise AssertionError(team)

    def added() -> None:
        raise AssertionError

    reception = Reception(put=nothing, find=find, left=left, added=added, clock=Clock(NOW))
    door = Door(reception.take, clock=Clock(NOW))
    for body in (event("tea_served"), said(subtype="sung"), event("tea_served"), press() | {"type": "telepathy"}):
        assert await door.from_socket({"type": "x", "envelope_id": "1", "payload": body}) == {}
    elsewhere = said() | {"team_id": "T9", "authorizations": []}
    assert await door.from_socket({"type": "x", "envelope_id": "1", "payload": elsewhere}) == {}
    assert reception.unknown == {
        "event tea_served": 2,
        "event message/sung": 1,
        "interaction telepathy": 1,
        "a workspace that is not ours": 1,
    }


async def take(kind: Kind, body: Json) -> bool:
    """Whatever comes is for somebody, or for nobody and then not kept."""
    team, _ = team_of(body)
    return team is not None or organisation_news(kind, body, team) is not None


@cache
def door() -> Door:
    """One for all: a Bolt app takes a while to make."""
    return Door(take, clock=Clock(NOW))


@many
@given(mutated() | st.dictionaries(KEYS, JSON, max_size=8))
async def test_the_door_stands_whatever_comes(body: Json) -> None:
    assert await door().from_socket({"type": "x", "envelope_id": "1", "payload": body}) in ({}, None)
