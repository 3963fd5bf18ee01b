"""The index follows the record, whatever happens to it."""

import asyncio
import logging
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import cast

import pytest

from bot.errors import StoreBusy
from bot.events import ChannelId
from bot.model import Candidate, ItemKind, Ref
from bot.ports import Store
from storage.search import Plane, open_plane
from storage.search.items import mark
from storage.search.plane import wholly
from storage.search.terms import hashed
from storage.search.vectors import as_bytes
from storage.search.words import Words
from tests.search.crash_child import read_record
from tests.search.record import DIM, MODEL, Record, letters, ref


async def opened(record: Record, folder: Path) -> Plane:
    return await open_plane(cast(Store, record), folder / "index", MODEL, DIM)


@pytest.fixture
def record() -> Record:
    made = Record()
    made.put(ref("c1", "1"), "De printer op de gang doet niets", "zet hem uit en weer aan")
    made.put(ref("c1", "2"), "Hoe vraag ik verlof aan?")
    made.put(ref("c2", "3"), "Melding ERR_4711 bij het opslaan", "maak de map leeg")
    made.put(ref("c2", "4"), "Zo lever je een toets in", kind=ItemKind.KNOW_HOW)
    return made


@pytest.fixture
async def index(record: Record, tmp_path: Path) -> AsyncIterator[Plane]:
    made = await opened(record, tmp_path)
    yield made
    await made.close()


async def find(
    index: Plane, text: str, channels: Collection[str] | None = None, *, vectors: bool = True, limit: int = 100
) -> dict[Ref, Candidate]:
    found = await index.find(
        text=text,
        vector=letters(text) if vectors else None,
        channels=None if channels is None else [ChannelId(c) for c in channels],
        limit=limit,
    )
    assert len({candidate.ref for candidate in found}) == len(found)
    return {candidate.ref: candidate for candidate in found}


def best(found: dict[Ref, Candidate]) -> Ref:
    return max(found.values(), key=lambda c: c.words or 0).ref


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_finds_by_word_by_identifier_and_by_meaning(index: Plane) -> None:
    assert best(await find(index, "printers", vectors=False)) == ref("c1", "1")
    assert best(await find(index, "wat is err_4711", vectors=False)) == ref("c2", "3")
    near = await find(index, "Hoe vraag ik verlof aan")
    assert max(near.values(), key=lambda c: c.own or 0).ref == ref("c1", "2")


async def test_finds_a_question_by_its_answer(index: Plane) -> None:
    found = await find(index, "map leegmaken", vectors=False)
    assert best(found) == ref("c2", "3")
    whole = (await find(index, "maak de map leeg"))[ref("c2", "3")]
    assert whole.thread is not None
    assert whole.own is not None
    assert whole.thread > whole.own


@pytest.mark.parametrize("typed", ["pritner", "prnter", "primter", "prinnter"])
async def test_finds_a_word_with_a_slip_of_the_keyboard(index: Plane, typed: str) -> None:
    assert set(await find(index, typed, vectors=False)) == {ref("c1", "1")}


@pytest.mark.parametrize("text", ["", "   ", '" AND (', "body:*", "[a TO b]", "^~10 \\", "💥", "a" * 9000, "\0"])
async def test_takes_any_text(index: Plane, text: str) -> None:
    await find(index, text)
    assert await find(index, text, vectors=False) == {}


async def test_looks_in_the_given_channels_only(index: Plane) -> None:
    assert {r.channel for r in await find(index, "de printer opslaan verlof", ["c1"])} == {"c1"}
    assert await find(index, "printer", []) == {}
    assert await find(index, "printer", ["c1", "no such"]) != {}


async def test_looks_for_the_given_kinds_only(index: Plane) -> None:
    vector = letters("toets")
    found = await index.find(text="toets", vector=vector, channels=None, kinds=[ItemKind.QUESTION])
    assert found
    assert ref("c2", "4") not in {candidate.ref for candidate in found}


async def test_a_hidden_channel_changes_nothing(record: Record, index: Plane) -> None:
    """Not a score, not an order, and not whether a mistyped word is understood."""
    texts = ["pritner", "printer verlof", "Melding ERR_4711", "toets", "vraag aanvragen"]
    before = [await find(index, text, ["c1", "c2"]) for text in texts]
    for number in range(40):
        record.put(ref("secret", str(number)), f"pritner printer verlof ERR_4711 aanvraag {number}", "toets")
    await index.catch_up()
    assert [await find(index, text, ["c1", "c2"]) for text in texts] == before


async def test_follows_what_changes(record: Record, index: Plane) -> None:
    record.put(ref("c1", "1"), "De koffie is op")
    record.drop(ref("c2", "3"))
    record.put(ref("c3", "9"), "Wie heeft de sleutel?")
    assert await index.catch_up() == 3
    assert await index.catch_up() == 0
    assert await find(index, "printer opslaan", vectors=False) == {}
    assert best(await find(index, "koffie")) == ref("c1", "1")
    assert best(await find(index, "sleutel", ["c3"])) == ref("c3", "9")


async def test_tells_how_far_it_is(record: Record, index: Plane, tmp_path: Path) -> None:
    for number in range(200):
        record.put(ref("c5", str(number)), "fiets")
    told: list[int] = []
    assert await index.catch_up(told.append) == 200
    assert told == [150, 200]
    told.clear()
    made_anew = await open_plane(cast(Store, record), tmp_path / "another", MODEL, DIM, progress=told.append)
    assert told == [150, len(record.rows)]
    await made_anew.close()


async def test_goes_on_where_it_was_closed(record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await (await opened(record, tmp_path)).close()
    record.put(ref("c1", "8"), "Waar staat de ladder?")
    index = await opened(record, tmp_path)
    assert best(await find(index, "ladder")) == ref("c1", "8")
    assert set(await find(index, "printer verlof opslaan toets")) == set(record.rows)
    assert not [line for line in caplog.records if line.levelno >= logging.WARNING]
    await index.close()


@pytest.mark.parametrize("victim", ["current.json", "*/items.npz", "*/terms", "*/vectors.i8", "*/words/meta.json"])
@pytest.mark.parametrize("harm", ["cut", "gone", "garbage"])
async def test_is_rebuilt_when_it_cannot_be_read(
    record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture, victim: str, harm: str
) -> None:
    await (await opened(record, tmp_path)).close()
    (path,) = (tmp_path / "index").glob(victim)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9] if harm == "cut" else b"x")
    index = await opened(record, tmp_path)
    assert set(await find(index, "printer verlof opslaan toets")) == set(record.rows)
    assert "built anew" in caplog.text or victim == "current.json"
    await index.close()


async def test_is_rebuilt_for_another_model(record: Record, tmp_path: Path) -> None:
    await (await opened(record, tmp_path)).close()
    index = await open_plane(cast(Store, record), tmp_path / "index", "another", 32)
    found = await index.find(text="printer", vector=letters("printer")[:32], channels=None)
    assert [(c.own, c.thread) for c in found] == [(None, None)]
    await index.close()


async def test_another_process_follows_without_writing(record: Record, index: Plane, tmp_path: Path) -> None:
    other = await opened(record, tmp_path)
    record.put(ref("c1", "7"), "Welke zaal is vrij?")
    assert other.follows
    assert await other.catch_up() == await index.catch_up() == 1
    await other.catch_up()
    assert best(await find(other, "zaal", ["c1"])) == ref("c1", "7")
    with pytest.raises(StoreBusy):
        await other.rebuild()
    await other.close()


def traces(folder: Path, word: str, where: Ref) -> set[str]:
    """Where something of a word, of the reference and of the vector of its item lies in the index's files. tantivy
    packs its words, so those are asked for through tantivy itself."""
    found = set()
    for words in folder.glob("*/words"):
        listed = Words(words, follow=True).known(word[:4])
        found |= {"words" for one in listed if one == word}
    left = files(folder)
    hidden = {"term": hashed(word).to_bytes(4, "little"), "mark": mark(where).to_bytes(8, "little")}
    vector = {"vector": as_bytes(letters(f"{word} zingt")), "name": where.id.encode(), "text": word.encode()}
    return found | {name for name, data in (hidden | vector).items() if data in left}


async def test_no_byte_is_left_of_what_was_dropped(record: Record, index: Plane, tmp_path: Path) -> None:
    canary = record.put(ref("c1", "canary-id"), "kanariepiet zingt")
    await index.close()
    index = await opened(record, tmp_path)
    await index.rebuild()
    assert traces(tmp_path / "index", "kanariepiet", canary) >= {"words", "term", "mark", "vector", "name"}
    record.drop(canary)
    await index.catch_up()
    await index.scrub()
    assert traces(tmp_path / "index", "kanariepiet", canary) == set()
    assert set(await find(index, "printer verlof opslaan toets")) == set(record.rows)
    await index.close()


async def test_no_byte_is_left_of_what_was_changed(record: Record, index: Plane, tmp_path: Path) -> None:
    canary = record.put(ref("c1", "1"), "kanariepiet zingt")
    await index.catch_up()
    record.put(ref("c1", "1"), "goudvink zwijgt")
    await index.catch_up()
    await index.scrub()
    assert traces(tmp_path / "index", "kanariepiet", canary) <= {"mark", "name"}
    assert best(await find(index, "goudvink")) == canary


async def test_scrub_leaves_a_clean_index_alone(index: Plane, tmp_path: Path) -> None:
    before = sorted(path.name for path in (tmp_path / "index").rglob("*"))
    await index.scrub()
    assert sorted(path.name for path in (tmp_path / "index").rglob("*")) == before


async def test_rebuild_tells_how_far_it_is(record: Record, index: Plane) -> None:
    told: list[int] = []
    assert await index.rebuild(told.append) == 4
    assert told == [4]


async def test_serves_while_it_is_rebuilt(record: Record, index: Plane) -> None:
    for number in range(1200):
        record.put(ref("c8", str(number)), f"regel {number}")
    await index.catch_up()
    work = asyncio.create_task(index.rebuild())
    while not work.done():
        assert best(await find(index, "verlof", limit=5)) == ref("c1", "2")
    assert work.result() == len(record.rows)


@pytest.mark.timeout(300)
async def test_survives_being_killed_at_any_moment(tmp_path: Path) -> None:
    """Twenty kills, each at a random moment after opening; then the index says what the record says."""
    chance = random.Random(7)
    for kill in range(20):
        await asyncio.to_thread(run_and_kill, tmp_path, kill, chance.random() * 0.6)
        record = read_record(tmp_path)
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "index", copy / "index")
        index = await opened(record, copy)
        await assert_equal(index, record)
        await index.close()
        shutil.rmtree(copy)


def run_and_kill(folder: Path, seed: int, after: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.search.crash_child", str(folder), str(seed)],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"open\n"
    try:
        child.wait(timeout=after)
    except subprocess.TimeoutExpired:
        child.kill()
    child.stdout.close()
    assert child.wait() == -9


async def assert_equal(index: Plane, record: Record) -> None:
    assert set(await find(index, "vraag antwoord", limit=1000)) == set(record.rows)
    for where, thread in record.rows.items():
        word = thread.item.text.split()[-1]
        found = await find(index, word, limit=1000)
        same = {r for r, t in record.rows.items() if word in t.item.text}
        assert {r for r, c in found.items() if (c.words or 0) > 0.2} == same
        assert found[where].own == pytest.approx(float(letters(thread.item.text) @ letters(word)), abs=0.02)


async def test_who_is_cancelled_lets_go_only_after_the_thread() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    working = asyncio.create_task(wholly(work))
    await asyncio.to_thread(begun.wait, 10)
    working.cancel()
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    with pytest.raises(asyncio.CancelledError):
        await working
    assert ended.is_set()
