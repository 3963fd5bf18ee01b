"""Who comes later may look back as far as the homeserver lets them, message by message."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import permission
from bot.config import CommunitySection
from bot.events import ChannelId, MessagePosted, PersonId
from bot.ports import Store
from bot.practice.search import Query, search
from tests.matrix.fixtures import Town
from tests.matrix.homeserver import Account, Homeserver
from tests.matrix.living import Life

pytestmark = pytest.mark.timeout(300)

QUESTIONS = (
    "How do I keep slugs away from the lettuce?",
    "Where do slugs hide from the sun in a garden?",
    "Which lettuce do slugs leave alone?",
    "Does anybody know whether copper tape stops slugs?",
)


async def _look_back(host: Account, room: str, how: str) -> None:
    """Who comes later may look back so far from now on."""
    await host.ask("PUT", f"/rooms/{room}/state/m.room.history_visibility", {"history_visibility": how})


async def test_each_message_tells_whether_who_comes_later_may_read_it(town: Town) -> None:
    """Heard as it is said, made good after a time away longer than a timeline, and read back."""
    eva = await town.person("eva")
    room = await town.room(eva)
    said = [("open", False)]
    await eva.say(room, "open")
    await _look_back(eva, room, "joined")
    await eva.say(room, "closed")
    await town.until(lambda: len(town.all(MessagePosted, room)) == 2)
    await town.disconnect()
    await eva.say(room, "closed while away")
    await _look_back(eva, room, "shared")
    for number in range(120):
        await eva.say(room, f"open while away {number}")
    await _look_back(eva, room, "invited")
    await eva.say(room, "closed again")
    town.connect()
    said += [("closed", True), ("closed while away", True)]
    said += [(f"open while away {number}", False) for number in range(120)]
    said += [("closed again", True)]
    await town.until(lambda: len(town.all(MessagePosted, room)) == len(said))
    assert [(one.text, one.past_closed) for one in town.all(MessagePosted, room)] == said
    since = datetime.now(UTC) - timedelta(days=1)
    batches = [some async for some in town.chat.history(ChannelId(f"matrix:{room}"), since)]
    back = [one for some in batches for one in some if isinstance(one, MessagePosted)]
    assert [(one.text, one.past_closed) for one in back] == said


@pytest.fixture
async def life(homeserver: Homeserver, store: Store, tmp_path: Path) -> AsyncIterator[Life]:
    made = Life(homeserver, tmp_path)
    await made.start(store, {"garden": CommunitySection(name="Garden", channels=("garden",))})
    yield made
    await made.stop()


async def test_everybody_finds_what_the_homeserver_lets_them_read(life: Life) -> None:
    eva, *others = [await life.person(name) for name in ("eva", "bo", "carla", "dirk", "fay")]
    room = await life.room(eva, "garden")
    await life.until_there(room)
    asked = []
    for question, how, comes in zip(QUESTIONS, ("shared", "joined", "joined", "shared"), others, strict=True):
        await _look_back(eva, room, how)
        asked.append(await eva.say(room, question))
        await life.until_item(room, asked[-1])
        await comes.join(room)
    await life.until_people(room, {one.user for one in (eva, *others)})
    await life.world.plane.catch_up()
    for one in (eva, *others):
        assert await _found(life, one) == {id for id in asked if await _may_read(one, room, id)}
    assert [await _found(life, one) == set(asked) for one in (eva, *others)] == [True, True, False, False, False]


async def _may_read(one: Account, room: str, id: str) -> bool:
    """What the homeserver says."""
    status, _ = await one.try_to("GET", f"/rooms/{room}/event/{id}")
    return status == 200


async def _found(life: Life, one: Account) -> set[str]:
    """What Ander says."""
    query = Query(text="slugs", person=PersonId(f"matrix:{one.user}"), limit=20)
    async with life.world.store.snapshot() as tx:
        results = await search(tx, life.world.plane, life.world.embedder, permission, query)
    return {hit.thread.item.ref.id for hit in results.hits}
