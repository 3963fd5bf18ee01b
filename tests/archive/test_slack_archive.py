"""A Slack export, as ZIP or folder, is read in the order in which things were said."""

from pathlib import Path
from typing import Any

import pytest

from adapters.archive import CHUNK, Position, open_archive
from bot.errors import InputError
from bot.events import ChannelChanged, ChannelKind, MemberJoined, MessagePosted, PersonChanged
from tests.archive.exports import CHANNELS, SLACK, USERS, events_of, read, said, unpacked, written, zipped

BUSY = {
    "users.json": USERS,
    "channels.json": CHANNELS,
    **{
        f"{channel}/2024-05-{day:02}.json": [
            said(f"{1714521600 + (day - 1) * 86400 + n * 60 + offset}.0", "U1EVA", f"bericht {n}") for n in range(450)
        ]
        for day in (1, 2, 3)
        for channel, offset in (("zorg", 0), ("bouw", 30))
    },
}


def texts(path: Path) -> list[str]:
    return [event.text for event in read(path) if isinstance(event, MessagePosted)]


def without(*names: str, **more: object) -> dict[str, object]:
    return {name: content for name, content in SLACK.items() if name not in names} | more


def problems(path: Path) -> str:
    archive = open_archive(path)
    events_of(archive)
    archive.close()
    return "\n".join(map(str, archive.problems))


def test_people_then_channels_then_members_then_messages_in_time_order(tmp_path: Path) -> None:
    events = read(zipped(tmp_path, SLACK))
    order = [PersonChanged, ChannelChanged, MemberJoined, MessagePosted]
    kinds = [order.index(type(event)) for event in events]
    assert kinds == sorted(kinds)
    assert [event.text for event in events if isinstance(event, MessagePosted)] == [
        "Hoe vul ik het formulier in?",
        "Who knows a good supplier?",
        "Kijk even in de map <@slack:U1EVA>",
        "Blad twee, veld drie",
        "De begroting is rond",
    ]


def test_channels_are_as_open_as_the_list_they_stand_on(tmp_path: Path) -> None:
    channels = [event for event in read(zipped(tmp_path, SLACK)) if isinstance(event, ChannelChanged)]
    assert {(c.channel, c.kind, c.archived) for c in channels} == {
        ("slack:C1ZORG", ChannelKind.PUBLIC, False),
        ("slack:C2BOUW", ChannelKind.PUBLIC, True),
        ("slack:G1", ChannelKind.PRIVATE, False),
    }
    assert {c.workspace for c in channels} == {"slack:T1"}


def test_direct_messages_are_left_out_and_counted(tmp_path: Path) -> None:
    path = zipped(tmp_path, SLACK)
    assert not {"onder ons", "met z'n drieën"} & set(texts(path))
    assert "2 × days of direct messages were left out" in problems(path)
    bare = zipped(tmp_path, without("dms.json", "mpims.json"), "bare.zip")
    assert not {"onder ons", "met z'n drieën"} & set(texts(bare))


def test_folder_zip_and_zip_with_a_root_folder_say_the_same(tmp_path: Path) -> None:
    events = read(zipped(tmp_path, SLACK))
    assert read(unpacked(tmp_path, SLACK)) == events
    rooted = {f"Zorggroep export/{name}": content for name, content in SLACK.items()}
    assert read(zipped(tmp_path, {**rooted, "__MACOSX/._x": b""}, "rooted.zip")) == events


def test_a_second_import_brings_the_same_ids_and_no_two_events_share_one(tmp_path: Path) -> None:
    one, two = (read(zipped(tmp_path, SLACK, name)) for name in ("one.zip", "two.zip"))
    assert [event.event for event in one] == [event.event for event in two]
    assert len({event.event for event in one}) == len(one)


def test_goes_on_behind_any_chunk(tmp_path: Path) -> None:
    archive = open_archive(zipped(tmp_path, BUSY))
    chunks = list(archive.events())
    everything = [event for chunk in chunks for event in chunk.events]
    assert len(chunks) == 3
    assert max(len(chunk.events) for chunk in chunks) == CHUNK
    done = 0
    for chunk in chunks:
        done += len(chunk.events)
        assert events_of(archive, chunk.position) == everything[done:]
    archive.close()


def test_who_is_met_in_messages_does_not_shift_the_place_to_go_on(tmp_path: Path) -> None:
    archive = open_archive(zipped(tmp_path, {name: c for name, c in BUSY.items() if "/" in name}))
    chunks = list(archive.events())
    everything = [event for chunk in chunks for event in chunk.events]
    for number, chunk in enumerate(chunks, 1):
        rest = {event for later in chunks[number:] for event in later.events}
        assert rest <= set(events_of(archive, chunk.position)) <= set(everything) | rest
    archive.close()


def test_progress_runs_to_the_end(tmp_path: Path) -> None:
    archive = open_archive(zipped(tmp_path, BUSY))
    done = [chunk.bytes_done for chunk in archive.events()]
    archive.close()
    assert done == sorted(done)
    assert done[-1] == archive.size


def test_a_place_that_is_not_in_the_archive_is_refused(tmp_path: Path) -> None:
    archive = open_archive(zipped(tmp_path, SLACK))
    with pytest.raises(InputError, match="changed since"):
        events_of(archive, Position("2031-01-01/5"))
    archive.close()


def test_without_lists_channels_are_private_to_those_who_wrote(tmp_path: Path) -> None:
    path = zipped(tmp_path, {name: content for name, content in SLACK.items() if "/" in name}, "bare.zip")
    events = read(path)
    channels = {event.channel: event.kind for event in events if isinstance(event, ChannelChanged)}
    assert channels == dict.fromkeys(("slack:#bestuur", "slack:#bouw", "slack:#zorg"), ChannelKind.PRIVATE)
    joined = {(event.channel, event.person) for event in events if isinstance(event, MemberJoined)}
    assert ("slack:#zorg", "slack:U1EVA") in joined
    assert ("slack:#bouw", "slack:U1EVA") not in joined
    assert {event.person for event in events if isinstance(event, PersonChanged)} == {"slack:U1EVA", "slack:U2JAN"}
    assert "no users.json" in problems(path)
    assert "who is in bestuur, bouw, zorg (3 in all): private to those who wrote there" in problems(path)


def test_a_channel_on_two_lists_is_of_the_stricter_kind(tmp_path: Path) -> None:
    both = [{"id": "C1ZORG", "name": "zorg-oud", "members": []}]
    events = read(zipped(tmp_path, SLACK | {"groups.json": both}))
    kinds = [e.kind for e in events if isinstance(e, ChannelChanged) and e.channel == "slack:C1ZORG"]
    assert kinds == [ChannelKind.PRIVATE]


def test_a_half_written_day_gives_what_was_written(tmp_path: Path) -> None:
    half = written(SLACK["zorg/2024-05-01.json"])[:-40]
    path = zipped(tmp_path, SLACK | {"zorg/2024-05-01.json": half})
    assert "Hoe vul ik het formulier in?" in texts(path)
    assert "De begroting is rond" in texts(path)
    assert "zorg/2024-05-01.json: it is cut off or is no JSON. What came before it was imported" in problems(path)


@pytest.mark.parametrize(
    "content", [b"", b"[", b"{}", b"null", b"[1, 2", b"[" * 100_000, b'{"a": ' * 5000, b"\xff\xfe"]
)
def test_a_day_that_is_no_json_costs_that_day(tmp_path: Path, content: bytes) -> None:
    path = zipped(tmp_path, SLACK | {"zorg/2024-05-01.json": content})
    assert texts(path)[-1] == "De begroting is rond"
    assert "zorg/2024-05-01.json" in problems(path)


def test_invalid_utf8_is_repaired_and_noted(tmp_path: Path) -> None:
    day = b'[{"type":"message","ts":"1714550400.0","user":"U1EVA","text":"caf\xe9 open"}]'
    path = zipped(tmp_path, SLACK | {"zorg/2024-05-01.json": day})
    assert "caf� open" in texts(path)
    assert "bytes that are no UTF-8" in problems(path)


def test_one_endless_message_costs_the_rest_of_its_day(tmp_path: Path) -> None:
    day: list[Any] = [said("1714550400.0", "U1EVA", "ervoor"), said("1714550401.0", "U1EVA", "a" * 5_000_000)]
    path = zipped(tmp_path, SLACK | {"zorg/2024-05-01.json": day})
    assert "ervoor" in texts(path)
    assert "longer than 4,194,304 characters" in problems(path)


def test_a_large_day_is_merged_as_it_streams(tmp_path: Path) -> None:
    filler = "regel " * 400
    files = {
        f"{channel}/2024-05-01.json": [said(f"{1714550400 + 2 * n + odd}.0", "U1EVA", filler) for n in range(700)]
        for odd, channel in enumerate(("zorg", "bouw"))
    }
    events = [event for event in read(zipped(tmp_path, SLACK | files)) if isinstance(event, MessagePosted)]
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert len(events) == 1402


def test_lists_of_the_wrong_shape_are_read_for_what_they_hold(tmp_path: Path) -> None:
    wrong: dict[str, object] = {"users.json": [5, {"id": 7}, USERS[0]], "channels.json": [], "groups.json": [[]]}
    path = zipped(tmp_path, SLACK | wrong)
    assert len(texts(path)) == 5
    assert "1 × entries of groups.json are no objects and were left out" in problems(path)
    assert "1 × people without an id were left out" in problems(path)
    assert "1 × entries of users.json are no objects and were left out" in problems(path)


def test_half_a_list_of_channels_is_refused_and_half_a_list_of_people_is_not(tmp_path: Path) -> None:
    path = zipped(tmp_path, SLACK | {"channels.json": written(CHANNELS)[:-20]})
    with pytest.raises(InputError, match=r"channels\.json tells what channels there are, and it is cut off"):
        read(path)
    path = zipped(tmp_path, SLACK | {"users.json": written(USERS)[:-20]})
    assert len(texts(path)) == 5
    assert "users.json: it is cut off" in problems(path)


def test_days_that_never_were_are_no_days(tmp_path: Path) -> None:
    strange = {f"zorg/{day}.json": SLACK["zorg/2024-05-01.json"] for day in ("2024-02-31", "0001-01-01", "9999-12-31")}
    assert len(texts(zipped(tmp_path, SLACK | strange))) == 5


def test_no_messages_is_said(tmp_path: Path) -> None:
    assert "it holds no messages" in problems(zipped(tmp_path, {"users.json": USERS, "channels.json": CHANNELS}))
