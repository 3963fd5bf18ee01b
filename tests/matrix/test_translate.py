"""Whatever a server or a stranger sends, translating it ends in events or nothing, never in a crash.

`ANDER_EXAMPLES=10000` tries more than an ordinary run.
"""

import copy
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.matrix.rooms import Room
from adapters.matrix.translate import Chosen, Happened, Us, introduce, translate
from bot.events import (
    ChannelChanged,
    ChannelKind,
    CommandCalled,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
)

EXAMPLES = int(os.environ.get("ANDER_EXAMPLES", "1000"))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
US = Us(user="@ander:x.nl", bots=("@*-bot:x.nl",))
ROOM = "!room:x.nl"


def room(**what: object) -> Room:
    made = Room(id=ROOM, name="help", members={"@eva:x.nl": "Eva", "@bo:x.nl": "Bo", "@ander:x.nl": "Ander"})
    for key, value in what.items():
        setattr(made, key, value)
    return made


def event(kind: str, content: dict[str, Any], sender: str = "@eva:x.nl", **more: Any) -> dict[str, Any]:
    made = {"type": kind, "content": content, "sender": sender, "event_id": "$one"}
    return made | {"origin_server_ts": int(NOW.timestamp() * 1000) - 1000} | more


def wrote(body: str, relation: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    content = {"msgtype": "m.text", "body": body} | more | ({"m.relates_to": relation} if relation else {})
    return event("m.room.message", content)


def meaning(raw: Any, where: Room | None = None, *, trusted: bool = True) -> tuple[Happened, ...]:
    return translate(raw, where or room(), US, NOW, trusted=trusted)


_CALL: dict[str, Any] = {"org.matrix.msc4391.command": {"command": "x", "arguments": {"a": "b"}}}
_CALL |= {"m.mentions": {"user_ids": ["@ander:x.nl"]}}
LINES: list[dict[str, Any]] = [
    wrote("> <@bo:x.nl> oud\n\nhoi", {"m.in_reply_to": {"event_id": "$a"}}),
    wrote("!ander zoek x", {"rel_type": "m.thread", "event_id": "$a", "is_falling_back": True}),
    wrote("* x", {"rel_type": "m.replace", "event_id": "$a"}, **{"m.new_content": {"body": "b"}}),
    wrote("2 ja", {"m.in_reply_to": {"event_id": "$a"}}, **{"m.mentions": {"user_ids": ["@bo:x.nl"]}}),
    event("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$a", "key": "👍"}}),
    event("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$a", "key": "1️⃣"}}),
    event("m.room.member", {"membership": "join", "displayname": "E"}, state_key="@eva:x.nl"),
    event("m.room.redaction", {"redacts": "$a"}),
    event("m.room.create", {"room_version": "12", "additional_creators": ["@bo:x.nl"]}, state_key=""),
    event("m.room.power_levels", {"users": {"@eva:x.nl": 100}, "events": {"x": 50}, "invite": 0}, state_key=""),
    event("m.room.tombstone", {"replacement_room": "!new"}, state_key=""),
    event("m.room.name", {"name": "x"}, state_key=""),
    event("m.space.child", {"via": ["x.nl"]}, state_key="!child"),
    event("org.matrix.msc4391.command_description", {"command": "x"}, state_key="x"),
    wrote("x", None, **_CALL),
]
_WORDS = ["m.room.message", "m.replace", "m.thread", "m.annotation", "$a", "!room", "@eva:x.nl", "1️⃣", "join", "ban"]
_UNSOUND = ["\ud800", "\0"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS + _UNSOUND) | st.text(max_size=20)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A sound event with up to three of its values, at any depth, replaced by anything."""
    line: Any = copy.deepcopy(draw(st.sampled_from(LINES)))
    for _ in range(draw(st.integers(0, 3))):
        place = line
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


@pytest.mark.timeout(900)
@settings(max_examples=EXAMPLES, deadline=None)
@given(raw=mutated() | JSON, trusted=st.booleans(), direct=st.booleans())
def test_no_event_is_too_strange(raw: Any, trusted: bool, direct: bool) -> None:
    where = room(direct=direct)
    if isinstance(raw, dict):
        where.apply(raw)
    for one in (*meaning(raw, where, trusted=trusted), *introduce(where, US, NOW, "m")):
        str(one).encode()  # no half surrogate pair, which no database could hold
        assert "\0" not in str(one)
        if not isinstance(one, PersonChanged):
            assert getattr(one, "channel", where.channel) == where.channel
        assert one.at <= NOW
    for user in ("@eva:x.nl", "@ander:x.nl"):
        assert isinstance(where.may_send(user, "x", state=True), bool)
        assert isinstance(where.may_invite(user), bool)


@pytest.mark.timeout(900)
@settings(max_examples=EXAMPLES, deadline=None)
@given(raw=mutated() | JSON)
def test_without_trust_there_are_no_words_no_commands_no_choices(raw: Any) -> None:
    for one in meaning(raw, room(encrypted=True), trusted=False):
        assert not isinstance(one, MessagePosted | MessageEdited | CommandCalled | Chosen)


def test_a_message_keeps_its_place_and_loses_its_fallback() -> None:
    (posted,) = meaning(LINES[0])
    assert isinstance(posted, MessagePosted)
    assert (posted.text, posted.reply_to, posted.thread, posted.author) == ("hoi", "$a", None, "matrix:@eva:x.nl")


def test_what_is_posted_is_cut_where_it_is_endless() -> None:
    (posted,) = meaning(wrote("x" * 200_000))
    assert isinstance(posted, MessagePosted)
    assert len(posted.text) == 40_000


def test_a_time_in_the_future_is_now() -> None:
    far = int((NOW + timedelta(days=400)).timestamp() * 1000)
    (posted,) = meaning(wrote("x") | {"origin_server_ts": far})
    assert posted.at == NOW


@pytest.mark.parametrize(
    ("body", "mentioned", "asked"),
    [
        ("!ander help", False, "help"),
        ("!Ander: zoek pdf", False, "zoek pdf"),
        ("!ander", False, ""),
        ("!anders is het niet", False, None),
        ("@ander:x.nl open", False, "open"),
        ("Ander: zoek pdf", True, "zoek pdf"),
        ("@ander zoek pdf", True, "zoek pdf"),
        ("ander onderwerp: pdf", False, None),
        ("anders dan ander", True, None),
        ("dat weet ander wel", True, None),
    ],
)
def test_ander_is_asked_at_the_beginning_of_a_message_only(body: str, mentioned: bool, asked: str | None) -> None:
    more = {"m.mentions": {"user_ids": [US.user]}} if mentioned else {}
    (one,) = meaning(wrote(body, **more))
    assert (one.text if isinstance(one, CommandCalled) else None) == asked


def test_a_command_that_a_client_made_of_its_description_is_understood() -> None:
    call = {"org.matrix.msc4391.command": {"command": "search", "arguments": {"text": "vpn since:30d", "n": 7}}}
    (one,) = meaning(wrote("/search what", **call, **{"m.mentions": {"user_ids": [US.user]}}))
    assert isinstance(one, CommandCalled)
    assert one.text == "search vpn since:30d"
    (other,) = meaning(wrote("/search what", **call, **{"m.mentions": {"user_ids": ["@draupnir:x.nl"]}}))
    assert isinstance(other, MessagePosted)


def test_alone_with_ander_everything_is_asked() -> None:
    (one,) = meaning(wrote("zoek pdf"), room(direct=True))
    assert isinstance(one, CommandCalled)
    (two,) = meaning(wrote("Ander, zoek pdf"), room(direct=True))
    assert isinstance(two, CommandCalled)
    assert one.text == two.text == "zoek pdf"


def test_a_number_is_a_choice_where_it_answers_something() -> None:
    (chosen,) = meaning(wrote("2 ja graag", {"m.in_reply_to": {"event_id": "$a"}}))
    assert isinstance(chosen, Chosen)
    assert (chosen.message, chosen.number, chosen.text) == ("$a", 2, "ja graag")
    assert isinstance(chosen.instead[0], MessagePosted)
    (alone,) = meaning(wrote("1"), room(direct=True))
    assert isinstance(alone, Chosen)
    assert (alone.message, alone.number) == (None, 1)
    (said,) = meaning(wrote("2 ja graag"))
    assert isinstance(said, MessagePosted)
    fallback = {"rel_type": "m.thread", "event_id": "$a", "is_falling_back": True, "m.in_reply_to": {"event_id": "$b"}}
    (in_thread,) = meaning(wrote("2 dagen", fallback))
    assert isinstance(in_thread, MessagePosted)


def test_a_numbered_reaction_is_a_choice_and_no_mark() -> None:
    (chosen,) = meaning(LINES[5])
    assert isinstance(chosen, Chosen)
    assert (chosen.message, chosen.number, chosen.instead) == ("$a", 1, ())


def test_marks_are_taken_from_reactions_that_nobody_encrypts_and_can_be_taken_away() -> None:
    where = room(encrypted=True)
    (added,) = meaning(LINES[4] | {"event_id": "$mark"}, where, trusted=False)
    where.reactions["$mark"] = ("$a", "+1")
    (removed,) = meaning(event("m.room.redaction", {"redacts": "$mark"}), where, trusted=False)
    assert isinstance(added, ReactionAdded)
    assert isinstance(removed, ReactionRemoved)
    assert (removed.message, removed.name) == (added.message, added.name) == ("$a", "+1")


def test_an_edit_says_who_made_it_so_that_the_record_can_compare() -> None:
    (edited,) = meaning(LINES[2] | {"sender": "@bo:x.nl"})
    assert isinstance(edited, MessageEdited)
    assert (edited.message, edited.author, edited.text) == ("$a", "matrix:@bo:x.nl", "b")


def test_redactions_of_all_room_versions_are_understood() -> None:
    for raw in (event("m.room.redaction", {}, redacts="$a"), event("m.room.redaction", {"redacts": "$a"})):
        (deleted,) = meaning(raw)
        assert isinstance(deleted, MessageDeleted)
        assert deleted.message == "$a"


def test_a_new_name_is_no_arrival() -> None:
    join = event("m.room.member", {"membership": "join", "displayname": "E"}, state_key="@eva:x.nl")
    assert [type(one) for one in meaning(join)] == [PersonChanged, MemberJoined]
    renamed = join | {"unsigned": {"prev_content": {"membership": "join"}}}
    assert [type(one) for one in meaning(renamed)] == [PersonChanged]
    for membership in ("leave", "ban"):
        gone = event("m.room.member", {"membership": membership}, "@bo:x.nl", state_key="@eva:x.nl")
        assert [type(one) for one in meaning(gone)] == [MemberLeft]


def test_guests_and_bots_are_known_by_their_ids() -> None:
    for user, guest, automatic in (("@1234:x.nl", True, False), ("@ci-bot:x.nl", False, True)):
        join = event("m.room.member", {"membership": "join"}, user, state_key=user)
        person = meaning(join, room(members={user: "x"}))[0]
        assert isinstance(person, PersonChanged)
        assert (person.guest, person.automatic) == (guest, automatic)


def test_notices_and_ander_s_own_words_are_never_commands() -> None:
    (notice,) = meaning(wrote("!ander help", msgtype="m.notice"))
    assert isinstance(notice, MessagePosted)
    assert notice.automatic
    assert meaning(wrote("!ander help") | {"sender": US.user}) == ()


@pytest.mark.parametrize(
    ("join_rule", "visibility", "kind"),
    [
        ("public", "shared", ChannelKind.PUBLIC),
        ("public", "world_readable", ChannelKind.PUBLIC),
        ("public", "joined", ChannelKind.PRIVATE),
        ("public", "invited", ChannelKind.PRIVATE),
        ("restricted", "shared", ChannelKind.PRIVATE),
        ("knock", "world_readable", ChannelKind.PRIVATE),
        ("invite", "shared", ChannelKind.PRIVATE),
    ],
)
def test_a_room_is_public_when_all_may_enter_and_read_back(join_rule: str, visibility: str, kind: ChannelKind) -> None:
    where = room(join_rule=join_rule, visibility=visibility)
    assert where.kind is kind
    assert where.past_closed is (visibility in ("joined", "invited"))


def test_a_room_without_a_name_for_two_is_a_direct_one_and_never_practice() -> None:
    between_two = room(name="", members={"@eva:x.nl": "Eva", "@ander:x.nl": "Ander"})
    assert between_two.kind is ChannelKind.DIRECT
    (one,) = meaning(wrote("hoi"), between_two)
    assert isinstance(one, CommandCalled)


# ── power ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE: dict[str, dict[str, Any]] = {
    "10": {"creator": "@eva:x.nl"},
    "11": {},
    "12": {"additional_creators": ["@bo:x.nl"]},
}


@pytest.mark.parametrize("version", ["10", "11", "12"])
def test_power_is_computed_for_every_room_version(version: str) -> None:
    where = room()
    where.apply(event("m.room.create", {"room_version": version} | CREATE[version], state_key=""))
    assert where.power("@eva:x.nl") >= 100
    levels = {"users": {"@ander:x.nl": 50}, "users_default": 0, "state_default": 50, "invite": 50, "events": {"x": 75}}
    where.apply(event("m.room.power_levels", levels, state_key=""))
    is_new = version == "12"
    assert where.may_send("@eva:x.nl", "x", state=True) is is_new  # creators are in no list from version 12 on
    assert where.may_send("@bo:x.nl", "x", state=True) is is_new
    assert where.may_send("@ander:x.nl", "m.room.pinned_events", state=True)
    assert not where.may_send("@ander:x.nl", "x", state=True)
    assert where.may_invite("@ander:x.nl")
    assert where.may_send("@bo:x.nl", "m.room.message")
    assert not where.may_send("@carla:x.nl", "m.room.message")


def test_encryption_is_never_undone() -> None:
    where = room()
    where.apply(event("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, state_key=""))
    where.apply(event("m.room.encryption", {}, state_key=""))
    (changed,) = meaning(event("m.room.encryption", {}, state_key=""), where)
    assert isinstance(changed, ChannelChanged)
    assert where.encrypted


def test_a_replaced_room_is_closed() -> None:
    where = room()
    raw = event("m.room.tombstone", {"replacement_room": "!new:x.nl"}, state_key="")
    where.apply(raw)
    (changed,) = meaning(raw, where)
    assert isinstance(changed, ChannelChanged)
    assert changed.archived
    assert where.successor == "!new:x.nl"
