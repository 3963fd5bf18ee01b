"""An import reads many batches beside each other, and yet as if one came after the other."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO

from rich.console import Console

from bot.app import App, Heed
from bot.console.importing import BATCH, import_archive
from bot.events import (
    ChannelChanged,
    ChannelId,
    ChannelKind,
    Event,
    EventId,
    MessageId,
    MessagePosted,
    PersonChanged,
    PersonId,
)
from tests.core.conftest import HOME, START, Scene


@dataclass(frozen=True)
class Piece:
    events: Sequence[Event]
    bytes_done: int = 0


class Small:
    """An archive of some people, then a channel made late, then what they say there."""

    size = 0

    def events(self) -> Iterable[Piece]:
        yield Piece([person(number) for number in range(2 * BATCH)])
        yield Piece([place()])
        yield Piece([posted(number) for number in range(3 * BATCH)])


def person(number: int) -> PersonChanged:
    id = PersonId(f"fake:p{number}")
    return PersonChanged(event=EventId(f"who-{number}"), person=id, workspace=HOME, name=f"P{number}", at=START)


def place() -> ChannelChanged:
    return ChannelChanged(
        event=EventId("where"),
        channel=ChannelId("fake:late"),
        workspace=HOME,
        name="late",
        kind=ChannelKind.PUBLIC,
        at=START,
    )


def posted(number: int) -> MessagePosted:
    return MessagePosted(
        event=EventId(f"what-{number}"),
        channel=ChannelId("fake:late"),
        message=MessageId(f"m{number:05}"),
        author=PersonId(f"fake:p{number % (2 * BATCH)}"),
        text=f"line {number}",
        at=START + timedelta(seconds=number),
    )


class Slow(App):
    """Takes its time for people and places, so that whoever does not wait for them comes too early."""

    async def _take(self, kind: str, events: list[Event], live: bool) -> Heed:
        if kind == "directory":
            await asyncio.sleep(0.02)
        return await super()._take(kind, events, live)


async def test_people_and_places_are_known_before_what_they_say(scene: Scene) -> None:
    app = Slow(scene.world, scene.app.hearing._reader)
    done = await import_archive(app, Small(), Console(file=StringIO()))
    assert (done.messages, done.new, done.people, done.channels) == (3 * BATCH, 3 * BATCH, 2 * BATCH, 1)
    async with scene.world.store.snapshot() as tx:
        last = await tx.recent(ChannelId("fake:late"), 1)
    assert [message.ref.id for message in last] == [f"m{3 * BATCH - 1:05}"]
