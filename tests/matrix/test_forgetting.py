"""Somebody was forgotten: what the Matrix adapter itself keeps goes too, and others' words stay readable."""

from pathlib import Path

from adapters.matrix.forgetting import forget_at_rest
from adapters.matrix.server import Server
from adapters.matrix.state import load_session
from bot.events import CommandCalled, MessagePosted, PersonId, ReactionAdded
from bot.outgoing import Text
from tests.matrix.fixtures import Town
from tests.matrix.member import Member
from tests.matrix.test_following import _begin_conversation_alone, texts
from tests.matrix.test_sending import said


def _bytes(town: Town) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (town.folder / "state").iterdir() if path.is_file()}


def _holding(town: Town, *words: str) -> list[Path]:
    return [path for path, data in _bytes(town).items() for word in words if word.encode() in data]


def _keys(member: Member) -> tuple[str, ...]:
    olm = member.client.olm
    assert olm is not None
    return (member.account.user, member.account.device, *olm.account.identity_keys.values())


async def _directs(town: Town) -> dict[str, list[str]]:
    session = load_session(town.folder / "state")
    assert session is not None
    async with Server(town.homeserver.url, session.token) as server:
        return await server.get(f"/user/{session.user}/account_data/m.direct")


async def test_no_byte_of_them_is_left_and_others_are_still_read(town: Town) -> None:
    eva, bo = await town.member("eva"), await town.member("bo")
    room = await town.encrypted_room(bo)
    await eva.account.join(room)
    await eva.sync()
    await bo.sync()
    first = await bo.say(room, "van bo")
    await eva.say(room, "van eva")
    await town.until(lambda: set(texts(town, room)) == {"van bo", "van eva"})
    _begin_conversation_alone(eva, room)
    await eva.say(room, "wacht op een sleutel die nooit komt")
    await eva.account.react(room, first, "👍")
    await town.until(lambda: town.all(ReactionAdded, room))
    await town.chat.send(said(Text(text="voor jou alleen"), person=eva.account.user))
    direct = (await eva.receives("voor jou alleen", by=town.ander))["room_id"]
    await eva.say(direct, "vergeet mij")
    await town.until(lambda: town.all(CommandCalled, direct))
    await eva.account.leave(room)
    await town.until(lambda: eva.account.user not in town.chat._account.rooms[room].members)  # type: ignore[union-attr]
    assert _holding(town, eva.account.user)

    await town.chat.forget(PersonId(f"matrix:{eva.account.user}"))
    assert _holding(town, *_keys(eva), "nooit komt") == []
    assert eva.account.user not in await _directs(town)
    members = await eva.account.ask("GET", f"/rooms/{direct}/joined_members")
    assert set(members["joined"]) == {eva.account.user}

    await bo.say(room, "nog steeds van bo")
    await town.until(lambda: texts(town, room)[-1] == "nog steeds van bo")
    await town.chat.send(said(Text(text="aan de anderen"), room=room, id="o9"))
    await bo.receives("aan de anderen", by=town.ander)
    assert _holding(town, *_keys(eva)) == []


async def test_what_lies_on_the_disk_goes_at_once_when_nobody_runs(town: Town) -> None:
    eva, bo = await town.member("eva"), await town.member("bo")
    room = await town.encrypted_room(bo)
    await eva.account.join(room)
    await eva.sync()
    await bo.sync()
    await eva.say(room, "van eva")
    await town.until(lambda: texts(town, room) == ["van eva"])
    folder, person = town.folder / "state", PersonId(f"matrix:{eva.account.user}")
    assert not forget_at_rest(folder, [person])
    await town.disconnect()
    assert _holding(town, *_keys(eva))
    assert forget_at_rest(folder, [person, PersonId("slack:U1")])
    assert _holding(town, *_keys(eva)) == []
    assert forget_at_rest(town.folder / "nothing there", [person])
    town.connect()
    await bo.say(room, "van bo")
    await town.until(lambda: texts(town, room) == ["van eva", "van bo"])


async def test_who_was_forgotten_while_nobody_told_is_forgotten_at_the_next_start(town: Town) -> None:
    eva = await town.member("eva")
    await town.room(eva.account)
    await town.chat.send(said(Text(text="voor jou alleen"), person=eva.account.user))
    await eva.receives("voor jou alleen", by=town.ander)
    assert _holding(town, eva.account.user)
    await town.disconnect()
    town.ear.gone.add(PersonId(f"matrix:{eva.account.user}"))
    town.connect()
    await eva.account.say(await town.room(eva.account, "other"), "hoi")
    await town.until(lambda: "hoi" in [one.text for one in town.all(MessagePosted)])
    assert _holding(town, *_keys(eva)) == []
    assert eva.account.user not in await _directs(town)


async def test_words_of_who_wants_nothing_kept_do_not_wait_for_their_key(town: Town) -> None:
    eva, bo = await town.member("eva"), await town.member("bo")
    room = await town.encrypted_room(bo)
    await eva.account.join(room)
    await eva.sync()
    await bo.sync()
    town.ear.opted_out.add(PersonId(f"matrix:{eva.account.user}"))
    first = await bo.say(room, "eerst")
    for member in (eva, bo):
        _begin_conversation_alone(member, room)
        await member.say(room, "wacht op sleutel")
    await bo.account.react(room, first, "👍")
    await town.until(lambda: town.all(ReactionAdded, room))
    account = town.chat._account
    assert account is not None
    assert [raw["sender"] for _room, raw in account.keys.waiting(None)] == [bo.account.user]
