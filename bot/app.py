"""The one door: whatever happens on a platform comes in through `App.listen`.

One event → one transaction {inbox, privacy gate, reading, filing, links, evidence, outbox} → committed. Only then
may the platform be told that we have it. An event that cannot be taken in is buried: its reference is kept, its
text is not, and the rest goes on.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bot import correction, directory, following, replies, traces
from bot.errors import AnderError, StoreError, StoreRefused
from bot.events import (
    AnderAdded,
    AnderRemoved,
    ButtonPressed,
    ChannelChanged,
    ChannelId,
    CommandCalled,
    Event,
    EventId,
    HomeOpened,
    MemberJoined,
    MemberLeft,
    MembersListed,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    PersonId,
    ReactionAdded,
    ReactionRemoved,
)
from bot.hearing import Heard, Hearing
from bot.model import DeadEvent, Item, ItemKind
from bot.notebook import Notebook
from bot.ports import Transaction
from bot.practice.search import Results
from bot.reading import Reader
from bot.shelves import Shelves
from bot.turns import Turns
from bot.world import World

log = logging.getLogger(__name__)

DIRECTORY = (PersonChanged, ChannelChanged, MemberJoined, MemberLeft, MembersListed, AnderAdded, AnderRemoved)
"""Events about who is who and where."""


@dataclass(slots=True)
class Heed:
    """What came of a batch of events; adds up."""

    events: int = 0
    new: int = 0
    messages: int = 0
    dead: int = 0
    kinds: Counter[ItemKind] = field(default_factory=Counter)
    answered: int = 0

    def add(self, other: "Heed") -> None:
        """Count the other in."""
        self.events += other.events
        self.new += other.new
        self.messages += other.messages
        self.dead += other.dead
        self.kinds += other.kinds
        self.answered += other.answered


class App:
    """Listens. Batches are read in the order they came in each channel, and kept one at a time, in the order they came;
    while one is being kept, the vectors of the next are made, and the one after that is read."""

    def __init__(self, world: World, reader: Reader) -> None:
        self.world = world
        self.hearing = Hearing(reader, world.embedder)
        self.shelves = Shelves(world.config, world.embedder)
        self._reading = Turns()
        self._keeping = Turns()

    async def listen(self, events: Sequence[Event], *, live: bool = True) -> Heed:
        """Take events in, in order; returns after everything is on disk.

        `live=False` is for history: nobody is told, asked or invited because of it. Raises StoreError when the
        record cannot be written: then nothing of the failing part is acknowledged, and it may be handed in again.
        """
        total = Heed()
        for kind, group in groupby(events, key=_sort):
            total.add(await self._listen_to(kind, list(group), live))
        return total

    async def _listen_to(self, kind: str, events: list[Event], live: bool) -> Heed:
        try:
            return await self._take(kind, events, live)
        except Exception as wrong:  # the one broad catch: an event must not take the others down
            if len(events) == 1 or _is_not_its_fault(wrong):
                return await self._bury_or_raise(events[0], wrong)
        total = Heed()
        for event in events:
            total.add(await self._listen_to(kind, [event], live))
        return total

    async def _bury_or_raise(self, event: Event, wrong: Exception) -> Heed:
        if _is_not_its_fault(wrong):
            raise wrong
        log.error("event %s could not be taken in: %s", event.event, type(wrong).__name__, exc_info=_debug(wrong))
        async with self.world.store.transaction() as tx:
            await tx.bury(DeadEvent(event=event.event, at=self.world.clock(), error=type(wrong).__name__))
        return Heed(events=1, dead=1)

    async def _take(self, kind: str, events: list[Event], live: bool) -> Heed:
        if kind == "posted":
            return await self._take_messages([e for e in events if isinstance(e, MessagePosted)], live)
        found = await replies.look_up(events, self.world)
        async with self.world.store.transaction() as tx:
            new = await self._take_in(tx, events)
            fresh = [event for event in events if event.event in new]
            forgotten = await self._apply(tx, kind, fresh, live, found)
        for person in forgotten:
            await self.forget(person)
            if person not in {getattr(event, "person", None) for event in fresh}:  # who spoke still hears a farewell
                await traces.part(self.world, person)
        return Heed(events=len(events), new=len(fresh))

    async def _apply(
        self, tx: Transaction, kind: str, fresh: list[Event], live: bool, found: Mapping[EventId, Results]
    ) -> list[PersonId]:
        """Returns the accounts that were forgotten: once that is committed, their traces elsewhere go too."""
        if kind == "directory":
            await directory.apply(tx, fresh, self.world, live=live)
            return []
        return [person for event in fresh for person in await self._apply_one(tx, event, found.get(event.event))]

    async def _apply_one(self, tx: Transaction, event: Event, found: Results | None) -> tuple[PersonId, ...]:
        match event:
            case MessageEdited() | MessageDeleted() | ReactionAdded() | ReactionRemoved():
                await correction.apply(tx, event, self.hearing, self.shelves, self.world)
            case CommandCalled():
                return await replies.to_command(tx, event, self.world, found)
            case ButtonPressed():
                return await replies.to_button(tx, event, self.world, found)
            case HomeOpened():
                await replies.to_visitor(tx, event, self.world)
        return ()

    async def _take_in(self, tx: Transaction, events: Iterable[Event]) -> frozenset[EventId]:
        return await tx.take_in([event.event for event in events], self.world.clock())

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _take_messages(self, posted: list[MessagePosted], live: bool) -> Heed:
        reading, keeping = self._reading.join({one.channel for one in posted}), self._keeping.join()
        try:
            fresh, known = await self._fresh(posted, live)
            await reading.turn()
            heard = await self.hearing.hear(self.world.store, fresh, known)
            reading.leave()
            heard = await self.hearing.complete(heard)
            await keeping.turn()
            return await self._keep(posted, heard, live)
        except BaseException:
            self.hearing.drop([one.channel for one in posted])
            raise
        finally:
            reading.leave()
            keeping.leave()

    async def _fresh(self, posted: list[MessagePosted], live: bool) -> tuple[list[MessagePosted], set[ChannelId]]:
        """What is new and may be read, and the channels of what is not new: needs no turn, nothing before matters."""
        async with self.world.store.snapshot() as tx:
            unseen = await tx.unseen([one.event for one in posted])
            allowed = await directory.allowed(tx, [one for one in posted if one.event in unseen], live=live)
        return allowed, {one.channel for one in posted if one.event not in unseen}

    async def _keep(self, posted: list[MessagePosted], heard: list[Heard], live: bool) -> Heed:
        async with self.world.store.transaction() as tx:
            new = await self._take_in(tx, posted)
            still = {one.event for one in await directory.allowed(tx, [h.posted for h in heard], live=live)}
            kept = [one for one in heard if one.posted.event in new & still]
            stored = await tx.add_messages([one.as_message() for one in kept])
            kept = [one for one in kept if one.ref in stored]
            notebook = await self._note(tx, kept)
            if live:
                await replies.to_questions(tx, kept, self.world)
                await following.follow(tx, kept, self.world)
                await following.thank(tx, notebook.credited, self.world)
        return _count(posted, kept, notebook)

    async def _note(self, tx: Transaction, kept: list[Heard]) -> Notebook:
        notebook = await self.shelves.notebook(tx, {one.posted.channel for one in kept}, self.world.clock())
        await notebook.open(tx, kept)
        for one in kept:
            notebook.note(one)
        await notebook.write(tx)
        return notebook

    async def forget(self, person: PersonId) -> None:
        """After a person was forgotten in the record: no trace of them is left in memory, index or free pages."""
        self.hearing.forget_person(person)
        self.shelves.forget()
        await traces.scrub(self.world, person)


def _sort(event: Event) -> str:
    if isinstance(event, MessagePosted):
        return "posted"
    return "directory" if isinstance(event, DIRECTORY) else f"single:{type(event).__name__}"


def _count(posted: Sequence[MessagePosted], kept: Sequence[Heard], notebook: Notebook) -> Heed:
    items: list[Item] = [notebook.items[one.ref] for one in kept if one.ref in notebook.items]
    return Heed(
        events=len(posted),
        new=len(kept),
        messages=len(kept),
        kinds=Counter(item.kind for item in items),
        answered=len(notebook.answered),
    )


def _is_not_its_fault(wrong: Exception) -> bool:
    """The record or the world failed, not the event: it must be handed in again."""
    if isinstance(wrong, StoreError):
        return not isinstance(wrong, StoreRefused)
    return isinstance(wrong, AnderError) and wrong.retryable


def _debug(wrong: Exception) -> Exception | None:
    return wrong if log.isEnabledFor(logging.DEBUG) else None
