"""The sync loop: what happened since last time, taken in whole, and only then our place moved.

Nothing is lost: the place is kept after everything before it is on disk. Nothing is doubled: handing in twice changes
nothing. A new run begins with the full state of every room, so that what was missed about members is made good.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapters.matrix import forgetting, invites, signing
from adapters.matrix.account import Account, content_of, now
from adapters.matrix.asked import understand
from adapters.matrix.descriptions import Describer
from adapters.matrix.keys import Locked, Opened
from adapters.matrix.rooms import Room, visibility_before
from adapters.matrix.server import Refused, room_path
from adapters.matrix.translate import Chosen, Happened, call_the_roll, channel_changed, introduce, translate
from adapters.matrixtalk import channel_of, person_of, redacted, user_id
from adapters.untrusted import Raw, child, items, words
from adapters.untrusted import event_id as joined_id
from bot.errors import StoreError, TransportError
from bot.events import AnderRemoved, CommandCalled, Event, ReactionAdded
from bot.ports import Listener

log = logging.getLogger(__name__)

_WAIT_MS = 30_000
_PATIENCE = 60.0
"""Seconds more than the server was asked to wait, after which it is taken for dead."""
_FULL = 300.0
"""Seconds that the full state of a large account may take."""
_BATCH = 100
_LONGEST_PAUSE = 60.0
_MOST_MISSED = 100_000
"""Events of one room that are fetched after downtime."""
_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "room": {"timeline": {"limit": _BATCH}, "ephemeral": {"types": []}, "account_data": {"types": []}},
        "account_data": {"types": ["m.direct"]},
    }
)


@dataclass(slots=True)
class Sync:
    """Follows the account; `ready` is set once the rooms are known."""

    account: Account
    listener: Listener
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _since: str | None = None
    _signed: bool | None = None
    _described: set[str] = field(default_factory=set)
    _describer: Describer = field(init=False)
    _closed: list[tuple[Raw, Room]] = field(default_factory=list)
    _full: bool = True
    """The next answer must hold everything: it is the first, or the one before was not taken in whole."""

    def __post_init__(self) -> None:
        self._describer = Describer(self.account, self.listener)

    async def run(self) -> None:
        """Until cancelled. Raises TransportError when only the administrator can help."""
        failures = 0
        self._since = await self.listener.bookmark(self._bookmark)
        while True:
            try:
                await self.once()
                failures = 0
            except (TransportError, StoreError) as failed:
                if not failed.retryable:
                    raise
                pause = _pause(failed, failures)
                failures += 1
                log.warning("%s; again in %.0f seconds", failed, pause)
                await asyncio.sleep(pause)

    @property
    def _bookmark(self) -> str:
        return f"since:{self.account.session.user}"

    async def once(self) -> None:
        """Wait for one answer and take it in. Raises TransportError, StoreError: then it comes again."""
        answer = await self._ask()
        place = words(answer, "next_batch", 1000)
        if not place:
            raise TransportError(f"{self.account.server.url} answered a sync without a place to go on from")
        full, self._full = self._full, True
        await self._take_in(answer, place, full)
        self._since, self._full = place, False
        await self.account.keys.upkeep(self.account.server)
        if self._signed is None:
            self._signed = await signing.make_sure(self.account.server, self.account.keys, self.account.session)
            await self._forget_who_was_forgotten()
        await self._describer.go_on()

    async def _ask(self) -> Raw:
        query = {"filter": _FILTER, "timeout": "0" if self._full else str(_WAIT_MS)}
        if self._since:
            query["since"] = self._since
        if not self._full:
            return await self.account.server.get("/sync", query, wait=_WAIT_MS / 1000 + _PATIENCE)
        await self._ask_for_directs()
        return await self.account.server.get("/sync", query | {"full_state": "true"}, wait=_FULL)

    async def _ask_for_directs(self) -> None:
        path = f"/user/{self.account.session.user}/account_data/m.direct"
        try:
            self.account.note_directs(await self.account.server.get(path))
        except Refused as refused:
            if refused.code != "M_NOT_FOUND":
                raise

    async def _take_in(self, answer: Raw, place: str, full: bool) -> None:
        account, at = self.account, now()
        for raw in items(child(answer, "account_data"), "events"):
            if isinstance(raw, dict) and raw.get("type") == "m.direct":
                account.note_directs(content_of(raw))
        came = account.keys.take_in(answer)
        rooms = child(answer, "rooms")
        await invites.answer(account, child(rooms, "invite"), at)
        happened: list[Happened] = []
        joined = child(rooms, "join")
        for id in sorted(joined, key=lambda one: not self._is_space(one, joined[one])):  # what holds rooms comes first
            happened += await self._joined(id, joined[id], at, place, full)
        for id, said in child(rooms, "leave").items():
            happened += self._left(id, said, at, place)
        await self._keep_closed(at)
        late = list(self._late(None if full else came, at))
        account.keys.commit()
        self.ready.set()
        await self._hear([*happened, *(one for _event, some in late for one in some)])
        account.keys.settle([event for event, _some in late], at)  # not before: their key comes only once
        account.keys.commit()
        await self.listener.keep_bookmark(self._bookmark, place)

    async def _forget_who_was_forgotten(self) -> None:
        """At the start of a run: somebody may have been while nobody told us."""
        known = {person_of(user): user for user in {*self.account.keys.people(), *self.account.directs}}
        for person in await self.listener.forgotten(known):
            await forgetting.forget(self.account, known[person])

    async def _keep_closed(self, at: datetime) -> None:
        """What could not be opened waits for its key; not in a room with others what somebody said whose words may not
        be kept."""
        closed, self._closed = self._closed, []
        authors = {person_of(sender) for raw, _room in closed if (sender := user_id(raw.get("sender")))}
        refusing = await self.listener.refusing(authors) if authors else frozenset()
        for raw, room in closed:
            if room.is_between_two or person_of(words(raw, "sender", 255)) not in refusing:
                self.account.keys.keep(raw, room.id, at)

    # ── rooms ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _joined(self, id: str, said: Raw, at: datetime, place: str, full: bool) -> list[Happened]:
        account = self.account
        new, room = full or id not in self._described, account.rooms.get(id)
        if room is None:
            room = Room(id=id, encrypted=id in account.keys.encrypted_rooms, direct=account.is_direct(id))
        missed = await self._missed(id, said)
        for raw in items(child(said, "state"), "events"):
            self._learn(raw, room)
        account.rooms[id] = room
        timeline = [raw for raw in (*missed, *items(child(said, "timeline"), "events")) if isinstance(raw, dict)]
        happened: list[Happened] = []
        room.spaces = account.spaces_of(id)
        if new:
            for raw in timeline:  # where a room is young, its state is here
                self._learn(raw, room)
            happened += introduce(room, account.us, at, place)
        ours = self._since_we_came(timeline, room)
        room.visibility = visibility_before(ours, room.visibility)  # what follows changes it again
        for raw in ours:
            happened += self._event(raw, room, at)
        if new:
            happened += call_the_roll(room, account.us, at, place)
        self._described.add(id)
        if room.is_space:
            happened += self._moved(at, place)
        if room.successor:
            await invites.follow(account, room)
        if new or any(raw.get("type") == "m.room.power_levels" for raw in timeline):
            self._describer.look_at(room)
        return happened

    def _is_space(self, id: str, said: Raw) -> bool:
        known = self.account.rooms.get(id) or Room(id=id)
        for raw in (*items(child(said, "state"), "events"), *items(child(said, "timeline"), "events")):
            if isinstance(raw, dict) and raw.get("type") == "m.room.create":
                known.apply(raw)
        return known.is_space

    def _moved(self, at: datetime, place: str) -> Iterator[Happened]:
        """A space changed: rooms may belong to it now, or no longer."""
        for room in self.account.rooms.values():
            spaces = self.account.spaces_of(room.id)
            if not room.is_space and room.id in self._described and spaces != room.spaces:
                room.spaces = spaces
                yield channel_changed(room, at, f"{place}:moved")

    def _learn(self, raw: object, room: Room) -> None:
        """A state event: the room is different from now on."""
        if isinstance(raw, dict):
            room.apply(raw)
        if room.encrypted:
            self.account.keys.remember_encrypted(room.id)

    def _since_we_came(self, timeline: Sequence[Raw], room: Room) -> Sequence[Raw]:
        """What was said before we came is not for us; to us alone it is, from the invitation on. In a run that begins
        without a place to go on from, nothing is."""
        if self._since is None:
            return []
        wanted = ("join", "invite") if room.is_between_two else ("join",)
        for number, raw in enumerate(timeline):
            if raw.get("state_key") == self.account.session.user and _membership(raw) in wanted and _is_change(raw):
                return timeline[number:]
        return timeline

    async def _missed(self, id: str, said: Raw) -> list[Raw]:
        """What a timeline left out, oldest first."""
        timeline = child(said, "timeline")
        token = words(timeline, "prev_batch", 1000)
        if self._since is None or timeline.get("limited") is not True:
            return []
        missed: list[Raw] = []
        while token and len(missed) < _MOST_MISSED:
            query = {"dir": "b", "from": token, "to": self._since, "limit": "1000"}
            answer = await self.account.server.get(room_path(id, "messages"), query)
            missed += items(answer, "chunk")
            token = words(answer, "end", 1000)
        return missed[::-1]

    def _left(self, id: str, said: Raw, at: datetime, place: str) -> list[Happened]:
        room = self.account.rooms.pop(id, None)
        self.account.entered.discard(id)
        self._described.discard(id)
        if room is None:
            return [AnderRemoved(event=joined_id("matrix", id, "left", place), channel=channel_of(id), at=at)]
        happened: list[Happened] = []
        for raw in items(child(said, "state"), "events"):
            self._learn(raw, room)
        for raw in items(child(said, "timeline"), "events"):
            if isinstance(raw, dict):
                happened += self._event(raw, room, at)
        happened.append(AnderRemoved(event=joined_id("matrix", id, "left", place), channel=room.channel, at=at))
        return happened

    # ── events ────────────────────────────────────────────────────────────────────────────────────────────────

    def _event(self, raw: Raw, room: Room, at: datetime) -> Sequence[Happened]:
        self._learn(raw, room)
        if raw.get("type") != "m.room.encrypted":
            return self._meaning(raw, room, at, trusted=not room.encrypted)
        found = self.account.keys.open(raw, room.id)
        if isinstance(found, Locked) and raw.get("sender") != self.account.session.user:
            self._closed.append((raw, room))
        return self._meaning(found.raw, room, at, trusted=True) if isinstance(found, Opened) else ()

    def _late(self, came: set[str] | None, at: datetime) -> Iterator[tuple[str, Sequence[Happened]]]:
        """What waited for its key, and the key came: event, and what it means. None: look at all that wait."""
        for id, raw in self.account.keys.waiting(came):
            room, found = self.account.rooms.get(id), self.account.keys.open(raw, id)
            if room is None or isinstance(found, Locked):
                continue
            then = replace(room, visibility="")  # how it was when that was said is not kept
            meaning = self._meaning(found.raw, then, at, trusted=True) if isinstance(found, Opened) else ()
            yield words(raw, "event_id"), meaning

    def _meaning(self, raw: Raw, room: Room, at: datetime, *, trusted: bool) -> Sequence[Happened]:
        keys, taken_back = self.account.keys, redacted(raw) if raw.get("type") == "m.room.redaction" else None
        if taken_back and (mark := keys.mark(taken_back)):
            room.reactions[taken_back] = mark
        happened = translate(raw, room, self.account.us, at, trusted=trusted)
        for one in happened:
            if isinstance(one, ReactionAdded):
                keys.keep_mark(words(raw, "event_id"), one.message, one.name)
            if room.is_between_two and isinstance(one, Chosen | CommandCalled):
                self.account.spoke_in[one.person] = room.id
        return happened

    async def _hear(self, happened: Sequence[Happened]) -> None:
        async for some in self._understood(happened):
            await self.listener.listen(some)

    async def _understood(self, happened: Sequence[Happened]) -> AsyncIterator[Sequence[Event]]:
        batch: list[Event] = []
        for one in happened:
            if isinstance(one, Chosen):
                batch += await understand(self.account, one)
            else:
                batch.append(one)
            if len(batch) >= _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def _pause(failed: TransportError | StoreError, failures: int) -> float:
    asked = failed.retry_after if isinstance(failed, TransportError) else None
    return asked or min(0.5 * 2.0**failures, _LONGEST_PAUSE)


def _membership(raw: Raw) -> object:
    return content_of(raw).get("membership") if raw.get("type") == "m.room.member" else None


def _is_change(raw: Raw) -> bool:
    """A membership that began, and not only a new name."""
    return child(child(raw, "unsigned"), "prev_content").get("membership") != _membership(raw)
