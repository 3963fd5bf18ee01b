"""A person in an encrypted room: nio's own client, which shares no line with Ander's but the cryptography."""

import asyncio
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, EncryptionError, MegolmEvent, RoomMessage

from tests.matrix.homeserver import Account


class Member:
    """Reads and writes in encrypted rooms."""

    def __init__(self, account: Account, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False, request_timeout=30)
        self.account = account
        self.client = AsyncClient(account.server.url, account.user, store_path=str(folder), config=config)
        self.client.restore_login(account.user, account.device, account.token)
        self.read: list[dict[str, Any]] = []
        """What could be read, opened, in order."""
        self._waiting: list[MegolmEvent] = []

    @property
    def closed(self) -> list[str]:
        """What could not be opened so far: whose, and its id."""
        return [f"{event.sender} {event.event_id}" for event in self._waiting]

    async def sync(self) -> None:
        """Take in what is new, and do what a client does after: a key may come later than what it opens."""
        full = not self.client.next_batch
        answer: Any = await asyncio.wait_for(self.client.sync(timeout=200, full_state=full), 30)
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        for room in answer.rooms.invite:
            await self.client.join(room)
        for room, info in answer.rooms.join.items():
            for event in info.timeline.events:
                if isinstance(event, RoomMessage):
                    self.read.append(event.source | {"room_id": room})
                elif isinstance(event, MegolmEvent):
                    self._waiting.append(event)
        self._waiting = [event for event in self._waiting if not self._open(event)]

    def _open(self, closed: MegolmEvent) -> bool:
        try:
            event = self.client.decrypt_event(closed)
        except EncryptionError:
            return False
        if isinstance(event, RoomMessage):
            self.read.append(event.source | {"room_id": closed.room_id})
        return True

    async def say(self, room: str, text: str, **more: object) -> str:
        """An encrypted message; returns its id."""
        return await self.send(room, {"msgtype": "m.text", "body": text} | more)

    async def reply(self, room: str, message: str, text: str) -> str:
        """An encrypted reply."""
        return await self.say(room, text, **{"m.relates_to": {"m.in_reply_to": {"event_id": message}}})

    async def send(self, room: str, content: dict[str, object], kind: str = "m.room.message") -> str:
        """Any encrypted event."""
        sent: Any = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        return str(sent.event_id)

    async def receives(self, words: str, *, by: Account) -> dict[str, Any]:
        """Wait for a message with these words in it, and return it."""
        for _ in range(100):
            for event in self.read:
                if words in event["content"]["body"] and event["sender"] == by.user:
                    return event
            await self.sync()
        raise AssertionError(
            f"{words!r} did not come; {len(self.closed)} closed; read were {[e['content']['body'] for e in self.read]}"
        )

    async def close(self) -> None:
        """Hang up."""
        await self.client.close()
        if self.client.store is not None:
            self.client.store.database.close()
