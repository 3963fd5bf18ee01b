"""One line of a Slack export becomes the events that a live bot would have heard."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.archive.slack_export import (
    Place,
    Workspace,
    channel_event,
    message_events,
    person_event,
    place_of,
)
from adapters.slacktalk.people import is_bot
from bot.events import (
    ChannelId,
    ChannelKind,
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    WorkspaceId,
)
from tests.archive.exports import said

SINCE = datetime(2024, 5, 1, tzinfo=UTC)
ZORG = Place(
    id=ChannelId("slack:C1ZORG"),
    folder="zorg",
    name="zorg",
    kind=ChannelKind.PUBLIC,
    created=SINCE,
    members=frozenset({"U1EVA", "U2JAN"}),
)
UNLISTED = replace(ZORG, id=ChannelId("slack:#zorg"), members=None)


def space() -> Workspace:
    people = {"U1EVA": False, "U2JAN": False, "U3BOT": True}
    return Workspace(id=WorkspaceId("slack:T1"), since=SINCE, people=people, has_people=True)


def translated(raw: object, place: Place = ZORG) -> tuple[Event, ...]:
    return message_events(raw, place, space())


def posted(raw: object) -> MessagePosted:
    (message,) = (event for event in translated(raw) if isinstance(event, MessagePosted))
    return message


def problems(raw: object) -> str:
    at = space()
    assert message_events(raw, ZORG, at) == ()
    (problem,) = at.notes.list("export.zip")
    return str(problem)


def test_a_message() -> None:
    assert translated(said("1714550400.000100", "U1EVA", "Wie weet dit? <@U2JAN>")) == (
        MessagePosted(
            event="slack:archive:slack:C1ZORG:1714550400.000100",  # type: ignore[arg-type]
            channel=ZORG.id,
            message="1714550400.000100",  # type: ignore[arg-type]
            author="slack:U1EVA",  # type: ignore[arg-type]
            text="Wie weet dit? <@slack:U2JAN>",
            at=datetime(2024, 5, 1, 8, 0, 0, 100, tzinfo=UTC),
            mentions=("slack:U2JAN",),  # type: ignore[arg-type]
        ),
    )


def test_a_thread_begins_at_its_parent() -> None:
    assert posted(said("1714550400.000100", "U1EVA", "a", thread_ts="1714550400.000100")).thread is None
    assert posted(said("1714550401.000100", "U1EVA", "b", thread_ts="1714550400.000100")).thread == "1714550400.000100"


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message", "file_share"])
def test_kinds_that_are_said(subtype: str) -> None:
    assert posted(said("1714550400.000100", "U1EVA", "zie de lijst", subtype=subtype)).text == "zie de lijst"


def test_files_are_known_by_their_titles() -> None:
    files = [{"title": "Rooster mei.xlsx"}, {"name": "foto.png"}, {"title": 7}, "?"]
    assert (
        posted(said("1714550400.0", "U1EVA", "hierbij", files=files)).text
        == "hierbij\n📎 Rooster mei.xlsx\n📎 foto.png"
    )


def test_old_uploads_say_only_what_their_author_wrote() -> None:
    text = "<@U1EVA> uploaded a file: <https://x.slack.com/f|Plan.pdf> and commented: Kijk hier eens naar"
    raw = said("1714550400.0", "U1EVA", text, subtype="file_share", file={"title": "Plan.pdf"})
    assert posted(raw).text == "Kijk hier eens naar\n📎 Plan.pdf"


def test_a_comment_on_a_file_is_its_authors() -> None:
    text = "<@U2JAN> commented on U1EVA's file <https://x.slack.com/f|Plan.pdf>: Mooi plan"
    raw = {"type": "message", "subtype": "file_comment", "ts": "1714550400.0", "text": text}
    assert (posted(raw).author, posted(raw).text) == ("slack:U2JAN", "Mooi plan")


@pytest.mark.parametrize(
    ("raw", "author", "automatic"),
    [
        ({"user": "U1EVA", "bot_id": "B1"}, "slack:U1EVA", False),
        ({"user": "U3BOT"}, "slack:U3BOT", True),
        ({"user": "U9NIEUW", "bot_id": "B1"}, "slack:U9NIEUW", True),
        ({"user": "USLACKBOT"}, "slack:USLACKBOT", True),
        ({"user": "U00"}, "slack:U00", True),
        ({"user": None, "bot_id": "B1", "subtype": "bot_message"}, "slack:B1", True),
    ],
)
def test_who_writes_by_itself(raw: dict[str, Any], author: str, automatic: bool) -> None:
    message = posted(said("1714550400.0", "", "klaar") | raw)
    assert (message.author, message.automatic) == (author, automatic)


def test_a_webhook_is_known_by_its_name() -> None:
    raw = {"type": "message", "subtype": "bot_message", "username": "Storingen", "ts": "1714550400.0", "text": "op"}
    person, message = translated(raw)
    assert isinstance(person, PersonChanged)
    assert isinstance(message, MessagePosted)
    assert (person.name, person.automatic, person.person) == ("Storingen", True, message.author)


def test_somebody_on_no_list_is_introduced_once_and_counts_as_external() -> None:
    at = space()
    raw = said("1714550400.0", "U9NIEUW", "hoi", user_profile={"display_name": "Noor"})
    person, _ = message_events(raw, ZORG, at)
    assert isinstance(person, PersonChanged)
    assert (person.name, person.external) == ("Noor", True)
    assert len(message_events(raw, ZORG, at)) == 1


def test_whoever_writes_in_an_unlisted_channel_is_a_member() -> None:
    joined = [e for e in translated(said("1714550400.0", "U1EVA", "hoi"), UNLISTED) if isinstance(e, MemberJoined)]
    assert [e.person for e in joined] == ["slack:U1EVA"]


def test_reactions_follow_their_message() -> None:
    reactions = [{"name": "thumbsup::skin-tone-3", "users": ["U1EVA", "U2JAN", "U1EVA", 5]}, {"name": "tada"}, None]
    events = translated(said("1714550400.0", "U1EVA", "klaar", reactions=reactions))
    added = [event for event in events if isinstance(event, ReactionAdded)]
    assert [(event.name, event.person) for event in added] == [("thumbsup", "slack:U1EVA"), ("thumbsup", "slack:U2JAN")]
    assert len({event.event for event in events}) == len(events)


def test_edits_and_deletions_are_followed() -> None:
    edit = {"subtype": "message_changed", "ts": "1714550500.0", "message": said("1714550400.0", "U1EVA", "beter")}
    (changed,) = translated(edit)
    assert isinstance(changed, MessageEdited)
    assert (changed.message, changed.author, changed.text) == ("1714550400.0", "slack:U1EVA", "beter")
    (deleted,) = translated({"subtype": "message_deleted", "ts": "1714550500.0", "deleted_ts": "1714550400.0"})
    assert isinstance(deleted, MessageDeleted)
    assert deleted.message == "1714550400.0"


def test_a_tombstone_takes_back_what_an_earlier_import_stored() -> None:
    raw = said("1714550400.0", "USLACKBOT", "This message was deleted.", subtype="tombstone")
    (deleted,) = translated(raw)
    assert isinstance(deleted, MessageDeleted)
    assert deleted.message == "1714550400.0"


def test_the_list_of_members_has_the_last_word() -> None:
    def kinds(subtype: str, user: str, place: Place) -> list[type]:
        return [type(event) for event in translated(said("1714550400.0", user, "", subtype=subtype), place)]

    assert kinds("channel_join", "U1EVA", ZORG) == [MemberJoined]
    assert kinds("channel_join", "U3BOT", ZORG) == []
    assert kinds("channel_leave", "U1EVA", ZORG) == []
    assert kinds("channel_leave", "U3BOT", ZORG) == [MemberLeft]
    assert kinds("channel_join", "U3BOT", UNLISTED) == [MemberJoined]
    assert kinds("channel_leave", "U1EVA", UNLISTED) == [MemberLeft]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (said("1714550400.0", "U1EVA", "x", subtype="channel_topic"), "channel_topic"),
        (said("1714550400.0", "U1EVA", "x", subtype="nog_nooit_gezien"), "nog_nooit_gezien"),
        (said("1714550400.0", "U1EVA", "x") | {"type": "canvas"}, "canvas"),
        (said("NaN", "U1EVA", "x"), "no possible time"),
        (said("99999999999.0", "U1EVA", "x"), "no possible time"),
        (said("1714550400.0", "", "x"), "no author"),
        (said("1714550400.0", "", "x") | {"user": 5}, "no author"),
        ("tekst", "no messages"),
        (None, "no messages"),
    ],
)
def test_what_is_left_out_is_counted(raw: object, what: str) -> None:
    assert what in problems(raw)


@pytest.mark.parametrize("wrong", [None, 5, [], {}, True, float("nan"), 10**400])
def test_a_wrong_field_costs_the_field_only(wrong: object) -> None:
    raw = said("1714550400.0", "U1EVA", "blijft staan")
    for key in ("reactions", "files", "thread_ts", "attachments", "edited", "subtype", "bot_id", "user_profile"):
        assert posted(raw | {key: wrong}).text == "blijft staan"


def test_a_very_long_text_is_cut_and_noted() -> None:
    at = space()
    (message,) = message_events(said("1714550400.0", "U1EVA", "a" * 1_000_000), ZORG, at)
    assert isinstance(message, MessagePosted)
    assert len(message.text) == 40_000
    assert "1,000,000 characters" in str(at.notes.list("x")[0])


def test_text_is_always_sound_unicode() -> None:
    text = posted(said("1714550400.0", "U1EVA", "half \ud83d en \x00 nul en 👍")).text
    assert text == "half � en  nul en 👍"
    assert posted(said("1714550400.0", "U1EVA", "heel \ud83d\udc4d")).text == "heel 👍"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"tz": "Europe/Amsterdam"}, {"timezone": "Europe/Amsterdam"}),
        ({"tz": "Mars/Olympus"}, {"timezone": None}),
        ({"tz": "../../etc/passwd"}, {"timezone": None}),
        ({"locale": "nl-NL"}, {"lang": "nl"}),
        ({"locale": "fr-FR"}, {"lang": None}),
        ({"is_restricted": True}, {"guest": True}),
        ({"is_ultra_restricted": True}, {"guest": True}),
        ({"is_stranger": True}, {"external": True}),
        ({"team_id": "T9"}, {"external": True, "workspace": "slack:T9"}),
        ({"team_id": "T9", "enterprise_user": {"teams": ["T1"]}}, {"external": False, "workspace": "slack:T1"}),
        ({"deleted": True}, {"active": False}),
        ({"is_bot": True}, {"automatic": True}),
        ({"profile": {"display_name": " Eva "}, "name": "eva1"}, {"name": "Eva"}),
        ({"profile": {"display_name": "", "real_name": "Eva Smit"}}, {"name": "Eva Smit"}),
        ({"profile": 5, "name": "eva1"}, {"name": "eva1"}),
        ({"profile": None}, {"name": "U1EVA"}),
        ({"updated": 1714550400}, {"at": datetime(2024, 5, 1, 8, tzinfo=UTC)}),
        ({"updated": "ooit"}, {"at": SINCE}),
    ],
)
def test_a_person(raw: dict[str, Any], expected: dict[str, Any]) -> None:
    (person,) = person_event({"id": "U1EVA", "team_id": "T1"} | raw, space())
    assert {key: getattr(person, key) for key in expected} == expected


def test_a_person_who_changed_is_news_and_one_who_did_not_is_none() -> None:
    one, same = (next(person_event({"id": "U1EVA", "name": "eva"}, space())) for _ in range(2))
    other = next(person_event({"id": "U1EVA", "name": "eva", "deleted": True}, space()))
    assert one.event == same.event != other.event


def test_bots() -> None:
    assert is_bot({"id": "USLACKBOT"})
    assert not is_bot({"id": "U1EVA", "is_bot": "yes"})


@pytest.mark.parametrize(
    ("raw", "kind", "id"),
    [
        ({"id": "C1", "name": "zorg"}, ChannelKind.PUBLIC, "slack:C1"),
        ({"id": "C1", "name": "zorg", "is_private": True}, ChannelKind.PRIVATE, "slack:C1"),
        ({"id": "C1", "name": "zorg", "is_mpim": True}, ChannelKind.DIRECT, "slack:C1"),
        ({"name": "zorg"}, ChannelKind.PUBLIC, "slack:#zorg"),
    ],
)
def test_a_channel(raw: dict[str, Any], kind: ChannelKind, id: str) -> None:
    place = place_of(raw, ChannelKind.PUBLIC, SINCE)
    assert place is not None
    event = channel_event(place, space())
    assert (event.kind, event.channel, event.name, event.workspace) == (kind, id, "zorg", "slack:T1")


def test_a_channel_without_id_and_name_is_none() -> None:
    assert place_of({"id": 5, "name": None}, ChannelKind.PUBLIC, SINCE) is None
