"""Hearing: what is not sure is judged once more with its vector, and what was forgotten meanwhile stays forgotten."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId, EventId, MessageId, MessagePosted, PersonId
from bot.hearing import Heard, Hearing
from bot.reading import load_reader
from storage import open_store

TEXTS = (
    "Hoe zet ik mijn agenda open voor collega's?",
    "hm de lijst van vorige keer dus",
    "dat werkt bij ons anders, jullie kunnen het even navragen misschien",
    "👍",
)


class Told:
    """An embedder that calls `meanwhile` while it is asked."""

    def __init__(self, model: str = "usem3-0") -> None:
        self.model, self.dim = model, 512
        self.asked: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        self.meanwhile()
        return np.full((len(texts), self.dim), self.dim**-0.5, np.float32)


def posted(at: int, text: str) -> MessagePosted:
    return MessagePosted(
        event=EventId(f"e{at}"),
        channel=ChannelId("fake:help"),
        message=MessageId(f"m{at}"),
        author=PersonId(f"fake:{'ab'[at % 2]}"),
        text=text,
        at=datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=at),
    )


async def hear(hearing: Hearing, folder: Path) -> list[Heard]:
    store = await open_store(f"sqlite:///{folder / 'ander.db'}")
    try:
        return await hearing.hear(store, [posted(at, text) for at, text in enumerate(TEXTS)])
    finally:
        await store.close()


async def test_only_what_is_not_sure_gets_a_second_look(tmp_path: Path) -> None:
    embedder, lexical = Told(), Told("lexical")
    await hear(Hearing(load_reader(), lexical), tmp_path)
    second = await hear(Hearing(load_reader(), embedder), tmp_path)
    unsure = [*TEXTS[1:3]]
    assert lexical.asked == []
    assert embedder.asked == unsure
    assert [one.vector is not None for one in second] == [text in unsure for text in TEXTS]


async def test_what_is_filed_is_embedded_once(tmp_path: Path) -> None:
    embedder = Told()
    hearing = Hearing(load_reader(), embedder)
    heard = await hear(hearing, tmp_path)
    done = await hearing.complete(heard)
    assert len(embedder.asked) == len(set(embedder.asked))
    assert [one.vector is not None for one in done] == [one.is_filed for one in done]
    assert await hearing.complete(done) == done


async def test_what_is_forgotten_during_the_second_look_stays_forgotten(tmp_path: Path) -> None:
    embedder = Told()
    hearing = Hearing(load_reader(), embedder)
    embedder.meanwhile = lambda: hearing.forget_person(PersonId("fake:b"))
    heard = await hear(hearing, tmp_path)
    assert embedder.asked
    (memory,) = hearing._conversations.values()
    assert {said.author for said in memory.said()} == {"fake:a"}
    assert [one.posted.message for one in heard] == [f"m{at}" for at in range(len(TEXTS))]


async def test_a_channel_dropped_during_the_second_look_is_not_made_again(tmp_path: Path) -> None:
    embedder = Told()
    hearing = Hearing(load_reader(), embedder)
    embedder.meanwhile = lambda: hearing.drop([ChannelId("fake:help")])
    await hear(hearing, tmp_path)
    assert not hearing._conversations
