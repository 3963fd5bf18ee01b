"""How Ander's words look on a real homeserver, who gets them, and that they arrive once."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from nio.crypto.attachments import decrypt_attachment

from bot.errors import TransportError
from bot.events import ButtonPressed, ChannelId, CommandCalled, MessageId, MessagePosted, PersonId
from bot.model import OutgoingId, Ref
from bot.outgoing import Audience, Body, BodyPart, Button, Buttons, File, Outgoing, Target, Text
from tests.matrix.fixtures import Town, through
from tests.matrix.homeserver import Account, Homeserver
from tests.matrix.proxy import Proxy

CHOICES = Buttons(buttons=(Button(label="Ja", token="yes:1"), Button(label="Anders", token="no:1", asks="Wat dan?")))
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000ffff03000006000557bfabd4"
    "0000000049454e44ae426082"
)


def said(
    *parts: BodyPart,
    room: str | None = None,
    person: str | None = None,
    id: str = "o1",
    thread: str | None = None,
    about: str | None = None,
    purpose: str = "test",
) -> Outgoing:
    audience = Audience.CHANNEL if person is None else Audience.DIRECT if room is None else Audience.WHISPER
    return Outgoing(
        purpose=purpose,
        target=Target(
            audience=audience,
            channel=ChannelId(f"matrix:{room}") if room else None,
            person=PersonId(f"matrix:{person}") if person else None,
            thread=MessageId(thread) if thread else None,
        ),
        key=id,
        body=Body(lang="nl", parts=parts),
        due_at=datetime.now(UTC),
        about=(Ref(ChannelId(f"matrix:{about}"), MessageId("$x")),) if about else (),
        id=OutgoingId(id),
    )


async def seen(account: Account, room: str, event: str) -> dict[str, Any]:
    return await account.ask("GET", f"/rooms/{room}/event/{event}")


async def test_a_notice_stands_in_the_thread_and_means_nobody(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    root = await eva.say(room, "vraag")
    id = await town.chat.send(said(Text(text="Lees `help` @room <b>x</b>"), room=room, thread=root))
    content = (await seen(eva, room, id))["content"]
    assert content["msgtype"] == "m.notice"
    assert content["m.mentions"] == {}
    assert "@room" not in content["body"]
    assert content["formatted_body"] == "<p>Lees <code>help</code> ＠room &lt;b&gt;x&lt;/b&gt;</p>"
    assert content["m.relates_to"]["rel_type"] == "m.thread"
    assert content["m.relates_to"]["event_id"] == root
    assert content["m.relates_to"]["m.in_reply_to"] == {"event_id": root}


async def test_the_notice_is_pinned_where_ander_may(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva, power_level_content_override={"users": {town.ander.user: 50}})
    id = await town.chat.send(said(Text(text="Hoi"), room=room, purpose="notice"))
    pinned = await eva.ask("GET", f"/rooms/{room}/state/m.room.pinned_events")
    assert pinned["pinned"] == [id]
    elsewhere = await town.room(eva)
    await town.chat.send(said(Text(text="Hoi"), room=elsewhere, purpose="notice", id="o2"))


async def test_a_choice_is_made_by_reaction_or_reply_and_only_by_whom_it_is_for(town: Town) -> None:
    eva, bo = await town.person("eva"), await town.person("bo")
    room = await town.room(eva)
    await bo.join(room)
    id = await town.chat.send(said(Text(text="Kies"), CHOICES, room=room))
    await bo.react(room, id, "1️⃣")
    reply: Any = {"m.relates_to": {"m.in_reply_to": {"event_id": id}}}
    await eva.say(room, "2 mijn woorden", **reply)
    await eva.say(room, "7", **reply)
    await town.until(lambda: len(town.all(ButtonPressed)) == 2 and town.all(MessagePosted, room))
    pressed = {one.person: (one.button, one.text) for one in town.all(ButtonPressed)}
    assert pressed == {f"matrix:{bo.user}": ("yes:1", ""), f"matrix:{eva.user}": ("no:1", "mijn woorden")}
    assert [one.text for one in town.all(MessagePosted, room)] == ["7"]
    other = await eva.say(room, "een gewoon bericht")
    await bo.react(room, other, "1️⃣")
    await bo.say(room, "klaar")
    await town.until(lambda: [one.text for one in town.all(MessagePosted, room)][-1] == "klaar")
    assert len(town.all(ButtonPressed)) == 2


async def test_choices_outlive_a_restart(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    id = await town.chat.send(said(CHOICES, room=room))
    await town.disconnect()
    await eva.react(room, id, "2️⃣")
    town.connect()
    await town.until(lambda: town.all(ButtonPressed))
    assert town.all(ButtonPressed)[0].button == "no:1"


async def test_in_an_encrypted_room_a_bare_reaction_chooses_nothing(town: Town) -> None:
    eva = await town.member("eva")
    room = await town.encrypted_room(eva)
    id = await town.chat.send(said(Text(text="Kies maar"), CHOICES, room=room))
    got = await eva.receives("Kies maar", by=town.ander)
    assert "antwoorden met het nummer" in got["content"]["body"]
    await eva.account.react(room, id, "1️⃣")
    await eva.account.say(room, "1", **{"m.relates_to": {"m.in_reply_to": {"event_id": id}}})
    await eva.reply(room, id, "2 ja")
    await town.until(lambda: town.all(ButtonPressed))
    assert [(one.button, one.text) for one in town.all(ButtonPressed)] == [("no:1", "ja")]


# ── to one person ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_for_one_person_goes_to_an_encrypted_room_of_two(town: Town) -> None:
    eva = await town.member("eva")
    room = await town.room(eva.account)
    await town.chat.send(said(Text(text="voor jou alleen"), CHOICES, room=room, person=eva.account.user))
    got = await eva.receives("voor jou alleen", by=town.ander)
    assert got["room_id"] != room
    assert eva.client.rooms[got["room_id"]].encrypted
    await town.chat.send(said(Text(text="nog iets"), person=eva.account.user, id="o2"))
    assert (await eva.receives("nog iets", by=town.ander))["room_id"] == got["room_id"]
    await eva.say(got["room_id"], "1")
    await town.until(lambda: town.all(ButtonPressed))
    assert town.all(ButtonPressed)[0].button == "yes:1"
    await eva.say(got["room_id"], "zoek pdf")
    await town.until(lambda: town.all(CommandCalled))
    await town.disconnect()
    town.connect()
    await town.chat.send(said(Text(text="na een herstart"), person=eva.account.user, id="o3"))
    assert (await eva.receives("na een herstart", by=town.ander))["room_id"] == got["room_id"]


async def test_what_comes_from_an_encrypted_room_never_goes_to_an_open_one(town: Town) -> None:
    eva = await town.member("eva")
    secret = await town.encrypted_room(eva)
    plain = await town.room(eva.account)
    chosen = await eva.account.create("", preset="private_chat", is_direct=True, invite=[town.ander.user])
    await eva.account.say(chosen, "hulp")
    await town.until(lambda: town.all(CommandCalled, chosen))
    person = eva.account.user
    await town.chat.send(said(Text(text="gewoon"), person=person, id="o1", about=plain))
    await town.chat.send(said(Text(text="geheim"), person=person, id="o2", about=secret))
    await town.chat.send(said(Text(text="onbekend"), person=person, id="o3", about="!nowhere"))
    assert (await eva.receives("gewoon", by=town.ander))["room_id"] == chosen
    for words in ("geheim", "onbekend"):
        got = await eva.receives(words, by=town.ander)
        assert got["room_id"] != chosen
        assert eva.client.rooms[got["room_id"]].encrypted
    assert "geheim" not in json.dumps(await eva.account.timeline(chosen))


async def test_files_are_shown_or_attached_and_closed_where_the_room_is(town: Town, tmp_path: Path) -> None:
    picture, page = tmp_path / "plot.png", tmp_path / "report.html"
    picture.write_bytes(PIXEL)
    page.write_text("<p>verslag</p>", encoding="utf-8")
    files = (File(path=str(picture), name="plot.png"), File(path=str(page), name="report.html"))
    eva = await town.member("eva")
    room = await town.room(eva.account)
    out = said(Text(text="Het verslag"), *files, room=room)
    assert await town.chat.find_sent(out) is None
    assert await town.chat.send(out) == await town.chat.find_sent(out)
    contents = [one["content"] for one in (await eva.account.timeline(room))[-3:]]
    assert [one["msgtype"] for one in contents] == ["m.notice", "m.image", "m.file"]
    assert await _download(eva.account, contents[1]["url"]) == PIXEL
    private = (File(path=str(picture), name="eigen.png"), File(path=str(page), name="eigen.html"))
    await town.chat.send(said(Text(text="Alleen voor jou"), *private, person=eva.account.user, id="o2"))
    image = await eva.receives("eigen.png", by=town.ander)
    file = (await eva.receives("eigen.html", by=town.ander))["content"]["file"]
    assert image["content"]["msgtype"] == "m.image"
    raw = await _download(eva.account, file["url"])
    assert b"verslag" not in raw
    opened = decrypt_attachment(raw, file["key"]["k"], file["hashes"]["sha256"], file["iv"])
    assert opened == page.read_bytes()


async def _download(account: Account, mxc: str) -> bytes:
    url = f"{account.server.url}/_matrix/client/v1/media/download/{mxc.removeprefix('mxc://')}"
    headers = {"Authorization": f"Bearer {account.token}"}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return await answer.read()


async def test_new_members_and_devices_can_read_and_those_who_left_cannot(town: Town) -> None:
    eva, bo = await town.member("eva"), await town.member("bo")
    room = await town.encrypted_room(eva)
    await town.chat.send(said(Text(text="een"), room=room, id="o1"))
    await bo.account.join(room)
    await bo.sync()
    await town.until(lambda: bo.account.user in _members(town, room))
    await town.chat.send(said(Text(text="twee"), room=room, id="o2"))
    await bo.receives("twee", by=town.ander)
    await bo.account.leave(room)
    await town.until(lambda: bo.account.user not in _members(town, room))
    await town.chat.send(said(Text(text="drie"), room=room, id="o3"))
    for words in ("een", "twee", "drie"):
        await eva.receives(words, by=town.ander)
    keys: Any = bo.client.olm.inbound_group_store if bo.client.olm else {}
    sessions = [session for senders in keys[room].values() for session in senders]
    assert len(sessions) == 1


def _members(town: Town, room: str) -> set[str]:
    account = town.chat._account
    assert account is not None
    return set(account.rooms[room].members)


# ── once ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encrypted", [False, True])
async def test_an_answer_that_got_lost_says_nothing_twice(
    homeserver: Homeserver, tmp_path: Path, encrypted: bool
) -> None:
    async with Proxy(homeserver.url).running() as proxy:
        town = await through(proxy, homeserver, tmp_path)
        try:
            eva = await town.member("eva")
            room = await (town.encrypted_room(eva) if encrypted else town.room(eva.account))
            await town.chat.send(said(Text(text="eerst"), room=room, id="o0"))
            out = said(Text(text="eenmaal"), room=room)
            proxy.losing = 2  # the connection tries once more by itself
            with pytest.raises(TransportError) as lost:
                await town.chat.send(out)
            assert lost.value.retryable
            id = await town.chat.send(out)
            assert await town.chat.find_sent(out) == id
            kind = "m.room.encrypted" if encrypted else "m.room.message"
            ours = [e for e in await eva.account.timeline(room) if e["type"] == kind and e["sender"] == town.ander.user]
            assert len(ours) == 2
        finally:
            await town.end()


async def test_limits_are_passed_on_with_how_long_to_wait(tmp_path: Path) -> None:
    server = Homeserver(tmp_path / "limited", limited=True)
    await server.start()
    town = Town(server, tmp_path)
    try:
        await town.begin()
        town.connect()
        eva = await town.person("eva")
        room = await town.room(eva)

        async def talk() -> None:
            for number in range(40):
                await town.chat.send(said(Text(text=str(number)), room=room, id=f"o{number}"))

        with pytest.raises(TransportError) as limited:
            await talk()
        assert limited.value.retryable
        assert limited.value.retry_after is not None
        assert 0 < limited.value.retry_after < 60
    finally:
        await town.end()
        server.stop()


async def test_where_ander_is_not_it_cannot_speak_and_says_so(town: Town) -> None:
    eva = await town.person("eva")
    await town.room(eva)
    with pytest.raises(TransportError) as failed:
        await town.chat.send(said(Text(text="x"), room="!nowhere:ander.test"))
    assert not failed.value.retryable


async def test_membership_is_asked_of_the_server(town: Town) -> None:
    eva, bo = await town.person("eva"), await town.person("bo")
    room = await town.room(eva, power_level_content_override={"users": {town.ander.user: 50}})
    channel = ChannelId(f"matrix:{room}")
    assert await town.chat.is_member(PersonId(f"matrix:{eva.user}"), channel)
    assert not await town.chat.is_member(PersonId(f"matrix:{bo.user}"), channel)
    assert not await town.chat.is_member(PersonId(f"matrix:{eva.user}"), ChannelId("matrix:!nowhere"))
    assert await town.chat.is_member(PersonId("slack:U1"), channel) is None
    assert await town.chat.bring_in(PersonId(f"matrix:{bo.user}"), channel)
    await bo.join(room)
    assert await town.chat.is_member(PersonId(f"matrix:{bo.user}"), channel)
    assert not await town.chat.bring_in(PersonId("slack:U1"), channel)


async def test_links_open_the_message_in_any_client(town: Town) -> None:
    link = town.chat.link(Ref(ChannelId("matrix:!room:x.nl"), MessageId("$event/1")))
    assert link == "https://matrix.to/#/!room:x.nl/$event%2F1?via=ander.test"
    assert town.chat.link(Ref(ChannelId("matrix:#imported"), MessageId("1"))) is None
