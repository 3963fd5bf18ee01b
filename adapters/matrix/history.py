"""What was said in a room before: read back page by page, because a facilitator asked for it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.matrix.account import Account, now
from adapters.matrix.rooms import VISIBILITY, visibility_before
from adapters.matrix.server import room_path
from adapters.matrix.translate import Chosen, translate
from adapters.matrixtalk import moment_of
from adapters.untrusted import Raw, items, words
from bot.errors import TransportError
from bot.events import ChannelId, CommandCalled, Event

_BATCH = 300
_PAGE = "500"
_MOST = 200_000
"""Events of one room that are read back."""


async def read(account: Account, channel: ChannelId, since: datetime) -> AsyncIterator[Sequence[Event]]:
    """Oldest first, in batches; commands of long ago are not followed. Raises TransportError."""
    room = account.rooms.get(channel.partition(":")[2])
    if room is None:
        raise TransportError("Ander is not in that room", permanent=True)
    found = await _pages(account, room.id, since)
    for start in range(0, len(found), _BATCH):
        yield list(_meaning(account, room.id, found[start : start + _BATCH]))


async def _pages(account: Account, room: str, since: datetime) -> list[Raw]:
    found: list[Raw] = []
    query = {"dir": "b", "limit": _PAGE}
    while len(found) < _MOST:
        answer = await account.server.get(room_path(room, "messages"), query)
        page = [raw for raw in items(answer, "chunk") if isinstance(raw, dict)]
        found += [raw for raw in page if (at := moment_of(raw)) is not None and at >= since]
        oldest, query["from"] = (moment_of(page[-1]) if page else None), words(answer, "end", 1000)
        if not query["from"] or (oldest is not None and oldest < since):
            break
    return found[::-1]


def _meaning(account: Account, id: str, found: Sequence[Raw]) -> Iterator[Event]:
    at, today = now(), account.rooms[id]
    room = replace(today, visibility=visibility_before(found, today.visibility))
    for raw in found:
        if raw.get("type") == VISIBILITY:
            room.apply(raw)
        inside = account.readable(raw, id)
        trusted = not room.encrypted or inside is not raw
        for one in translate(inside, room, account.us, at, trusted=trusted) if inside else ():
            if not isinstance(one, Chosen | CommandCalled):
                yield one
