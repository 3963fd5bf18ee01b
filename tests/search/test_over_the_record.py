"""The index over the real record, not over a double of it."""

from datetime import UTC, datetime
from pathlib import Path

from bot.events import MessageId, PersonId
from bot.model import AnswerLink, Item, ItemKind, ItemVector, Part, Ref
from bot.ports import Store, Transaction
from storage.search import open_plane
from tests.search.record import DIM, MODEL, letters, ref

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVA = PersonId("t:eva")


def item(where: Ref, text: str, kind: ItemKind = ItemKind.QUESTION, *, hidden: bool = False) -> Item:
    return Item(ref=where, kind=kind, author=EVA, at=AT, text=text, lang="nl", community=None, hidden=hidden)


async def file(tx: Transaction, where: Ref, text: str, answer: str | None = None) -> None:
    """A question, its answer and its vectors, as the pipeline files them."""
    await tx.put_items([item(where, text)])
    whole = text
    if answer:
        reply = ref(where.channel, f"{where.id}-a")
        await tx.put_items([item(reply, answer, ItemKind.ANSWER)])
        await tx.link_answers([AnswerLink(question=where, answer=reply, confidence=0.9)])
        whole = f"{text}\n{answer}"
    for part, said in ((Part.OWN, text), (Part.THREAD, whole)):
        await tx.put_vectors([ItemVector(ref=where, part=part, model=MODEL, vector=letters(said))])


async def test_follows_the_record(store: Store, tmp_path: Path, now: datetime) -> None:
    async with store.transaction() as tx:
        await file(tx, ref("c1", "1"), "De printer doet niets", "zet hem uit en aan")
        await file(tx, ref("c1", "2"), "Hoe vraag ik verlof aan?")
    index = await open_plane(store, tmp_path / "index", MODEL, DIM)

    async def found(text: str) -> set[MessageId]:
        hits = await index.find(text=text, vector=None, channels=None)
        return {hit.ref.id for hit in hits}

    assert await found("printer") == await found("aan uit") - {MessageId("2")} == {MessageId("1")}
    async with store.transaction() as tx:
        await file(tx, ref("c1", "3"), "Waar staat de ladder?")
        await tx.put_items([item(ref("c1", "2"), "Hoe vraag ik verlof aan?", hidden=True)])
        await tx.drop_message(ref("c1", "1"), now)
    assert await index.catch_up() > 0
    assert (await found("printer"), await found("verlof"), await found("ladder")) == (set(), set(), {MessageId("3")})
    await index.scrub()
    assert await found("ladder") == {MessageId("3")}
    await index.close()


async def test_vectors_that_come_later_are_found(store: Store, tmp_path: Path) -> None:
    where = ref("c1", "1")
    async with store.transaction() as tx:
        await tx.put_items([item(where, "De printer doet niets")])
    index = await open_plane(store, tmp_path / "index", MODEL, DIM)
    vector = letters("De printer doet niets")
    assert [hit.own for hit in await index.find(text="printer", vector=vector, channels=None)] == [None]
    async with store.transaction() as tx:
        await tx.put_vectors([ItemVector(ref=where, part=Part.OWN, model=MODEL, vector=vector)])
    await index.catch_up()
    (hit,) = await index.find(text="", vector=vector, channels=None)
    assert hit.own is not None
    assert hit.own > 0.99
    await index.close()
