"""The terminal as a chat platform: what Ander sends is kept and shown, whoever it is for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from bot.events import ChannelId, Event, PersonId
from bot.finding import Finding
from bot.model import OutgoingId, Ref
from bot.outgoing import Outgoing
from bot.ports import Chat, Listener


class Terminal:
    """A Chat without a server. `sent` holds everything in order; `show` is called for each, when set."""

    platform = "terminal"
    whispers = True

    def __init__(self, show: Callable[[Outgoing], None] | None = None) -> None:
        self.sent: list[Outgoing] = []
        self.show = show
        self._remote: dict[OutgoingId, str] = {}

    async def run(self, listener: Listener) -> None:  # noqa: ARG002 # who types does so in `session.chat`
        """Nothing comes in by itself."""
        await asyncio.Event().wait()

    async def send(self, outgoing: Outgoing) -> str:
        """Keep it and show it. Sending cannot fail here."""
        self.sent.append(outgoing)
        remote = f"ander-{outgoing.id or len(self.sent)}"
        self._remote[outgoing.id] = remote
        if self.show:
            self.show(outgoing)
        return remote

    async def find_sent(self, outgoing: Outgoing) -> str | None:
        """None when it was not sent since this process began: a screen forgets, so showing it again is right."""
        return self._remote.get(outgoing.id)

    def link(self, ref: Ref) -> str | None:  # noqa: ARG002
        """A terminal has no links."""
        return None

    async def is_member(self, person: PersonId, channel: ChannelId) -> bool | None:  # noqa: ARG002
        """The record knows better."""
        return None

    async def bring_in(self, person: PersonId, channel: ChannelId) -> bool:  # noqa: ARG002
        """People walk in by themselves: /channel."""
        return False

    async def history(self, channel: ChannelId, since: datetime) -> AsyncIterator[Sequence[Event]]:  # noqa: ARG002
        """A terminal has no past but what the record knows."""
        nothing: tuple[Sequence[Event], ...] = ()
        for events in nothing:
            yield events

    async def forget(self, person: PersonId) -> None:
        """What was shown to them is no longer kept."""
        self.sent = [one for one in self.sent if one.target.person != person]

    async def check(self) -> list[Finding]:
        """Nothing can be wrong with a terminal."""
        return []


def serving(terminal: Terminal, platforms: Sequence[str] = (Terminal.platform,)) -> dict[str, Chat]:
    """The terminal in the place of these platforms: so that imported people can be spoken for."""
    return dict.fromkeys(platforms, terminal)
