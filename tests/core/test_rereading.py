"""Reading in a conversation that somebody else lets go of meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from bot.events import MessageEdited
from bot.hearing import Hearing
from bot.ports import Embedder
from tests.core.conftest import Scene


class Interrupted:
    """An embedder; while it works, all conversations are dropped from memory, as by another batch that failed."""

    def __init__(self, inner: Embedder) -> None:
        self.inner, self.model, self.dim = inner, inner.model, inner.dim
        self.hearing: Hearing | None = None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.hearing is not None:
            self.hearing.drop(list(self.hearing._conversations))
        return await self.inner.embed(texts)


async def test_an_edit_is_read_though_its_conversation_was_dropped_meanwhile(scene: Scene, minute: timedelta) -> None:
    interrupted = Interrupted(scene.app.hearing._embedder)
    scene.app.hearing._embedder, interrupted.hearing = interrupted, scene.app.hearing
    ref = await scene.say("eva", "help", "How do I clean the sensor?")
    edited = MessageEdited(
        event=scene.event(),
        channel=ref.channel,
        message=ref.id,
        author=(await scene.person("eva")),
        text="How do I clean the lens?",
        at=scene.clock() + minute,
    )
    await scene.hear(edited)
    async with scene.world.store.snapshot() as tx:
        assert await tx.dead_events() == []
        message = await tx.message(ref)
    assert message is not None
    assert message.text == "How do I clean the lens?"
