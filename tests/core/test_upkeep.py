"""Vectors that follow behind: of threads, once they rest."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.jobs import upkeep
from bot.model import AnswerLink, Item, ItemKind, ItemVector, Part, Ref
from tests.core.conftest import START, Scene
from tests.storage.examples import ref, who

LONG = "word " * (upkeep.THREAD_CHARACTERS // 5)


class Counting:
    """An embedder that keeps what it was asked: every text gets a direction of its own."""

    model, dim = "counting", 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `bot.ports.Embedder`."""
        self.asked += texts
        return np.eye(self.dim, dtype=np.float32)[[len(text) % self.dim for text in texts]]


def said(id: str, kind: ItemKind, text: str) -> Item:
    return Item(ref=ref(id), kind=kind, author=who("eva"), at=START, text=text, lang="en", community=None)


@pytest.mark.parametrize(("question", "asks_again"), [("short?", True), (LONG, False)])
async def test_a_thread_of_which_only_the_question_is_read_has_its_vector(
    scene: Scene, question: str, asks_again: bool
) -> None:
    embedder = Counting()
    world = replace(scene.world, embedder=embedder)
    async with world.store.transaction() as tx:
        await tx.put_items([said("q", ItemKind.QUESTION, question), said("a", ItemKind.ANSWER, "so and so")])
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("a"), confidence=0.9)])
    assert await upkeep.embed(world) == 2
    assert embedder.asked == [question, f"{question}\nso and so"][: 1 + asks_again]
    async with world.store.snapshot() as tx:
        own, thread = [(await tx.vectors([ref("q")], part, "counting"))[ref("q")] for part in (Part.OWN, Part.THREAD)]
        assert np.allclose(own, thread) is not asks_again
        assert await tx.lacking_vectors(Part.THREAD, "counting", 9) == []


async def test_a_thread_is_embedded_once_it_rests(scene: Scene) -> None:
    embedder = Counting()
    world = replace(scene.world, embedder=embedder)
    async with world.store.transaction() as tx:
        await tx.put_items([said("q", ItemKind.QUESTION, "how?"), said("a", ItemKind.ANSWER, "so")])
        await tx.link_answers([AnswerLink(question=ref("q"), answer=ref("a"), confidence=0.9)])
        await tx.put_vectors([vector_of(ref("q"))])
    assert await upkeep.embed(world, resting=5) == 0
    assert await upkeep.embed(world) == 1
    assert embedder.asked == ["how?\nso"]


def vector_of(where: Ref) -> ItemVector:
    return ItemVector(ref=where, part=Part.OWN, model="counting", vector=np.eye(64, dtype=np.float32)[0])
