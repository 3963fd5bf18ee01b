"""Somebody was forgotten: what the adapter itself keeps of them goes too.

At once: the keys of their devices, the keys to what they said, what they said that still waits for its key, and the
conversations of two with them. While they stay in an encrypted room with Ander the public keys of their devices come
back with the next thing that is said there: without them they could not read it. Those go when they have left.
"""

import logging

from adapters.matrix.account import Account
from adapters.matrix.server import room_path
from adapters.matrixtalk import person_of
from bot.errors import TransportError

log = logging.getLogger(__name__)


async def forget(account: Account, user: str) -> None:
    """Never raises TransportError: what the server did not take is tried again when Ander starts."""
    account.spoke_in.pop(person_of(user), None)
    account.events.clear()
    account.keys.forget(user)
    try:
        await _leave_directs(account, user)
    except TransportError as failed:
        log.warning("a conversation with somebody who was forgotten could not be left: %s", failed)


async def _leave_directs(account: Account, user: str) -> None:
    for id in account.directs.get(user, ()):
        room = account.rooms.get(id)
        if room is not None and not set(room.members) - {account.session.user, user}:
            await account.server.post(room_path(id, "leave"))
            await account.server.post(room_path(id, "forget"))
    await account.forget_directs(user)
