"""From the notice to the report, over a real homeserver: in a public room in the clear, and in an encrypted one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from nio.crypto.attachments import decrypt_attachment

from bot.config import CommunitySection
from bot.model import Status
from bot.ports import Store
from tests.matrix.homeserver import Homeserver
from tests.matrix.living import Life
from tests.matrix.member import Member

pytestmark = pytest.mark.timeout(300)

KNOWN = "How do I keep slugs away from the lettuce in the vegetable garden?"
EXPLAINED = "Put a ring of coffee grounds and copper tape around the lettuce; slugs in the garden will not cross it."
ASKED = "Does anybody know how to keep slugs away from the lettuce in our vegetable garden?"
QUESTION = "Weet iemand hoe ik de agenda van een collega kan openen?"
WAITING = "Waar vind ik het formulier om een nieuwe sleutel voor de kelder aan te vragen?"


class Village(Life):
    """Two communities, and Fay who looks after the one where everything happens."""

    fay: Member

    async def settle_in(self, store: Store) -> None:
        self.fay = await self.member("fay")
        fay = f"matrix:{self.fay.account.user}"
        help = CommunitySection(name="Hulp", channels=("hulp",), facilitators=(fay,))
        await self.start(store, {"hulp": help})


@pytest.fixture
async def life(homeserver: Homeserver, store: Store, tmp_path: Path) -> AsyncIterator[Village]:
    made = Village(homeserver, tmp_path)
    await made.settle_in(store)
    yield made
    await made.stop()


@pytest.mark.parametrize("closed", [False, True], ids=["plain", "encrypted"])
async def test_from_notice_to_report(life: Village, closed: bool) -> None:
    eva, bo, carla, dirk = [await life.member(name) for name in ("eva", "bo", "carla", "dirk")]
    crowd = [await life.person(f"crowd{number}") for number in range(2)]
    elsewhere = await life.public_room(dirk, "elders", carla)
    room = await (life.closed_room if closed else life.public_room)(eva, "hulp", bo, life.fay, *crowd)

    notice = await eva.receives("from now on I read along here", by=life.ander)
    assert notice["content"]["msgtype"] == "m.notice"
    assert notice["content"]["m.mentions"] == {}

    # somebody elsewhere knows about it
    asked = await dirk.say(elsewhere, KNOWN)
    await life.until_item(elsewhere, asked)
    told = await carla.reply(elsewhere, asked, EXPLAINED)
    await life.until_item(elsewhere, asked, Status.ANSWERED)
    await dirk.account.react(elsewhere, told, "✅")
    await life.until_item(elsewhere, asked, Status.RESOLVED)

    # a question with an answer, and thanks
    question = await eva.say(room, QUESTION)
    await life.until_item(room, question)
    await bo.reply(room, question, "Via Bestand, Openen, Agenda van andere gebruiker; daarna zoek je de naam.")
    await life.until_item(room, question, Status.ANSWERED)

    # a command: answered in its thread, for all there may read it; what is for one alone comes directly, encrypted
    await life.world.plane.catch_up()
    asks = await bo.say(room, "!ander search agenda collega")
    found = await bo.receives("agenda van een collega", by=life.ander)
    assert (found["room_id"], found["content"]["m.relates_to"]["event_id"]) == (room, asks)
    assert "Openen" in found["content"]["body"]
    await bo.say(room, "!ander me")
    settings = await bo.receives("Your settings", by=life.ander)
    assert settings["room_id"] != room
    assert bo.client.rooms[settings["room_id"]].encrypted

    # a question that nobody answers goes to somebody outside; another one goes on waiting
    lost, waiting = await eva.say(room, ASKED), await eva.say(room, WAITING)
    await life.until_item(room, lost)
    await life.until_item(room, waiting)
    await life.pass_working_hours(12)
    if closed:
        consent = await eva.receives(ASKED, by=life.ander)
        await eva.reply(consent["room_id"], consent["event_id"], "1")
        await eva.receives("I look for somebody", by=life.ander)
        await life.pass_working_hours(8)
    invitation = await carla.receives("is stuck on something you may know about", by=life.ander)
    assert ASKED in invitation["content"]["body"]
    await carla.reply(invitation["room_id"], invitation["event_id"], "2 Copper tape around the bed is enough.")
    relayed = await eva.receives("Copper tape around the bed", by=life.ander)
    assert relayed["room_id"] == room
    assert relayed["content"]["m.relates_to"]["event_id"] == lost
    await eva.reply(room, relayed["event_id"], "1")
    await carla.receives("Thank you for crossing over", by=life.ander)

    await _gets_the_week(life, closed)
    assert eva.closed == carla.closed == []


async def _gets_the_week(life: Village, closed: bool) -> None:
    """On Monday the facilitator gets the week: in words, with plots and the page, all of it encrypted."""
    week = await life.skip_to_monday()
    report = await life.fay.receives(f"Weekly report of Hulp, {week}", by=life.ander)
    assert life.fay.client.rooms[report["room_id"]].encrypted
    plot = await life.fay.receives(f"{week}.1-questions.png", by=life.ander)
    assert (plot["content"]["msgtype"], "url" in plot["content"]) == ("m.image", False)
    assert (await _opened(life.fay, plot)).startswith(b"\x89PNG")
    page = (await _opened(life.fay, await life.fay.receives(f"{week}.html", by=life.ander))).decode()
    assert "<html" in page
    assert (WAITING in page) is not closed  # a page lies in the clear
    assert QUESTION not in page  # it was answered


async def _opened(member: Member, event: dict[str, Any]) -> bytes:
    """An encrypted file, as its reader's client opens it."""
    file = event["content"]["file"]
    url = f"{member.account.server.url}/_matrix/client/v1/media/download/{file['url'].removeprefix('mxc://')}"
    headers = {"Authorization": f"Bearer {member.account.token}"}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        closed = await answer.read()
    return bytes(decrypt_attachment(closed, file["key"]["k"], file["hashes"]["sha256"], file["iv"]))
