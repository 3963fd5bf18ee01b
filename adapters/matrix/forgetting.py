"""Somebody was forgotten: what the adapter itself keeps of them goes too.

At once: the keys of their devices, the keys to what they said, what they said that still waits for its key, and the
conversations of two with them. While they stay in an encrypted room with Ander the public keys of their devices come
back with the next thing that is said there: without them they could not read it. Those go when they have left.
"""

import logging
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from adapters.matrix.account import Account
from adapters.matrix.keys import Keys
from adapters.matrix.server import room_path
from adapters.matrix.state import Running, alone, load_session
from adapters.matrixtalk import person_of, user_id
from bot.errors import TransportError
from bot.events import PersonId

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


def forget_at_rest(folder: Path, people: Iterable[PersonId]) -> bool:
    """The keys and the waiting words of these, while no Ander runs with this folder; the conversations of two are left
    when one starts. False when one does run: then all of it goes when it next starts. Raises ConfigError for a damaged
    store."""
    session = load_session(folder)
    users = [user for person in people if (user := user_id(person.partition(":")[2]))]
    if session is None or not users:
        return True
    try:
        with alone(folder), closing(Keys(folder, session)) as keys:
            for user in users:
                keys.forget(user)
    except Running:
        return False
    return True


async def _leave_directs(account: Account, user: str) -> None:
    for id in account.directs.get(user, ()):
        room = account.rooms.get(id)
        if room is not None and not set(room.members) - {account.session.user, user}:
            await account.server.post(room_path(id, "leave"))
            await account.server.post(room_path(id, "forget"))
    await account.forget_directs(user)
