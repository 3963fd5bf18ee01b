"""A member who sends whatever the homeserver lets through: no effect on what others said, and Ander reads on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import CommunitySection
from bot.model import ItemKind, Status
from bot.ports import Store
from tests.matrix.homeserver import Account, Homeserver
from tests.matrix.living import Life

pytestmark = pytest.mark.timeout(300)

QUESTION = "Weet iemand hoe ik de agenda van een collega kan openen?"
ANSWER = "Via Bestand, Openen, Agenda van andere gebruiker; daarna zoek je de naam."
SECRET = "Hoe meld ik de reorganisatie van team Zuid aan de ondernemingsraad?"
BAD_NAME = "\u202eEva\u202c <b>@room</b>\n" + "x" * 200
_DEEP: dict[str, object] = {"body": "x"}
for _ in range(60):
    _DEEP = {"m.relates_to": _DEEP, "body": "diep"}
MALFORMED: tuple[dict[str, object], ...] = (
    {},
    {"msgtype": 7, "body": ["a"]},
    {"msgtype": "m.text", "body": None},
    {"msgtype": "m.text", "body": "👋", "m.relates_to": "geen object"},
    {"msgtype": "m.text", "body": "👋", "m.relates_to": {"rel_type": ["m.thread"], "event_id": 3}},
    {"msgtype": "m.text", "body": "👋", "m.mentions": {"user_ids": [{}, 4, "@"], "room": "ja"}},
    {"msgtype": "m.text", "body": "\u0000\u202e\ud83d" + "y" * 40_000, "format": "org.matrix.custom.html"},
    {"msgtype": "m.text", "body": "👋", "formatted_body": {"a": 1}, "format": "org.matrix.custom.html"},
    {"msgtype": "nl.vreemd", "body": "!ander", "m.new_content": []},
    {"m.relates_to": {"rel_type": "m.replace", "event_id": "$niets"}, "m.new_content": 5, "body": "* x"},
    _DEEP,
)


@pytest.fixture
async def life(homeserver: Homeserver, store: Store, tmp_path: Path) -> AsyncIterator[Life]:
    made = Life(homeserver, tmp_path)
    sections = {"hulp": CommunitySection(name="Hulp", channels=("hulp",))}
    await made.start(store, sections | {"or": CommunitySection(name="OR", channels=("or",))})
    yield made
    await made.stop()


async def test_nothing_of_it_has_an_effect(life: Life) -> None:
    eva, bo, mallory = [await life.person(name) for name in ("eva", "bo", "mallory")]
    room, secret, own = await _rooms(life, eva, mallory)
    await bo.join(room)
    await mallory.join(room)
    question = await eva.say(room, QUESTION)
    hidden = await eva.say(secret, SECRET)
    await life.until_item(room, question)
    await life.until_item(secret, hidden)

    await _take_over(mallory, room, question)
    await _reach_over(mallory, own, question, hidden)
    await _throw(life, mallory, room)

    answer = await bo.reply(room, question, ANSWER)
    given = await life.until_item(room, answer)
    item = await life.until_item(room, question, Status.ANSWERED)
    assert (item.text, item.author, item.hidden) == (QUESTION, f"matrix:{eva.user}", False)
    untouched = await life.item(secret, hidden)
    assert untouched is not None
    assert (untouched.text, untouched.status, untouched.confirmed) == (SECRET, Status.OPEN, False)
    assert (given.kind, given.author) == (ItemKind.ANSWER, f"matrix:{bo.user}")
    async with life.world.store.snapshot() as tx:
        for ref in (item.ref, untouched.ref):
            assert {link.answer.channel for link in await tx.links_of([ref])} <= {ref.channel}
        assert not await tx.dead_events()
        known = await tx.people()
    assert "\u202e" not in str(
        [event["content"] for event in await bo.timeline(room) if event["sender"] == life.ander.user]
    )
    assert len(known[f"matrix:{mallory.user}"].name) <= 80  # type: ignore[index]


async def _rooms(life: Life, eva: Account, mallory: Account) -> tuple[str, str, str]:
    """Where all talk; where Eva and Ander are alone; and one that Mallory governs."""
    room = await life.room(eva, "hulp")
    secret = await life.room(eva, "or", preset="private_chat")
    own = await life.room(mallory, "hulp")
    for one in (room, secret, own):
        await life.until_there(one)
    return room, secret, own


async def _take_over(mallory: Account, room: str, question: str) -> None:
    """Words and fate of what somebody else said."""
    await mallory.edit(room, question, "Hoe bestel ik taart?")
    status, _ = await mallory.try_to("PUT", f"/rooms/{room}/redact/{question}/r1")
    assert status == 403
    await mallory.react(room, question, "🎉")


async def _reach_over(mallory: Account, own: str, *others: str) -> None:
    """From a room of hers to what was said in others; what the homeserver refuses had no effect either."""
    for number, event in enumerate(others):
        for kind, relation in (
            ("m.reaction", {"rel_type": "m.annotation", "event_id": event, "key": "🚫"}),
            ("m.reaction", {"rel_type": "m.annotation", "event_id": event, "key": "✅"}),
            ("m.room.message", {"rel_type": "m.replace", "event_id": event}),
            ("m.room.message", {"rel_type": "m.thread", "event_id": event}),
            ("m.room.message", {"m.in_reply_to": {"event_id": event}}),
        ):
            new = {"msgtype": "m.text", "body": "Dat staat in het handboek, hoofdstuk drie."}
            content = new | {"m.new_content": new, "m.relates_to": relation}
            await mallory.try_to("PUT", f"/rooms/{own}/send/{kind}/over{number}{relation}", content)
        await mallory.try_to("PUT", f"/rooms/{own}/redact/{event}/over{number}")


async def _throw(life: Life, mallory: Account, room: str) -> None:
    """Everything malformed that the homeserver takes: messages, reactions, state, a name, messages to the device."""
    for number, content in enumerate(MALFORMED):
        for kind in ("m.room.message", "m.reaction", "m.room.encrypted"):
            await mallory.try_to("PUT", f"/rooms/{room}/send/{kind}/bad{number}{kind}", content)
        await mallory.try_to("PUT", f"/rooms/{room}/state/nl.vreemd/{number}", content)
        garbage = {"messages": {life.ander.user: {"*": content}}}
        for kind in ("m.room.encrypted", "m.room_key", "m.room_key_request", "m.dummy"):
            await mallory.try_to("PUT", f"/sendToDevice/{kind}/bad{number}{kind}", garbage)
    await mallory.try_to("PUT", f"/profile/{mallory.user}/displayname", {"displayname": BAD_NAME})
    await mallory.say(room, "!ander zoek ondernemingsraad reorganisatie")
