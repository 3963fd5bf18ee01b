"""Fakes with visible state."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.errors import TransportError
from bot.events import ChannelId, Event, PersonId
from bot.model import Ref
from bot.outgoing import Outgoing


class Clock:
    """Time that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class FakeChat:
    """A platform that keeps what it is sent. `failures` are raised, in order, instead of taking the next ones;
    `takes_anyway` makes it keep the message all the same: a send whose answer got lost."""

    platform = "fake"

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.failures: list[TransportError] = []
        self.takes_anyway = False
        self.remembers = True

    async def run(self, listen: Callable[[Sequence[Event]], Awaitable[None]]) -> None:
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
        return None

    def to(self, person: str) -> list[Outgoing]:
        """What one person got."""
        return [one for one in self.sent if one.target.person == f"fake:{person}"]
