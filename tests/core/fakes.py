"""Fakes with visible state."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta

from bot.errors import TransportError
from bot.events import ChannelId, Event, PersonId
from bot.finding import Finding
from bot.model import Channel, Message, Ref
from bot.outgoing import Outgoing
from bot.ports import Listener


class Clock:
    """Time that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Ear:
    """A `Listener` that keeps what it hears. `marks`, `places` and `kept` are what the record would know, `lang` the
    language of every channel, `gone` who was forgotten, `opted_out` who wants nothing kept."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.marks: dict[str, str] = {}
        self.places: list[Channel] = []
        self.kept: list[Message] = []
        self.lang: str | None = None
        self.gone: set[PersonId] = set()
        self.opted_out: set[PersonId] = set()

    async def listen(self, events: Sequence[Event]) -> None:
        self.heard += events

    async def channels(self) -> list[Channel]:
        return self.places

    async def language(self, channel: ChannelId) -> str | None:
        return self.lang

    async def recent(self, channel: ChannelId, limit: int) -> list[Message]:
        return [one for one in self.kept if one.ref.channel == channel][-limit:]

    async def forgotten(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        return frozenset(people) & self.gone

    async def refusing(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        return frozenset(people) & (self.gone | self.opted_out)

    async def bookmark(self, name: str) -> str | None:
        return self.marks.get(name)

    async def keep_bookmark(self, name: str, value: str) -> None:
        self.marks[name] = value


class FakeChat:
    """A platform that keeps what it is sent. `failures` are raised, in order, instead of taking the next ones;
    `takes_anyway` makes it keep the message all the same: a send whose answer got lost. `outsiders` are no members by
    the platform's own word, of all others it has nothing to say; `silent` makes it answer no such question."""

    platform = "fake"
    whispers = True

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.failures: list[TransportError] = []
        self.takes_anyway = False
        self.remembers = True
        self.outsiders: set[tuple[PersonId, ChannelId]] = set()
        self.silent = False
        self.past: list[Event] = []
        self.no_history: TransportError | None = None
        self.let_in: list[tuple[PersonId, ChannelId]] = []
        self.forgot: list[PersonId] = []

    async def run(self, listener: Listener) -> None:
        raise NotImplementedError

    async def send(self, outgoing: Outgoing) -> str:
        if self.failures:
            failure = self.failures.pop(0)
            if self.takes_anyway:
                self.sent.append(outgoing)
            raise failure
        self.sent.append(outgoing)
        return f"remote-{len(self.sent)}"

    async def find_sent(self, outgoing: Outgoing) -> str | None:
        if not self.remembers:
            raise TransportError("no history")
        found = [i for i, one in enumerate(self.sent, 1) if one.id == outgoing.id]
        return f"remote-{found[0]}" if found else None

    def link(self, ref: Ref) -> str | None:
        return f"https://chat.example/{ref}"

    async def is_member(self, person: PersonId, channel: ChannelId) -> bool | None:
        if self.silent:
            raise TransportError("no answer")
        return False if (person, channel) in self.outsiders else None

    async def bring_in(self, person: PersonId, channel: ChannelId) -> bool:
        self.let_in.append((person, channel))
        return True

    async def history(self, channel: ChannelId, since: datetime) -> AsyncIterator[Sequence[Event]]:
        if self.no_history:
            raise self.no_history
        for event in self.past:
            if event.at >= since:
                yield [event]

    async def forget(self, person: PersonId) -> None:
        self.forgot.append(person)

    async def check(self) -> list[Finding]:
        return []

    def to(self, person: str) -> list[Outgoing]:
        """What one person got."""
        return [one for one in self.sent if one.target.person == f"fake:{person}"]
