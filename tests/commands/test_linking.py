"""Linking accounts: only with a code, once, in time; then one person to who is asked, apart in what they may read."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import accounts
from bot.asking import survey
from bot.commands.reply import Reply
from bot.events import ChannelId, ChannelKind, MessageId, PersonId, WorkspaceId
from bot.model import Channel, EvidenceKind, EvidenceRow, LinkCode, Message, Person, Ref
from bot.outgoing import File
from bot.permission import readable
from tests.commands.conftest import CARE, HOME, Place, person, words

ELSEWHERE = "eva-elsewhere"


@pytest.fixture
async def both(place: Place) -> Place:
    """Eva has a second account."""
    async with place.world.store.transaction() as tx:
        await tx.put_people([Person(id=person(ELSEWHERE), workspace=HOME, name="Eva", lang="nl")])
    return place


def code(reply: Reply) -> str:
    return next(line for line in words(reply).splitlines() if line.startswith("`")).strip("`").removeprefix("link ")


async def link(place: Place) -> str:
    given = code(await place.call("eva", "koppel"))
    return words(await place.call(ELSEWHERE, f"koppel {given.lower()}"))


async def ids(place: Place, who: str) -> list[PersonId]:
    async with place.world.store.snapshot() as tx:
        return await accounts.ids_of(tx, person(who))


async def test_the_account_that_says_the_code_is_where_they_are_asked(both: Place) -> None:
    assert "Gekoppeld" in await link(both)
    assert await ids(both, "eva") == await ids(both, ELSEWHERE) == [person(ELSEWHERE), person("eva")]


async def test_a_code_works_once(both: Place) -> None:
    given = code(await both.call("eva", "koppel"))
    await both.call(ELSEWHERE, f"koppel {given}")
    assert "ken ik niet" in words(await both.call("ineke", f"koppel {given}"))
    assert await ids(both, "ineke") == [person("ineke")]


@pytest.mark.parametrize(("late", "taken"), [(timedelta(0), True), (timedelta(seconds=1), False)])
async def test_a_code_is_void_after_its_time(both: Place, late: timedelta, taken: bool) -> None:
    async with both.world.store.transaction() as tx:
        await tx.put_link_code(LinkCode(hash="h", person=person("eva"), until=both.now))
        assert await tx.take_link_code("h", both.now + late) == (person("eva") if taken else None)


async def test_a_newer_code_voids_the_older_one_and_one_s_own_code_links_nothing(both: Place) -> None:
    first = code(await both.call("eva", "koppel"))
    second = code(await both.call("eva", "koppel"))
    assert "ken ik niet" in words(await both.call(ELSEWHERE, f"koppel {first}"))
    assert "ken ik niet" in words(await both.call("eva", f"koppel {second}"))
    assert await ids(both, "eva") == [person("eva")]


async def test_a_stranger_cannot_link(both: Place) -> None:
    given = code(await both.call("eva", "koppel"))
    assert "kan ik hier niet" in words(await both.call("nobody", f"koppel {given}"))


async def test_each_account_reads_what_it_may_read_itself(both: Place) -> None:
    async with both.world.store.snapshot() as tx:
        before = {who: await readable(tx, person(who)) for who in ("eva", ELSEWHERE)}
    await link(both)
    async with both.world.store.snapshot() as tx:
        assert {who: await readable(tx, person(who)) for who in ("eva", ELSEWHERE)} == before


async def test_a_wish_to_be_left_alone_holds_at_all_accounts_while_they_are_linked(both: Place) -> None:
    await both.call("eva", "ik uitnodigingen uit")
    await link(both)
    assert not (await both.person(ELSEWHERE)).invitations
    await both.call("eva", "lees mij niet")
    assert (await both.person(ELSEWHERE)).opted_out_at
    await both.call(ELSEWHERE, "koppel uit")
    await both.call(ELSEWHERE, "lees mij weer")
    assert (await both.person("eva")).opted_out_at


async def test_linked_accounts_are_one_candidate_with_all_their_evidence_and_history(both: Place) -> None:
    question = (await both.item("care", "q2")).ref
    await both.invite("eva", question)
    offer = EvidenceRow(person=person("eva"), kind=EvidenceKind.OFFER, community=CARE, domain=None, at=both.now)
    async with both.world.store.transaction() as tx:
        await tx.add_evidence([offer, replace(offer, person=person(ELSEWHERE))])
    await link(both)
    async with both.world.store.snapshot() as tx:
        field = await survey(tx, both.world.embedder.model, both.now + timedelta(seconds=1))
    (eva,) = [one for one in field.candidates() if "eva" in one.person.id]
    assert eva.person.id == person(ELSEWHERE)
    assert [row.question for row in eva.history] == [question]
    assert eva.communities == {CARE}


async def test_everything_is_shown_and_forgotten_for_all_accounts(both: Place) -> None:
    await link(both)
    async with both.world.store.transaction() as tx:
        shown = await accounts.export(tx, person(ELSEWHERE))
        assert {row["id"] for row in shown["people"]} == {person("eva"), person(ELSEWHERE)}
        assert shown["items"]
        gone = await accounts.forget(tx, person(ELSEWHERE), both.now)
        assert set(gone) == {person("eva"), person(ELSEWHERE)}
        assert not any((await tx.export(person("eva"))).values())


def _handed_over(reply: Reply) -> str:
    (path,) = [part.path for part in reply.body.parts if isinstance(part, File)]
    return Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("encrypted", [False, True])
async def test_what_was_said_encrypted_elsewhere_is_not_handed_over_here(both: Place, encrypted: bool) -> None:
    room = Channel(
        id=ChannelId("o:!room"), workspace=WorkspaceId("o:home"), name="r", kind=ChannelKind.PRIVATE,
        encrypted=encrypted,
    )  # fmt: skip
    said = Message(
        ref=Ref(room.id, MessageId("m")), thread=None, reply_to=None, author=person("eva"), at=both.now,
        text="the vault", lang="en", kind="other",
    )  # fmt: skip
    async with both.world.store.transaction() as tx:
        await tx.put_channels([room])
        await tx.add_messages([said])
    reply = await both.call("eva", "my-data")
    assert ("the vault" in _handed_over(reply)) is not encrypted
    assert ("versleuteld" in words(reply)) is encrypted
