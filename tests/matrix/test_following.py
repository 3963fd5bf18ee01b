"""Nothing is lost and nothing doubled while servers, networks and keys come and go."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nio.event_builders import ToDeviceMessage

from adapters.matrix import invites
from adapters.matrix.account import Account as AnderAccount
from adapters.matrix.client import Matrix
from adapters.matrix.keys import SEEN, Keys
from adapters.matrix.rooms import Room
from adapters.matrix.server import Server
from adapters.matrix.settings import MatrixSection
from adapters.matrix.state import Session, load_session
from bot.errors import ConfigError, StoreFull, TransportError
from bot.events import (
    AnderAdded,
    AnderRemoved,
    ChannelChanged,
    ChannelId,
    CommandCalled,
    Event,
    MembersListed,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
)
from tests.core.fakes import Ear
from tests.matrix.fixtures import Town, through
from tests.matrix.homeserver import Homeserver
from tests.matrix.member import Member
from tests.matrix.proxy import Proxy


def texts(town: Town, room: str) -> list[str]:
    return [one.text for one in town.all(MessagePosted, room)]


async def test_what_was_said_while_away_comes_in_once_and_in_order(town: Town) -> None:
    eva, bo = await town.person("eva"), await town.person("bo")
    room = await town.room(eva)
    await eva.say(room, "0")
    await town.until(lambda: texts(town, room) == ["0"])
    await town.disconnect()
    for number in range(1, 251):
        await eva.say(room, str(number))
        if number == 100:
            await bo.join(room)
    town.connect()
    await town.until(lambda: len(texts(town, room)) >= 251)
    assert texts(town, room) == [str(number) for number in range(251)]
    assert town.all(MembersListed, room)[-1].people == {f"matrix:{eva.user}", f"matrix:{bo.user}"}
    await eva.say(room, "251")
    await town.until(lambda: texts(town, room)[-1] == "251")
    assert len(texts(town, room)) == 252


class FullEar(Ear):
    """Cannot write for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.refused = 0

    async def listen(self, events: Sequence[Event]) -> None:
        if self.full and any(isinstance(one, MessagePosted) for one in events):
            self.refused += 1
            raise StoreFull("the disk is full")
        await super().listen(events)


async def test_a_full_disk_loses_nothing(homeserver: Homeserver, tmp_path: Path) -> None:
    town = Town(homeserver, tmp_path)
    ear = FullEar()
    town.ear = town.listener = ear
    await town.begin()
    town.connect()
    try:
        eva = await town.member("eva")
        room = await town.encrypted_room(eva)
        ear.full = True
        await eva.say(room, "bewaar dit")
        await town.until(lambda: ear.refused >= 2)
        ear.full = False
        await town.until(lambda: texts(town, room) == ["bewaar dit"])
    finally:
        await town.end()


async def test_a_revoked_token_is_fatal_and_said_plainly(homeserver: Homeserver, tmp_path: Path) -> None:
    async with Proxy(homeserver.url).running() as proxy:
        town = await through(proxy, homeserver, tmp_path)
        eva = await town.person("eva")
        await town.room(eva)
        token = load_session(tmp_path / "state")
        assert token is not None
        async with Server(homeserver.url, token.token) as server:
            await server.post("/logout")
        before = proxy.seen
        with pytest.raises(TransportError, match="ander matrix login") as gone:
            await town.until(lambda: False)
        assert not gone.value.retryable
        assert proxy.seen - before <= 3
        await town.end()


async def test_a_server_that_fails_for_a_while_is_asked_again_gently(homeserver: Homeserver, tmp_path: Path) -> None:
    async with Proxy(homeserver.url).running() as proxy:
        town = await through(proxy, homeserver, tmp_path)
        eva = await town.person("eva")
        room = await town.room(eva)
        before = proxy.seen
        proxy.failing = 3
        await eva.say(room, "toch gehoord")
        await town.until(lambda: texts(town, room) == ["toch gehoord"])
        proxy.down = True
        await asyncio.sleep(1)
        await eva.say(room, "ook gehoord")
        proxy.down = False
        await town.until(lambda: texts(town, room) == ["toch gehoord", "ook gehoord"])
        assert proxy.seen - before < 30
        await town.end()


# ── rooms ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_rooms_of_all_versions_are_read(town: Town, version: str) -> None:
    eva = await town.person("eva")
    room = await town.room(eva, room_version=version)
    await eva.say(room, "hoi")
    await town.until(lambda: texts(town, room) == ["hoi"])
    (channel,) = town.all(ChannelChanged, room)
    assert channel.workspace == "matrix:ander.test"


async def test_a_replaced_room_is_followed(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva, room_version="10")
    answer = await eva.ask("POST", f"/rooms/{room}/upgrade", {"new_version": "12"})
    await town.until(lambda: town.all(AnderAdded, answer["replacement_room"]))
    assert town.all(ChannelChanged, room)[-1].archived


async def test_rooms_tell_which_spaces_they_stand_in(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    assert town.all(ChannelChanged, room)[-1].spaces == ()
    space = await eva.create("Zorg", creation_content={"type": "m.space"})
    await eva.ask("PUT", f"/rooms/{space}/state/m.space.child/{room}", {"via": ["ander.test"]})
    await eva.invite(space, town.ander.user)
    await town.until(lambda: town.all(ChannelChanged, room)[-1].spaces == ("Zorg", f"matrix:{space}"))
    later = await town.room(eva, "later")
    await eva.ask("PUT", f"/rooms/{space}/state/m.space.child/{room}", {})
    await eva.ask("PUT", f"/rooms/{space}/state/m.space.child/{later}", {"via": ["ander.test"]})
    await town.until(lambda: town.all(ChannelChanged, later)[-1].spaces)
    assert town.all(ChannelChanged, room)[-1].spaces == ()
    await town.disconnect()
    town.ear.heard.clear()
    town.connect()
    await town.until(lambda: town.all(MembersListed, later))
    assert [one.spaces for one in town.all(ChannelChanged, later)] == [("Zorg", f"matrix:{space}")]
    assert town.all(AnderAdded, space) == []


async def test_what_was_said_before_ander_came_is_not_for_it(town: Town) -> None:
    eva = await town.person("eva")
    room = await eva.create("help")
    await eva.say(room, "!ander vergeet mij")
    await eva.invite(room, town.ander.user)
    await town.until_there(room)
    await eva.say(room, "hoi")
    await town.until(lambda: texts(town, room) == ["hoi"])
    assert town.all(CommandCalled, room) == []


async def test_strangers_invite_in_vain(homeserver: Homeserver, tmp_path: Path) -> None:
    town = Town(homeserver, tmp_path)
    await town.begin(invites=["@eva*:ander.test"])
    town.connect()
    try:
        mallory, eva = await town.person("mallory"), await town.person("eva")
        for number in range(10):
            await mallory.invite(await mallory.create(f"spam {number}"), town.ander.user)
        room = await town.room(eva)
        await eva.say(room, "!ander help")
        await town.until(lambda: town.all(CommandCalled, room))
        assert {one.channel for one in town.all(AnderAdded)} == {f"matrix:{room}"}
    finally:
        await town.end()


class Untouchable(Server):
    """A server that must not be asked anything."""

    async def post(self, *asked: Any, **more: Any) -> Any:
        raise AssertionError(f"asked {asked}")


async def test_a_thousand_invitations_cost_nothing(caplog: pytest.LogCaptureFixture) -> None:
    account = _account(Untouchable("http://nowhere"), invites=["@eva:x.nl"])
    membership = {"type": "m.room.member", "state_key": "@ander:x.nl", "sender": "@mallory:x.nl", "content": {}}
    invited: dict[str, Any] = {f"!r{n}:x.nl": {"invite_state": {"events": [membership]}} for n in range(1000)}
    invited |= {"!odd:x.nl": None, "!odder:x.nl": {"invite_state": {"events": [7, {"type": "m.room.member"}]}}}
    with caplog.at_level(logging.WARNING):
        await invites.answer(account, invited, datetime.now(UTC))
    assert len(caplog.records) == 1


class Counting(Server):
    """A server that counts what it is asked, and allows it."""

    asked = 0

    async def post(self, *asked: Any, **more: Any) -> Any:
        self.asked += 1
        return {}


async def test_even_a_friend_cannot_keep_ander_busy_with_rooms() -> None:
    server = Counting("http://nowhere")
    account = _account(server, invites=["@*:x.nl"])
    now = datetime(2026, 3, 2, tzinfo=UTC)
    membership = {"type": "m.room.member", "state_key": "@ander:x.nl", "sender": "@eva:x.nl", "content": {}}
    invited: dict[str, Any] = {f"!r{n}:x.nl": {"invite_state": {"events": [membership]}} for n in range(1000)}
    await invites.answer(account, invited, now)
    assert server.asked == invites.PER_HOUR
    await invites.answer(account, {"!later:x.nl": invited["!r1:x.nl"]}, now + timedelta(hours=2))
    assert server.asked == invites.PER_HOUR + 1


async def test_members_of_a_named_room_may_invite() -> None:
    server = Counting("http://nowhere")
    account = _account(server, invites_from="!hall:x.nl")
    account.rooms["!hall:x.nl"] = Room(id="!hall:x.nl", members={"@eva:x.nl": "Eva"})
    for inviter in ("@eva:x.nl", "@mallory:x.nl"):
        membership: dict[str, Any]
        membership = {"type": "m.room.member", "state_key": "@ander:x.nl", "sender": inviter, "content": {}}
        await invites.answer(account, {"!r:x.nl": {"invite_state": {"events": [membership]}}}, datetime.now(UTC))
    assert server.asked == 1


def _account(server: Server, **settings: Any) -> AnderAccount:
    section = MatrixSection.model_validate({"homeserver": "http://nowhere", "user": "@ander:x.nl"} | settings)
    session = Session(homeserver="", user="@ander:x.nl", device="D", token="", pickle_key="", seeds={})
    return AnderAccount(session=session, server=server, keys=None, settings=section)  # type: ignore[arg-type]


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_key_that_comes_late_opens_what_waited_even_after_a_restart(town: Town) -> None:
    eva = await town.member("eva")
    room = await town.encrypted_room(eva)
    first = await eva.say(room, "eerst")
    await town.until(lambda: texts(town, room) == ["eerst"])
    key = _begin_conversation_alone(eva, room)
    await eva.say(room, "wacht op sleutel")
    await eva.account.react(room, first, "👍")
    await town.until(lambda: town.all(ReactionAdded, room))
    await town.disconnect()
    town.connect()
    await _give_key(eva, town.ander.user, key)
    await town.until(lambda: texts(town, room) == ["eerst", "wacht op sleutel"])


def _begin_conversation_alone(member: Member, room: str) -> dict[str, str]:
    """A new conversation whose key nobody gets; returns the key."""
    olm: Any = member.client.olm
    olm.create_outbound_group_session(room)
    session = olm.outbound_group_sessions[room]
    session.shared = True
    algorithm = "m.megolm.v1.aes-sha2"
    return {"algorithm": algorithm, "room_id": room, "session_id": session.id, "session_key": session.session_key}


async def _give_key(member: Member, user: str, key: dict[str, str]) -> None:
    olm: Any = member.client.olm
    for device in olm.device_store.active_user_devices(user):
        if session := olm.session_store.get(device.curve25519):
            closed = olm._olm_encrypt(session, device, "m.room_key", key)
            await member.client.to_device(ToDeviceMessage("m.room.encrypted", user, device.id, closed))


async def test_a_late_key_is_not_wasted_when_the_disk_is_full(homeserver: Homeserver, tmp_path: Path) -> None:
    town = Town(homeserver, tmp_path)
    ear = FullEar()
    town.ear = town.listener = ear
    await town.begin()
    town.connect()
    try:
        eva = await town.member("eva")
        room = await town.encrypted_room(eva)
        first = await eva.say(room, "eerst")
        await town.until(lambda: texts(town, room) == ["eerst"])
        key = _begin_conversation_alone(eva, room)
        await eva.say(room, "wacht op sleutel")
        await eva.account.react(room, first, "👍")
        await town.until(lambda: town.all(ReactionAdded, room))
        ear.full = True
        await _give_key(eva, town.ander.user, key)
        await town.until(lambda: ear.refused)
        await town.disconnect()
        ear.full = False
        town.connect()
        await town.until(lambda: texts(town, room) == ["eerst", "wacht op sleutel"])
    finally:
        await town.end()


async def test_whose_a_key_is_is_on_disk_with_the_key(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keys, "commit", lambda _self: None)  # a process that dies before it gets there
    eva = await town.member("eva")
    room = await town.encrypted_room(eva)
    await eva.say(room, "hoi")
    await town.until(lambda: texts(town, room) == ["hoi"])
    with closing(sqlite3.connect(town.folder / "state" / SEEN)) as seen:
        assert seen.execute("SELECT user FROM owners").fetchall() == [(eva.account.user,)]


async def test_a_ciphertext_played_again_is_not_believed_not_even_after_a_restart(town: Town) -> None:
    eva = await town.member("eva")
    mallory = await town.person("mallory")
    room = await town.encrypted_room(eva)
    await mallory.join(room)
    await eva.say(room, "!ander leave me out")
    await town.until(lambda: town.all(CommandCalled, room))
    (raw,) = [one for one in await eva.account.timeline(room) if one["type"] == "m.room.encrypted"]
    await mallory.send(room, raw["content"], "m.room.encrypted")
    await eva.account.send(room, raw["content"], "m.room.encrypted")
    await town.disconnect()
    town.connect()
    await eva.account.send(room, raw["content"], "m.room.encrypted")
    await eva.say(room, "klaar")
    await town.until(lambda: texts(town, room) == ["klaar"])
    assert len(town.all(CommandCalled, room)) == 1


async def test_one_time_keys_are_refilled(town: Town) -> None:
    eva = await town.member("eva")
    room = await town.encrypted_room(eva)
    session = load_session(town.folder / "state")
    assert session is not None
    wanted = {"one_time_keys": {town.ander.user: {session.device: "signed_curve25519"}}}
    for _ in range(60):
        await eva.account.ask("POST", "/keys/claim", wanted)
    await eva.say(room, "wakker worden")
    async with Server(town.homeserver.url, session.token) as server:
        for _ in range(100):
            answer = await server.post("/keys/upload", {})
            if answer["one_time_key_counts"].get("signed_curve25519") == 50:
                return
            await asyncio.sleep(0.1)
    raise AssertionError(f"keys ran out: {answer}")


async def test_the_device_is_signed_and_everything_is_well(town: Town) -> None:
    eva = await town.person("eva")
    await town.room(eva)
    await town.disconnect()
    findings = await town.chat.check()
    assert [one for one in findings if not one.well] == []
    assert {one.what for one in findings} == {"matrix login", "matrix device", "matrix keys", "matrix rooms"}


async def test_what_was_said_before_is_read_back_when_asked_for(town: Town) -> None:
    eva = await town.person("eva")
    room = await eva.create("help")
    for number in range(30):
        await eva.say(room, str(number))
    await eva.say(room, "!ander help")
    await eva.invite(room, town.ander.user)
    await town.until_there(room)
    since = datetime.now(UTC) - timedelta(days=1)
    batches = [some async for some in town.chat.history(ChannelId(f"matrix:{room}"), since)]
    read = [one for some in batches for one in some]
    assert [one.text for one in read if isinstance(one, MessagePosted)] == [str(number) for number in range(30)]
    assert not any(isinstance(one, CommandCalled) for one in read)
    nothing = [some async for some in town.chat.history(ChannelId(f"matrix:{room}"), datetime.now(UTC))]
    assert nothing == []


async def test_a_mark_is_taken_away_also_after_a_restart(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    message = await eva.say(room, "hoi")
    mark = await eva.react(room, message, "✅")
    await town.until(lambda: town.all(ReactionAdded, room))
    await town.disconnect()
    town.connect()
    await eva.redact(room, mark)
    await town.until(lambda: town.all(ReactionRemoved, room))
    assert town.all(ReactionRemoved, room)[0].message == message


async def test_only_one_process_uses_the_keys(town: Town) -> None:
    eva = await town.person("eva")
    await town.room(eva)
    second = Matrix(town.settings, town.folder / "state")
    with pytest.raises(ConfigError, match="Another Ander"):
        await second.run(Ear())


async def test_being_taken_out_is_heard_also_when_it_happened_while_away(town: Town) -> None:
    eva = await town.person("eva")
    room = await town.room(eva)
    await town.disconnect()
    await eva.ask("POST", f"/rooms/{room}/kick", {"user_id": town.ander.user})
    town.connect()
    await town.until(lambda: town.all(AnderRemoved, room))
