"""The words that Ander knows, described in the state of a room (MSC4391), so that clients can offer them while somebody
types. Only where the room lets Ander; a few at a time, because nobody waits for them.
"""

import base64
import hashlib
import logging
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.matrix.account import Account
from adapters.matrix.rooms import DESCRIPTION, Room
from adapters.matrix.server import room_path
from adapters.untrusted import Raw
from bot.commands.guide import Described, described
from bot.errors import TransportError
from bot.ports import Listener

log = logging.getLogger(__name__)

PORTION = 5
"""Descriptions sent at a time: a server lets ten events pass at once, and what people wait for goes first."""
PAUSE = 30.0
"""Seconds between two portions."""


@dataclass(slots=True)
class Describer:
    """Keeps the descriptions in the rooms as they should be."""

    account: Account
    listener: Listener
    _rooms: deque[str] = field(default_factory=deque)
    _not_before: float = 0.0

    def look_at(self, room: Room) -> None:
        """Something about a room may have changed that matters for its descriptions."""
        if room.id not in self._rooms and not (room.is_between_two or room.is_space):
            self._rooms.append(room.id)

    async def go_on(self) -> None:
        """Send the next few, if there are any and it is time. What the server refuses is left for another time."""
        while self._rooms and time.monotonic() >= self._not_before:
            room = self.account.rooms.get(self._rooms[0])
            due = await self._due(room) if room is not None else {}
            if len(due) <= PORTION:
                self._rooms.popleft()
            if room is not None and due:
                self._not_before = time.monotonic() + PAUSE
                await self._send(room, dict(list(due.items())[:PORTION]))
                break  # what was sent is known when it comes back

    async def _due(self, room: Room) -> Mapping[str, Raw]:
        us = self.account.session.user
        if room.successor or not room.may_send(us, DESCRIPTION, state=True):
            return {}
        lang = await self.listener.language(room.channel)
        return changes(room, us, wanted(lang, us)) if lang else {}

    async def _send(self, room: Room, contents: Mapping[str, Raw]) -> None:
        try:
            for key, content in contents.items():
                await self.account.server.put(room_path(room.id, "state", DESCRIPTION, key), content)
        except TransportError as failed:
            log.warning("the commands could not be described in %s: %s", room.id, failed)
            if failed.retryable:
                self.look_at(room)


def wanted(lang: str, user: str) -> dict[str, Raw]:
    """The descriptions by state key. `user`: Ander's own id."""
    return {state_key(one.word, user): content_of(one) for one in described(lang)}


def changes(room: Room, user: str, wanted: Mapping[str, Raw]) -> dict[str, Raw]:
    """What must be sent so that exactly these stand in the room: an empty one takes a description away. Those of others
    are not ours to touch."""
    ours = {key: content for key, (sender, content) in room.descriptions.items() if sender == user and content}
    gone: dict[str, Raw] = {key: {} for key in ours if key not in wanted}
    return {key: content for key, content in wanted.items() if ours.get(key) != content} | gone


def content_of(one: Described) -> Raw:
    """What the description of a word holds."""
    content: Raw = {"command": one.word, "parameters": [], "description": _text(one.meaning)}
    if one.follows:
        parameter: Raw = {"key": "text", "schema": {"schema_type": "primitive", "type": "string"}}
        parameter["description"] = _text(one.follows)
        content["parameters"] = [parameter if one.follows.isupper() else parameter | {"optional": True}]
    return content


def state_key(command: str, user: str) -> str:
    """Padded base64 of the SHA-256 of the command and whose it is."""
    return base64.b64encode(hashlib.sha256(f"{command}{user}".encode()).digest()).decode()


def _text(body: str) -> Raw:
    return {"m.text": [{"body": body}]}
