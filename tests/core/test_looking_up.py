"""A search in a chat: looked up before its answer is written, and held against the record again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.app import App
from bot.events import ChannelId, ChannelKind, CommandCalled, MemberLeft, MessageDeleted
from bot.model import Ref
from bot.ports import Embedder
from bot.reading import load_reader
from tests.core.conftest import Scene

QUESTION = "Weet iemand hoe ik de printer op de gang weer aan de praat krijg?"


class Slow:
    """An embedder that answers when it is told to."""

    def __init__(self, embedder: Embedder) -> None:
        self.model, self.dim = embedder.model, embedder.dim
        self._embedder = embedder
        self.asked, self.ready = asyncio.Event(), asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.set()
        await self.ready.wait()
        return await self._embedder.embed(texts)


async def _searching(scene: Scene) -> tuple[Slow, asyncio.Task[object]]:
    """Somebody searches, and the embedder is at it."""
    person = await scene.person("eva", "help")
    slow = Slow(scene.world.embedder)
    app = App(replace(scene.world, embedder=slow), load_reader())
    channel = ChannelId("fake:help")
    call = CommandCalled(
        event=scene.event(), person=person, channel=channel, text="zoek printer op de gang", at=scene.clock()
    )
    task: asyncio.Task[object] = asyncio.create_task(app.listen([call]))
    await slow.asked.wait()
    return slow, task


async def _said(scene: Scene) -> str:
    await scene.sender.drain()
    return str(scene.chat.sent[-1])


async def test_a_slow_search_keeps_no_writer_waiting(scene: Scene) -> None:
    await scene.say("eva", "help", QUESTION)
    await scene.settle()
    slow, searching = await _searching(scene)
    await asyncio.wait_for(scene.say("piet", "help", "Is de printer op de gang al gemaakt?"), 10)
    assert not searching.done()
    slow.ready.set()
    await searching
    assert QUESTION in await _said(scene)


async def test_what_was_deleted_while_looking_is_not_shown(scene: Scene) -> None:
    question = await scene.say("eva", "help", QUESTION)
    await scene.settle()
    slow, searching = await _searching(scene)
    await scene.hear(_deleted(scene, question))
    slow.ready.set()
    await searching
    assert "printer op de gang weer" not in await _said(scene)


def _deleted(scene: Scene, ref: Ref) -> MessageDeleted:
    return MessageDeleted(event=scene.event(), channel=ref.channel, message=ref.id, at=scene.clock())


async def test_who_left_while_looking_reads_nothing(scene: Scene) -> None:
    await scene.channel("team", ChannelKind.PRIVATE)
    eva = await scene.person("eva", "help", "team")
    await scene.say("eva", "team", QUESTION)
    await scene.settle()
    slow, searching = await _searching(scene)
    left = MemberLeft(event=scene.event(), channel=ChannelId("fake:team"), person=eva, at=scene.clock())
    await scene.hear(left)
    slow.ready.set()
    await searching
    assert "printer op de gang weer" not in await _said(scene)
