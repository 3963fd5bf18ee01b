"""Reading ahead for the second reading."""

from dataclasses import replace

from adapters.embedding import open_embedder, open_second
from bot.jobs import ahead
from bot.model import Part
from tests.core.conftest import Scene

QUESTION = "Weet iemand hoe ik de printer op de gang weer aan de praat krijg?"


async def test_reads_ahead_until_nothing_lacks(scene: Scene) -> None:
    posted = await scene.say("eva", "help", QUESTION)
    world = replace(scene.world, second=open_embedder("lexical"))
    assert world.second is not None
    assert await ahead.read_ahead(world) == 1
    assert await ahead.read_ahead(world) == 0
    async with world.store.snapshot() as tx:
        assert list(await tx.vectors([posted], Part.NEAR, world.second.model)) == [posted]


async def test_reads_nothing_ahead_without_a_second_embedder(scene: Scene) -> None:
    await scene.say("eva", "help", QUESTION)
    assert await ahead.read_ahead(scene.world) == 0


async def test_stops_in_time_for_what_else_is_due(scene: Scene) -> None:
    for place in ("boven", "beneden", "buiten"):
        await scene.say("eva", "help", QUESTION.replace("op de gang", place))
    world = replace(scene.world, second=open_embedder("lexical"))
    assert await ahead.read_ahead(world, most=2) == 2
    assert await ahead.read_ahead(world, most=2) == 1


def test_none_is_no_second_embedder() -> None:
    assert open_second("none") is None
