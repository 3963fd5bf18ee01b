"""An Element JSON export becomes the events that a live bot would have heard."""

from pathlib import Path
from typing import Any

import pytest

from adapters.archive import open_archive
from adapters.matrixtalk import emoji_name
from bot.errors import InputError
from bot.events import (
    ChannelChanged,
    ChannelKind,
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
)
from tests.archive.exports import element, events_of, happened, read, written, wrote, zipped

T = 1714550400000


def room(folder: Path, *events: object) -> Path:
    path = folder / "kamer.json"
    path.write_bytes(written(element(*events)))
    return path


def heard(folder: Path, *events: object) -> list[Event]:
    return read(room(folder, *events))


def only(events: list[Event], kind: type) -> Any:
    (found,) = (event for event in events if isinstance(event, kind))
    return found


def problems(path: Path) -> str:
    archive = open_archive(path)
    events_of(archive)
    archive.close()
    return "\n".join(map(str, archive.problems))


def relates(rel_type: str, target: str, **more: object) -> dict[str, object]:
    return {"m.relates_to": {"rel_type": rel_type, "event_id": target, **more}}


def test_a_room_its_people_and_what_they_said(tmp_path: Path) -> None:
    events = heard(
        tmp_path,
        happened("eva", "m.room.member", {"membership": "join", "displayname": "Eva"}, state_key="@eva:voorbeeld.nl"),
        wrote("eva", "Weet iemand hoe de lift werkt?", T + 1),
        wrote("jan", "Twee keer drukken", T + 2),
    )
    kinds = [ChannelChanged, PersonChanged, MemberJoined, MessagePosted, PersonChanged, MemberJoined, MessagePosted]
    assert [type(event) for event in events] == kinds
    channel, person, message = only(events, ChannelChanged), events[1], events[3]
    assert (channel.channel, channel.name, channel.kind) == (
        "matrix:!kamer:voorbeeld.nl",
        "Zorg en ICT",
        ChannelKind.PRIVATE,
    )
    assert isinstance(person, PersonChanged)
    assert (person.person, person.name, person.workspace) == ("matrix:@eva:voorbeeld.nl", "Eva", "matrix:voorbeeld.nl")
    assert isinstance(message, MessagePosted)
    assert (message.author, message.message, message.automatic) == ("matrix:@eva:voorbeeld.nl", f"$eva{T + 1}", False)


@pytest.mark.parametrize(
    ("content", "text", "automatic"),
    [
        ({"msgtype": "m.notice"}, "rapport", True),
        ({"msgtype": "m.emote"}, "rapport", False),
        ({"msgtype": "m.file"}, "📎 rapport", False),
    ],
)
def test_kinds_of_message(tmp_path: Path, content: dict[str, object], text: str, automatic: bool) -> None:
    message = only(heard(tmp_path, wrote("eva", "rapport", content=content)), MessagePosted)
    assert (message.text, message.automatic) == (text, automatic)


def test_threads_and_replies(tmp_path: Path) -> None:
    thread = relates("m.thread", "$root", **{"is_falling_back": True, "m.in_reply_to": {"event_id": "$last"}})
    inside = relates("m.thread", "$root", **{"is_falling_back": False, "m.in_reply_to": {"event_id": "$last"}})
    reply: dict[str, object] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$last"}}}
    events = heard(tmp_path, *(wrote("eva", "ja", T + n, c) for n, c in enumerate((thread, inside, reply))))
    messages = [event for event in events if isinstance(event, MessagePosted)]
    assert [(m.thread, m.reply_to) for m in messages] == [("$root", None), ("$root", "$last"), (None, "$last")]


def test_a_reply_is_without_what_it_quotes(tmp_path: Path) -> None:
    body = "> <@jan:voorbeeld.nl> eerste regel\n> tweede regel\n\nPrecies dat\n> dit citaat is van mij"
    reply: dict[str, object] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$last"}}}
    assert (
        only(heard(tmp_path, wrote("eva", body, content=reply)), MessagePosted).text
        == "Precies dat\n> dit citaat is van mij"
    )
    assert only(heard(tmp_path, wrote("eva", body)), MessagePosted).text == body


def test_mentions(tmp_path: Path) -> None:
    new: dict[str, object] = {"m.mentions": {"user_ids": ["@jan:voorbeeld.nl", 5, "jan", "@jan:voorbeeld.nl"]}}
    link = '<a href="https://matrix.to/#/{}">Jan</a>'
    old: dict[str, object] = {"formatted_body": link.format("%40jan:voorbeeld.nl") + link.format("@jan:voorbeeld.nl")}
    for content in (new, old):
        message = only(heard(tmp_path, wrote("eva", "Jan, kijk", content=content)), MessagePosted)
        assert message.mentions == ("matrix:@jan:voorbeeld.nl",)


def test_only_the_author_edits(tmp_path: Path) -> None:
    edit = {**relates("m.replace", f"$eva{T}"), "m.new_content": {"body": "beter", "msgtype": "m.text"}}
    events = heard(
        tmp_path, wrote("eva", "slecht"), wrote("jan", "* kwaad", T + 1, edit), wrote("eva", "* beter", T + 2, edit)
    )
    changed = only(events, MessageEdited)
    assert (changed.message, changed.author, changed.text) == (f"$eva{T}", "matrix:@eva:voorbeeld.nl", "beter")


def test_reactions_come_and_go(tmp_path: Path) -> None:
    added = happened("jan", "m.reaction", relates("m.annotation", f"$eva{T}", key="👍🏽"), T + 1)
    gone = happened("jan", "m.room.redaction", {}, T + 2, redacts=f"$jan{T + 1}")
    events = heard(tmp_path, wrote("eva", "klaar"), added, gone)
    one, other = only(events, ReactionAdded), only(events, ReactionRemoved)
    assert (one.name, one.message, one.person) == ("+1", f"$eva{T}", "matrix:@jan:voorbeeld.nl")
    assert (other.name, other.message, other.person) == (one.name, one.message, one.person)


def test_redactions_take_messages_back(tmp_path: Path) -> None:
    events = heard(tmp_path, wrote("eva", "oeps"), happened("eva", "m.room.redaction", {"redacts": f"$eva{T}"}, T + 1))
    assert only(events, MessageDeleted).message == f"$eva{T}"
    empty = happened("eva", "m.room.message", {}, unsigned={"redacted_because": {}})
    assert only(heard(tmp_path, empty), MessageDeleted).message == f"$eva{T}"


def test_people_come_and_go(tmp_path: Path) -> None:
    kicked = happened("eva", "m.room.member", {"membership": "leave"}, T + 1, state_key="@jan:voorbeeld.nl")
    events = heard(tmp_path, wrote("jan", "dag"), kicked, wrote("jan", "weer terug", T + 2))
    assert only(events, MemberLeft).person == "matrix:@jan:voorbeeld.nl"
    assert [type(e) for e in events[-2:]] == [MemberJoined, MessagePosted]


def test_open_only_while_everybody_may_enter_and_read_back(tmp_path: Path) -> None:
    events = heard(
        tmp_path,
        happened("eva", "m.room.join_rules", {"join_rule": "public"}, state_key=""),
        happened("eva", "m.room.history_visibility", {"history_visibility": "joined"}, T + 1, state_key=""),
    )
    kinds = [event.kind for event in events if isinstance(event, ChannelChanged)]
    assert kinds == [ChannelKind.PRIVATE, ChannelKind.PUBLIC, ChannelKind.PRIVATE]


def test_a_direct_conversation_is_left_out(tmp_path: Path) -> None:
    invited = {"membership": "invite", "is_direct": True}
    path = room(
        tmp_path, happened("eva", "m.room.member", invited, state_key="@jan:voorbeeld.nl"), wrote("eva", "onder ons")
    )
    assert read(path) == []
    assert "direct conversation" in problems(path)


def test_what_could_not_be_decrypted_is_counted(tmp_path: Path) -> None:
    closed = wrote("eva", "** Unable to decrypt **", content={"msgtype": "m.bad.encrypted"})
    path = room(tmp_path, happened("eva", "m.room.encrypted", {}), closed, wrote("eva", "leesbaar", T + 1))
    assert only(read(path), MessagePosted).text == "leesbaar"
    assert "2 × messages are encrypted" in problems(path)


def test_rooms_that_name_no_server(tmp_path: Path) -> None:
    event = wrote("eva", "hoi") | {"room_id": "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"}
    channel = only(heard(tmp_path, event), ChannelChanged)
    assert channel.channel == "matrix:!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"
    assert channel.workspace == "matrix:voorbeeld.nl"


def test_a_second_import_brings_the_same_ids(tmp_path: Path) -> None:
    one, two = (heard(tmp_path, wrote("eva", "a"), wrote("jan", "b", T + 1)) for _ in range(2))
    assert [event.event for event in one] == [event.event for event in two]
    assert len({event.event for event in one}) == len(one)


def test_zipped_with_its_attachments(tmp_path: Path) -> None:
    files = {"Zorg - export/export.json": element(wrote("eva", "hoi")), "Zorg - export/files/foto.png": b"\x89PNG"}
    assert only(read(zipped(tmp_path, files)), MessagePosted).text == "hoi"


def test_a_half_written_export_gives_what_was_written(tmp_path: Path) -> None:
    path = room(tmp_path, *(wrote("eva", f"bericht {n}", T + n) for n in range(300)))
    path.write_bytes(path.read_bytes()[:-300])
    assert sum(isinstance(event, MessagePosted) for event in read(path)) >= 290
    assert "kamer.json: it is cut off or is no JSON. What came before it was imported" in problems(path)


def test_goes_on_behind_any_chunk(tmp_path: Path) -> None:
    archive = open_archive(room(tmp_path, *(wrote("eva", f"bericht {n}", T + n) for n in range(2500))))
    chunks = list(archive.events())
    everything = [event for chunk in chunks for event in chunk.events]
    assert [len(chunk.events) for chunk in chunks] == [1000, 1000, 503]
    for chunk in chunks:
        rest = events_of(archive, chunk.position)
        done = everything.index(chunk.events[-1]) + 1
        assert [e for e in rest if isinstance(e, MessagePosted)] == everything[done:]
    assert chunks[-1].bytes_done == archive.size


@pytest.mark.parametrize("wrong", [None, 5, [], "x", True, {"a": 1}])
def test_wrong_fields_never_stop_the_rest(tmp_path: Path, wrong: object) -> None:
    good = wrote("eva", "blijft staan", T + 5)
    broken = [
        wrote("jan", "x", T + n) | {key: wrong} for n, key in enumerate(("content", "sender", "event_id", "type"))
    ]
    texts = [event.text for event in heard(tmp_path, *broken, wrong, good) if isinstance(event, MessagePosted)]
    assert "blijft staan" in texts


@pytest.mark.parametrize("content", [b"", b"{", b"hallo", b"[]", b'{"messages": 5}', b'{"a": ', b"\x00" * 5000])
def test_what_is_no_export_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kamer.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"kamer\.json .*\. (Ander imports|Make a new|Download)"):
        open_archive(path)


def test_an_export_without_messages_is_said(tmp_path: Path) -> None:
    assert "it holds no messages" in problems(room(tmp_path))


def test_emoji_have_the_names_that_ander_knows() -> None:
    assert [emoji_name(key) for key in ("✅", "☑️", "📚", "🦒", ":books:", "")] == [
        "white_check_mark",
        "ballot_box_with_check",
        "books",
        "🦒",
        "books",
        "",
    ]
