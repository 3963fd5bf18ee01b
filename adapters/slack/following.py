"""Keeping up with a workspace: who is where and what was missed, at the start, after a gap, and once an hour.

The bookmark says until when everything was heard. It moves only while Slack can reach us and nothing is missing, so
that a crash during catching up loses nothing; how far catching up got in each channel is marked as it goes.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from adapters.slack import directory, history
from adapters.slack.marks import Mark, mark_of
from adapters.slack.workspace import Workspace
from bot.errors import TransportError
from bot.events import ChannelId
from bot.model import Channel
from bot.ports import Clock, Listener

log = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds after which Slack is asked anew, in case something was never told."""
MARK_EVERY = 60.0
LINE_SECONDS = 30.0
"""How long Slack's line to us is waited for before the history is read all the same."""
_LONGEST_PAUSE = 60.0


@dataclass(slots=True, kw_only=True)
class Follower:
    """Follows one workspace. `line_open`: whether Slack can reach us now; `opened` is set while it can."""

    space: Workspace
    listener: Listener
    clock: Clock
    line_open: Callable[[], bool]
    opened: asyncio.Event | None = None
    every: float = EVERY
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it is known where Ander is and who may read what: before that nothing should be answered."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _over: bool = False

    def again(self) -> None:
        """Something may have been missed: look now."""
        self._wake.set()

    def end(self) -> None:
        """Ander is no longer in this workspace."""
        self._over = True
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled or ended. Raises TransportError(permanent=True) when the token is no good any more."""
        failures = 0
        while not self._over:
            try:
                await self.catch_up(self.clock())
            except TransportError as failed:
                if not failed.retryable and not self.settled.is_set():
                    raise
                log.warning("catching up with %s: %s", self.space.ids.team, failed)
                await asyncio.sleep(failed.retry_after or min(2.0**failures, _LONGEST_PAUSE))
                failures += 1
            else:
                failures = 0
                await self._mark_until_due()

    async def catch_up(self, now: datetime) -> None:
        """Make the record agree with Slack, then take in what was said since the bookmark. Raises TransportError."""
        told = now.isoformat()
        asked = await self._begun(told)
        inside = await directory.settle(self.space, self.listener, now, told)
        self.settled.set()
        await self._reachable()
        await directory.meet_everybody(self.space, self.listener, now, told)
        for channel, mark in await self._marks(inside):
            await history.catch_up(self.space, self.listener, channel, mark, now)
        await history.answer_letters(self.space, self.listener, asked, now)
        await self.listener.keep_bookmark(self._asked, told)
        await self.listener.keep_bookmark(self._heard, told)

    async def _begun(self, told: str) -> datetime:
        """Since when people may have asked something of Ander: since it was here first, or was last asked."""
        kept = await self.listener.bookmark(self._asked)
        if kept is None:
            await self.listener.keep_bookmark(self._asked, told)
        return datetime.fromisoformat(kept or told)

    async def _reachable(self) -> None:
        """What is said before Slack can reach us has to stand in the history that is read, so it is read after."""
        if self.opened is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINE_SECONDS):
                    await self.opened.wait()

    @property
    def _heard(self) -> str:
        return f"heard:{self.space.ids.team}"

    @property
    def _asked(self) -> str:
        return f"asked:{self.space.ids.team}"

    async def _marks(self, inside: Collection[ChannelId]) -> list[tuple[Channel, Mark]]:
        """Where to read on in each channel that is read. The one that was read longest ago comes first: when this is
        broken off again and again, each has its turn."""
        kept = await self.listener.bookmark(self._heard)
        heard = datetime.fromisoformat(kept) if kept else None
        found = [
            (channel, await self._mark(channel.id, channel.noticed_at, heard))
            for channel in await self.listener.channels()
            if channel.id in inside and channel.noticed_at is not None
        ]
        return sorted(found, key=lambda one: one[1].heard)

    async def _mark(self, channel: ChannelId, noticed: datetime, heard: datetime | None) -> Mark:
        mark = await mark_of(self.listener, channel) or Mark(heard=noticed)
        if heard is None or mark.reading is not None:
            return mark
        return Mark(heard=max(mark.heard, heard))

    async def _mark_until_due(self) -> None:
        """While all is well, move the bookmark along; come back when it is time to look again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.every
        while (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, MARK_EVERY)):
                    await self._wake.wait()
            except TimeoutError:
                if self.line_open():
                    await self.listener.keep_bookmark(self._heard, self.clock().isoformat())
            else:
                self._wake.clear()
                return
