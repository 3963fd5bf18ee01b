"""The second reading: what it changes, and what it must not depend on."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from bot import permission
from bot.events import ChannelId, ChannelKind, PersonId, WorkspaceId
from bot.model import Channel, Part, Person, Ref, Vector
from bot.ports import Store, Transaction
from bot.practice import second
from bot.practice.identifiers import only_identifiers
from bot.practice.search import Query, Results, search
from storage.search import Plane, open_plane
from storage.vectors import pack, unpack
from tests.search.record import DIM, MODEL, Letters, Record, ref

EVA = PersonId("t:eva")
TELLING = "herfst"


class Expert:
    """Knows that what speaks of autumn is near to everything, and the rest is not."""

    model, dim = "expert@1", 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Collection[str]) -> Vector:
        """See `bot.ports.Embedder`."""
        self.asked += texts
        return np.stack([self.row(text, first=n == 0) for n, text in enumerate(texts)])

    @staticmethod
    def row(text: str, *, first: bool = False) -> Vector:
        """The first text of a call is the query."""
        return np.array([1, 0, 0] if first or TELLING in text else [0.1, 0.7, 0.7071], np.float32)


class Ahead(Record):
    """A record in which some threads were read ahead."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead: set[Ref] = set()

    async def vectors(self, refs: Collection[Ref], part: Part, model: str) -> dict[Ref, Vector]:
        """See `bot.ports.Practice`."""
        if part is not Part.NEAR:
            return dict(await super().vectors(refs, part, model))
        known = self.ahead & set(refs)
        return {r: unpack(pack(Expert.row(second.beginning(self.rows[r])))) for r in known}


@pytest.fixture
def record() -> Ahead:
    made = Ahead()
    for id, kind in (("open", ChannelKind.PUBLIC), ("closed", ChannelKind.PRIVATE)):
        made.places[ChannelId(id)] = Channel(id=ChannelId(id), workspace=WorkspaceId("t"), name=id, kind=kind)
    made.persons[EVA] = Person(id=EVA, workspace=WorkspaceId("t"), name="Eva")
    for number in range(30):
        made.put(ref("open", f"f{number:02}"), f"fiets {number} staat in de weg")
    made.put(ref("open", "z"), f"een fiets in de {TELLING}")
    return made


@pytest.fixture
async def plane(record: Ahead, tmp_path: Path) -> AsyncIterator[Plane]:
    made = await open_plane(cast(Store, record), tmp_path / "index", MODEL, DIM)
    yield made
    await made.close()


async def look(record: Ahead, plane: Plane, expert: Expert | None = None, limit: int = 5) -> Results:
    query = Query(text="fiets in de weg", person=EVA, limit=limit)
    return await search(cast(Transaction, record), plane, Letters(), permission, query, second=expert)


async def test_what_the_second_embedder_finds_near_comes_first(record: Ahead, plane: Plane) -> None:
    where = ref("open", "z")
    places = [
        [hit.thread.item.ref for hit in (await look(record, plane, expert, 40)).hits].index(where)
        for expert in (None, Expert())
    ]
    assert places[0] >= places[1]
    assert places[1] == 0


async def test_pages_keep_their_order(record: Ahead, plane: Plane) -> None:
    hits = (await look(record, plane, Expert(), 40)).hits
    assert len(hits) == 31
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


async def test_reads_the_beginning_of_the_best_few(record: Ahead, plane: Plane) -> None:
    record.put(ref("open", "long"), "fiets in de weg " * 100)
    await plane.catch_up()
    expert = Expert()
    await look(record, plane, expert)
    assert len(expert.asked) == 1 + second.READ
    assert max(map(len, expert.asked)) == second.CHARACTERS


async def test_what_was_read_ahead_gives_the_same_and_is_not_read_again(record: Ahead, plane: Plane) -> None:
    fresh, expert = await look(record, plane, Expert()), Expert()
    record.ahead = set(record.rows)
    assert await look(record, plane, expert) == fresh
    assert expert.asked == ["fiets in de weg"]


async def test_in_a_hurry_only_what_was_nearly_all_read_ahead_is_read_again(record: Ahead, plane: Plane) -> None:
    query = Query(text="fiets in de weg", person=EVA)
    once = await look(record, plane)
    for unread, expected in ((second.HURRIED + 1, once), (second.HURRIED, await look(record, plane, Expert()))):
        best = [hit.thread.item.ref for hit in (await look(record, plane, None, second.READ)).hits]
        record.ahead = set(record.rows) - set(best[:unread])
        found = await search(
            cast(Transaction, record), plane, Letters(), permission, query, second=Expert(), hurry=True
        )
        assert found == expected


async def test_hidden_items_leave_no_trace(record: Ahead, plane: Plane) -> None:
    before = await look(record, plane, Expert())
    for number in range(30):
        record.put(ref("closed", f"x{number}"), f"fiets in de {TELLING} {number}")
    await plane.catch_up()
    expert = Expert()
    assert await look(record, plane, expert) == before
    assert not any(f"{TELLING} " in text for text in expert.asked)


async def test_what_is_looked_up_by_its_name_is_not_read_again(record: Ahead, plane: Plane) -> None:
    record.put(ref("open", "name"), "melding err_4711 op de fiets")
    await plane.catch_up()
    expert = Expert()
    query = Query(text="err_4711", person=EVA)
    found = await search(cast(Transaction, record), plane, Letters(), permission, query, second=expert)
    assert found.hits[0].thread.item.ref == ref("open", "name")
    assert expert.asked == []


@pytest.mark.parametrize(
    ("text", "only"), [("err_4711", True), ("err_4711 setup.cfg", True), ("melding err_4711", False), (" ", False)]
)
def test_only_identifiers(text: str, only: bool) -> None:
    assert only_identifiers(text) is only


async def test_nothing_found_needs_no_second_reading(plane: Plane) -> None:
    expert, nobody = Expert(), Ahead()
    assert await look(nobody, plane, expert) == Results()
    assert expert.asked == []
