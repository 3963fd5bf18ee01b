"""Takes what lies in the outbox to the platforms: each thing once, and only to people who may still see it."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot import traces
from bot.errors import TransportError, UnclearSend
from bot.events import ChannelId, ChannelKind, PersonId
from bot.model import InvitationId, Ref
from bot.outgoing import Outgoing, SendState
from bot.permission import may_be_asked, may_read, may_show
from bot.ports import Chat, Transaction
from bot.world import World, platform_of

log = logging.getLogger(__name__)

BATCH = 1
"""Claimed at a time: of what was claimed when the process dies nobody knows whether it was sent."""
ATTEMPTS = 12
"""After so many tries (about an hour and a half) a message is dead: listed, replayable, but no longer tried."""
_LONGEST_WAIT = timedelta(minutes=15)


class Sender:
    """Drains the outbox. One per process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self, *, every: float = 1.0) -> None:
        """Send whatever is due until cancelled; looks again when woken, or after `every` seconds."""
        await self.recover()
        while True:
            await self.drain()
            try:
                async with asyncio.timeout(every):  # not wait_for: that one can swallow being cancelled
                    await self._wake.wait()
            except TimeoutError:
                continue
            finally:
                self._wake.clear()

    async def recover(self) -> None:
        """What a process that died left half sent: find out, and never send twice."""
        for name, chat in self._world.chats.items():
            async with self._world.store.snapshot() as tx:
                left = await tx.unsettled_out(name)
            for outgoing in left:
                await self._look_up(chat, outgoing)

    async def drain(self) -> int:
        """Send everything that is due now; returns how many were sent."""
        sent = 0
        for name, chat in self._world.chats.items():
            while batch := await self._claim(name):
                for outgoing in batch:
                    sent += await self._send(chat, outgoing)
        return sent

    async def _claim(self, platform: str) -> list[Outgoing]:
        async with self._world.store.transaction() as tx:
            return await tx.claim_out(self._world.clock(), BATCH, platform)

    async def _send(self, chat: Chat, outgoing: Outgoing) -> bool:
        try:
            if not await self._may_go(outgoing):
                await self._settle(outgoing, SendState.WITHDRAWN)
                return False
            await self._usher(chat, outgoing)
            remote = await chat.send(outgoing)
        except UnclearSend:
            return await self._look_up(chat, outgoing)
        except TransportError as failed:
            await self._put_back(outgoing, failed)
            return False
        await self._settle(outgoing, SendState.SENT, remote=remote)
        return True

    async def _may_go(self, outgoing: Outgoing) -> bool:
        await self._confirm_memberships(outgoing)
        async with self._world.store.snapshot() as tx:
            return await may_go(tx, outgoing)

    async def _confirm_memberships(self, outgoing: Outgoing) -> None:
        """What was said in private goes only to who is a member by the platform's own word, asked now. Raises
        TransportError when it does not answer: then nothing is shown."""
        async with self._world.store.snapshot() as tx:
            joined = await _private_grounds(tx, outgoing)
        for person, channel in joined:
            chat = self._world.chats.get(platform_of(channel))
            if chat is not None and await chat.is_member(person, channel) is False:
                async with self._world.store.transaction() as tx:
                    await tx.put_members([], [(channel, person, self._world.clock())])

    async def _usher(self, chat: Chat, outgoing: Outgoing) -> None:
        """An ander who joins in is let into the channel first, where that is open to them."""
        if outgoing.purpose != "introduction" or outgoing.target.channel is None:
            return
        async with self._world.store.snapshot() as tx:
            row = await tx.invitation(InvitationId(outgoing.key))
            open_to_them = row is not None and await may_read(tx, row.person, row.question)
        if row is not None and open_to_them and platform_of(row.person) == chat.platform:
            await chat.bring_in(row.person, outgoing.target.channel)

    async def _look_up(self, chat: Chat, outgoing: Outgoing) -> bool:
        try:
            remote = await chat.find_sent(outgoing)
        except TransportError:
            log.warning("outbox %s (%s): unclear whether it was sent; not sent again", outgoing.id, outgoing.purpose)
            await self._settle(outgoing, SendState.UNKNOWN)
            return False
        if remote is None:
            await self._put_back(outgoing, TransportError("it did not arrive"))
            return False
        await self._settle(outgoing, SendState.SENT, remote=remote)
        return True

    async def _put_back(self, outgoing: Outgoing, failed: TransportError) -> None:
        dead = not failed.retryable or outgoing.attempts + 1 >= ATTEMPTS
        if dead:
            log.error("outbox %s (%s) is given up: %s", outgoing.id, outgoing.purpose, type(failed).__name__)
        wait = timedelta(seconds=failed.retry_after) if failed.retry_after else backoff(outgoing.attempts)
        await self._settle(
            outgoing,
            SendState.DEAD if dead else SendState.NEW,
            retry_at=None if dead else self._world.clock() + wait,
            error=type(failed).__name__,
        )

    async def _settle(
        self,
        outgoing: Outgoing,
        state: SendState,
        *,
        remote: str | None = None,
        retry_at: datetime | None = None,
        error: str = "",
    ) -> None:
        now = self._world.clock()
        async with self._world.store.transaction() as tx:
            await tx.settle_out(outgoing.id, state, now, remote=remote, retry_at=retry_at, error=error)
            if state is SendState.SENT:
                await _follow_up(tx, outgoing, now)
        if outgoing.purpose == "farewell" and outgoing.target.person and state is not SendState.NEW:
            await traces.part(self._world, outgoing.target.person)


def backoff(attempts: int) -> timedelta:
    """2, 4, 8 … seconds, at most a quarter of an hour."""
    return min(timedelta(seconds=2.0 ** min(attempts + 1, 12)), _LONGEST_WAIT)


async def may_go(tx: Transaction, outgoing: Outgoing) -> bool:
    """Whether everything the message shows still exists and its readers may still read it."""
    for ref in outgoing.about:
        if not await _exists(tx, ref) or not await _may_see(tx, outgoing, ref):
            return False
    return True


async def _private_grounds(tx: Transaction, outgoing: Outgoing) -> list[tuple[PersonId, ChannelId]]:
    """By which memberships of private channels the reader may see what is shown."""
    person = outgoing.target.person
    if person is None or not outgoing.about:
        return []
    channels = await tx.channels({ref.channel for ref in outgoing.about})
    private = {id for id, channel in channels.items() if channel.kind is ChannelKind.PRIVATE}
    return [(person, channel) for channel in sorted(private & await tx.memberships(person))] if private else []


async def _may_see(tx: Transaction, outgoing: Outgoing, ref: Ref) -> bool:
    """Who was invited to a question may also see it when the asker agreed to show it to them."""
    if await may_show(tx, outgoing.target, ref):
        return True
    person = outgoing.target.person
    if person is None or not await tx.invitations(question=ref, person=person):
        return False
    return await may_be_asked(tx, person, ref)


async def _exists(tx: Transaction, ref: Ref) -> bool:
    item = (await tx.items([ref])).get(ref)
    return item is not None and not item.hidden


async def _follow_up(tx: Transaction, outgoing: Outgoing, now: datetime) -> None:
    if outgoing.purpose == "notice":
        await _begin_listening(tx, outgoing, now)
    elif outgoing.purpose == "farewell" and outgoing.target.person is not None:
        await tx.forget(outgoing.target.person, now)  # the last message to them was a trace as well


async def _begin_listening(tx: Transaction, notice: Outgoing, now: datetime) -> None:
    """The notice stands in the channel: from now on what is said there may be read."""
    channel = notice.target.channel
    known = await tx.channels([channel]) if channel else {}
    await tx.put_channels([replace(one, noticed_at=one.noticed_at or now) for one in known.values()])
