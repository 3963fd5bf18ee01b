"""An import reads many batches beside each other, and yet as if one came after the other."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from io import StringIO

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rich.console import Console

from bot.app import App, Heed
from bot.console.importing import BATCH, _apart, import_archive
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
    ReactionAdded,
)
from bot.reading import load_reader
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


def said(number: int, channel: int, reacted: bool) -> Event:
    """A message, or a reaction to the message before it in its channel."""
    where, message = ChannelId(f"fake:{channel}"), MessageId(str(number))
    if reacted:
        who = PersonId("fake:p1")
        return ReactionAdded(
            event=EventId(f"{number}"), channel=where, message=message, person=who, name="+1", at=START
        )
    return replace(posted(number), event=EventId(f"{number}"), channel=where, message=message)


EVENTS = st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=700)


@given(EVENTS, st.integers(0, 3))
def test_batches_hold_everything_once_and_each_channel_in_its_order(talk: list[tuple[int, bool]], people: int) -> None:
    events = [said(number, channel, reacted) for number, (channel, reacted) in enumerate(talk)]
    window = [*events[:1], *map(person, range(people)), *events[1:]]
    batches = [*_apart(window)]
    flat = [event for batch in batches for event in batch]
    assert sorted(event.event for event in flat) == sorted(event.event for event in window)
    assert all(isinstance(event, PersonChanged) for event in flat[:people])
    assert all(0 < len(batch) <= BATCH + people for batch in batches)
    lines = defaultdict[tuple[str, type], list[int]](list)
    for event in flat[people:]:
        assert isinstance(event, MessagePosted | ReactionAdded)
        lines[event.channel, type(event)].append(int(event.event))
    assert all(line == sorted(line) for line in lines.values())


def test_batches_of_other_channels_take_turns() -> None:
    batches = [*_apart([said(number, number % 4, reacted=False) for number in range(2 * BATCH)])]
    places = [{event.channel for event in batch if isinstance(event, MessagePosted)} for batch in batches]
    assert [len(batch) for batch in batches] == [BATCH, BATCH]
    assert places[0].isdisjoint(places[1])


class Held:
    """An embedder that answers once it may; `two`: so many texts were handed in."""

    model, dim = "usem3-0", 512

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.two, self.may = asyncio.Event(), asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        if len(self.asked) > 1:
            self.two.set()
        await self.may.wait()
        return np.full((len(texts), self.dim), self.dim**-0.5, np.float32)


async def test_one_channel_is_read_while_another_waits_for_its_vectors(scene: Scene) -> None:
    first, other = await scene.channel("first"), await scene.channel("other")
    await scene.person("eva", "first", "other")
    held, unsure = Held(), "kijk even in de map van vorig jaar"
    app = App(replace(scene.world, embedder=held), load_reader())
    spoken = [scene.posted("eva", where, f"{unsure} {where}") for where in ("first", "other", "first")]
    listening = [asyncio.create_task(app.listen([one])) for one in spoken]
    async with asyncio.timeout(20):
        await held.two.wait()
    assert sorted(held.asked) == [f"{unsure} first", f"{unsure} other"]
    held.may.set()
    await asyncio.gather(*listening)
    assert held.asked[:3].count(f"{unsure} first") == 2
    async with scene.world.store.snapshot() as tx:
        kept = [message.ref.id for message in await tx.recent(first, 9)]
        assert kept == [spoken[0].message, spoken[2].message]
        assert [message.ref.id for message in await tx.recent(other, 9)] == [spoken[1].message]
