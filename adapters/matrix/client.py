"""Matrix as a chat platform."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from adapters.matrix import checking, forgetting, history, sending
from adapters.matrix.account import Account, now
from adapters.matrix.keys import Keys
from adapters.matrix.server import Refused, Server, room_path
from adapters.matrix.settings import MatrixSection
from adapters.matrix.state import Session, alone, load_session, open_folder
from adapters.matrix.sync import Sync
from adapters.matrixtalk import server_of, user_id
from bot.errors import ConfigError, TransportError, UnclearSend
from bot.events import ChannelId, Event, PersonId
from bot.finding import Finding
from bot.model import Ref
from bot.outgoing import Outgoing
from bot.ports import Listener

_READY = 30.0
"""Seconds that a message waits for the rooms to be known, at the start."""
_REPEATABLE = timedelta(hours=20)
"""The server remembers a transaction for a day: within it, sending again cannot say anything twice."""


class Matrix:
    """A `Chat` on a homeserver, as the account that logged in before."""

    platform = "matrix"
    whispers = False

    def __init__(self, settings: MatrixSection, folder: Path) -> None:
        """`folder`: where `ander matrix login` left the device. Raises ConfigError when it did not, or for another
        account or homeserver."""
        self._settings = settings
        self._folder = folder
        self._session = load(settings, folder)
        self._account: Account | None = None
        self._ready = asyncio.Event()
        self._ended = False

    async def run(self, listener: Listener) -> None:
        """See `bot.ports.Chat`."""
        with alone(self._folder):
            async with self._open() as account:
                await Sync(account, listener, self._ready).run()

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[Account]:
        open_folder(self._folder)
        keys = Keys(self._folder, self._session)
        server = Server(self._session.homeserver, self._session.token)
        self._ended = False
        self._account = Account(session=self._session, server=server, keys=keys, settings=self._settings)
        try:
            yield self._account
        finally:
            self._account, self._ready, self._ended = None, asyncio.Event(), True
            await server.close()
            keys.close()

    async def _known(self) -> Account:
        """The account, once it knows its rooms. Raises TransportError while it does not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self._ended else _READY):
                await self._ready.wait()
        if self._account is None or not self._ready.is_set():
            raise TransportError("Matrix is not connected")
        return self._account

    async def send(self, outgoing: Outgoing) -> str:
        """See `bot.ports.Chat`. Trying again is safe: the server knows what it has."""
        return await sending.send(await self._known(), outgoing)

    async def find_sent(self, outgoing: Outgoing) -> str | None:
        """See `bot.ports.Chat`."""
        try:
            return await sending.find(await self._known(), outgoing)
        except TransportError as failed:
            if now() - outgoing.due_at < _REPEATABLE:
                return None  # sending it again is as good as knowing
            raise UnclearSend(str(failed)) from failed

    def link(self, ref: Ref) -> str | None:
        """See `bot.ports.Chat`."""
        room, event = ref.channel.partition(":")[2], ref.id
        if not room.startswith("!") or not event.startswith("$"):
            return None
        via = quote(server_of(self._session.user), safe="")
        return f"https://matrix.to/#/{quote(room, safe='!:')}/{quote(event, safe='$:')}?via={via}"

    async def is_member(self, person: PersonId, channel: ChannelId) -> bool | None:
        """See `bot.ports.Chat`. Nobody is a member of a room that we are not in: we could not tell."""
        account, room, user = await self._known(), channel.partition(":")[2], user_id(person.partition(":")[2])
        if user is None or not room.startswith("!"):
            return None
        try:
            answer = await account.server.get(room_path(room, "state", "m.room.member", user))
        except Refused as refused:
            if refused.retryable:
                raise
            return False
        return answer.get("membership") == "join"

    async def bring_in(self, person: PersonId, channel: ChannelId) -> bool:
        """See `bot.ports.Chat`: an invitation, where we may give one."""
        try:
            account, user = await self._known(), user_id(person.partition(":")[2])
            room = account.rooms.get(channel.partition(":")[2])
            if user is None or room is None:
                return False
            if user in room.members:
                return True
            if not room.may_invite(account.session.user):
                return False
            await account.server.post(room_path(room.id, "invite"), {"user_id": user})
        except TransportError:
            return False
        return True

    async def history(self, channel: ChannelId, since: datetime) -> AsyncIterator[Sequence[Event]]:
        """See `bot.ports.Chat`. Of an encrypted room only what we hold the keys of, which begins when Ander came."""
        async for events in history.read(await self._known(), channel, since):
            yield events

    async def forget(self, person: PersonId) -> None:
        """See `bot.ports.Chat`. While Matrix is not connected nothing happens: a run begins with it."""
        user = user_id(person.partition(":")[2])
        if user is not None and self._account is not None and self._ready.is_set():
            await forgetting.forget(self._account, user)

    async def check(self) -> list[Finding]:
        """See `bot.ports.Chat`."""
        async with self._open() as account:
            return await checking.check(account)


def load(settings: MatrixSection, folder: Path) -> Session:
    """The session that belongs to these settings. Raises ConfigError when there is none."""
    session = load_session(folder)
    if session is None:
        raise ConfigError(
            f"Ander has not logged in to {settings.homeserver} yet. Run `ander matrix login`; without Matrix, take "
            "[matrix] out of the file."
        )
    if session.user != settings.user or session.homeserver != settings.homeserver:
        raise ConfigError(
            f"{folder} belongs to {session.user} on {session.homeserver}, and the configuration says {settings.user} "
            f"on {settings.homeserver}. Correct [matrix], or give it another `folder` and run `ander matrix login`."
        )
    return session
