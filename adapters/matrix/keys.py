"""Encryption: nio's Olm machine and its store, driven by our own requests.

The store keeps keys; beside it `seen.db` keeps which event used which place in a conversation's ratchet (so that a
ciphertext cannot be played again, not even after a restart), whose each conversation is, what waits for its key, and
what each reaction was.
"""

import asyncio
import json
import logging
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nio.crypto import Olm, OlmDevice
from nio.events import ForwardedRoomKeyEvent, MegolmEvent, RoomKeyEvent, ToDeviceEvent
from nio.exceptions import EncryptionError
from nio.responses import KeysClaimResponse, KeysQueryResponse, KeysUploadResponse, ToDeviceResponse
from nio.store import SqliteStore

from adapters.matrix.server import Server
from adapters.matrix.state import Session
from adapters.untrusted import Raw, child, items, words
from bot.errors import ConfigError, TransportError

log = logging.getLogger(__name__)

KEYS, SEEN = "keys.db", "seen.db"
WAIT_FOR_KEYS = timedelta(days=14)
_MOST_WAITING = 10_000
_DEVICES_ASKED = 200
_SCHEMA = """
CREATE TABLE IF NOT EXISTS indexes (
    sender_key TEXT, session TEXT, number INTEGER, event TEXT, at INTEGER,
    PRIMARY KEY (sender_key, session, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (session TEXT, sender_key TEXT, user TEXT, PRIMARY KEY (session, sender_key))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (event TEXT PRIMARY KEY, room TEXT, session TEXT, at REAL, raw TEXT);
CREATE TABLE IF NOT EXISTS marks (event TEXT PRIMARY KEY, message TEXT, name TEXT) WITHOUT ROWID;
"""

Index = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A decrypted event: the outer event with what was inside as its type and content."""

    raw: Raw


class Locked:
    """An event whose key is not there (yet)."""


class Broken:
    """An event that is not to be believed: damaged, played again, or of somebody who does not own the key."""


class _Seen:
    """nio's memory of used places, on disk. Nothing is ever taken out, so a replay is one for ever."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file

    def __getitem__(self, key: Index) -> tuple[str, int]:
        where = "SELECT event, at FROM indexes WHERE sender_key = ? AND session = ? AND number = ?"
        found = self._file.execute(where, key).fetchone()
        if found is None:
            raise KeyError(key)
        return found[0], found[1]

    def __setitem__(self, key: Index, value: tuple[str, int]) -> None:
        self._file.execute("INSERT OR IGNORE INTO indexes VALUES (?, ?, ?, ?, ?)", (*key, *value))


class Keys:
    """Ander's device, and everything it can open and close. Not safe between threads."""

    def __init__(self, folder: Path, session: Session) -> None:
        """Raises ConfigError when the store belongs to another pickle key or is damaged."""
        self._session = session
        self._store = SqliteStore(session.user, session.device, str(folder), session.pickle_key, KEYS)
        try:
            self._olm: Any = Olm(session.user, session.device, self._store)
        except ValueError as wrong:
            self._store.database.close()
            raise ConfigError(
                f"{folder / KEYS} cannot be opened with the pickle key in session.json: the two belong to different "
                "backups. Put both back from the same one, or move the folder away and log in again."
            ) from wrong
        self._file = sqlite3.connect(folder / SEEN)
        self._file.executescript(_SCHEMA)
        (folder / KEYS).chmod(0o600)
        (folder / SEEN).chmod(0o600)
        self._olm.message_index_store = _Seen(self._file)
        self._shared: dict[str, frozenset[tuple[str, str, str]]] = {}
        self._lock = asyncio.Lock()
        self.encrypted_rooms: set[str] = set(self._store.load_encrypted_rooms())

    def close(self) -> None:
        """Everything is on disk."""
        self._file.commit()
        self._file.close()
        self._store.database.close()

    def commit(self) -> None:
        """What was seen and what waits is on disk when this returns."""
        self._file.commit()

    def remember_encrypted(self, room: str) -> None:
        """No server can make us forget it again."""
        if room not in self.encrypted_rooms:
            self._store.save_encrypted_rooms({room})
            self.encrypted_rooms.add(room)

    @property
    def device_keys(self) -> dict[str, str]:
        """The public keys of this device, by algorithm."""
        return dict(self._olm.account.identity_keys)

    def sign(self, value: Raw) -> str:
        """The device's signature under a JSON object."""
        return str(self._olm.sign_json(value))

    # ── in ────────────────────────────────────────────────────────────────────────────────────────────────────

    def take_in(self, answer: Raw) -> set[str]:
        """What a sync says about keys; returns the conversations whose key came. A repeat does no harm."""
        count = child(answer, "device_one_time_keys_count").get("signed_curve25519")
        self._olm.uploaded_key_count = count if isinstance(count, int) else 0  # no number means none are left
        for user in items(child(answer, "device_lists"), "changed"):
            if user in self._olm.tracked_users:
                self._olm.users_for_key_query.add(user)
        for user in items(child(answer, "device_lists"), "left"):
            self._drop_devices(str(user))  # no encrypted room is shared with them any more
        came: set[str] = set()
        with self._store.database.atomic():  # a ratchet that moved on must not lose the key that came with the move
            for raw in items(child(answer, "to_device"), "events"):
                came |= self._take_key(raw)
            self._file.commit()  # whose they are goes first: a key without an owner opens nothing
        return came

    def _take_key(self, raw: object) -> set[str]:
        if not isinstance(raw, dict) or raw.get("type") != "m.room.encrypted":
            return set()
        try:
            with self._store.database.atomic():
                event = ToDeviceEvent.parse_event(raw)
                key: object = self._olm.handle_to_device_event(event) if event is not None else None
        except Exception as wrong:  # whatever a stranger sends us must not stop the sync
            log.warning("a message to this device could not be read: %s", type(wrong).__name__)
            return set()
        if not isinstance(key, RoomKeyEvent) or isinstance(key, ForwardedRoomKeyEvent):  # nobody was asked to forward
            return set()
        owner = (key.session_id, key.sender_key, key.sender)
        self._file.execute("INSERT OR IGNORE INTO owners VALUES (?, ?, ?)", owner)
        return {key.session_id}

    def open(self, raw: Raw, room: str) -> Opened | Locked | Broken:
        """Decrypt an event of a room."""
        try:
            event = MegolmEvent.from_dict(raw)
            if not isinstance(event, MegolmEvent):
                return Broken()
            event.room_id = room
            if self._olm.inbound_group_store.get(room, event.sender_key, event.session_id) is None:
                return Locked()
            inside = self._olm.decrypt_megolm_event(event).source
        except EncryptionError as wrong:
            log.warning("event %s is not believed: %s", words(raw, "event_id"), _plain(wrong))
            return Broken()
        except Exception as wrong:  # the words inside are a stranger's: nothing in them may stop the sync
            log.warning("event %s could not be decrypted: %s", words(raw, "event_id"), type(wrong).__name__)
            return Broken()
        if not self._owns(raw.get("sender"), event.sender_key, event.session_id):
            log.warning("event %s is not believed: the key is not its sender's", words(raw, "event_id"))
            return Broken()
        content = inside.get("content")
        if not isinstance(content, dict) or inside.get("room_id") != room:
            return Broken()
        outer = {key: raw[key] for key in ("event_id", "sender", "origin_server_ts", "unsigned") if key in raw}
        return Opened(raw=outer | {"type": inside.get("type"), "content": content})

    def _owns(self, user: object, sender_key: str, session: str) -> bool:
        if sender_key == self.device_keys["curve25519"]:
            return user == self._session.user
        where = "SELECT user FROM owners WHERE session = ? AND sender_key = ?"
        owner = self._file.execute(where, (session, sender_key)).fetchone()
        return owner is not None and owner[0] == user

    def keep(self, raw: Raw, room: str, now: datetime) -> None:
        """Keep an event, still encrypted, until its key comes."""
        row = (words(raw, "event_id", 255), room, words(child(raw, "content"), "session_id"), now.timestamp())
        self._file.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?)", (*row, json.dumps(raw)))

    def waiting(self, sessions: set[str] | None) -> Iterator[tuple[str, Raw]]:
        """What waits for these conversations' keys, or for any: room, event; oldest first."""
        rows = self._file.execute("SELECT room, session, raw FROM waiting ORDER BY at, event").fetchall()
        for room, session, raw in rows:
            if sessions is None or session in sessions:
                yield room, json.loads(raw)

    def settle(self, events: Iterable[str], now: datetime) -> None:
        """These wait no longer, for they were taken in; and nothing waits for ever."""
        self._file.executemany("DELETE FROM waiting WHERE event = ?", [(event,) for event in events])
        self._file.execute("DELETE FROM waiting WHERE at < ?", ((now - WAIT_FOR_KEYS).timestamp(),))
        newest = "SELECT event FROM waiting ORDER BY at DESC LIMIT ?"
        self._file.execute(f"DELETE FROM waiting WHERE event NOT IN ({newest})", (_MOST_WAITING,))  # noqa: S608

    def keep_mark(self, event: str, message: str, name: str) -> None:
        """What a reaction was, for when it is taken away."""
        self._file.execute("INSERT OR IGNORE INTO marks VALUES (?, ?, ?)", (event, message, name))

    def mark(self, event: str) -> tuple[str, str] | None:
        """The message and name of a reaction that was kept."""
        found = self._file.execute("SELECT message, name FROM marks WHERE event = ?", (event,)).fetchone()
        return (found[0], found[1]) if found else None

    def people(self) -> set[str]:
        """The user ids of everybody of whom there is something here."""
        waiting = (words(json.loads(raw), "sender", 255) for (raw,) in self._file.execute("SELECT raw FROM waiting"))
        owners = (user for (user,) in self._file.execute("SELECT user FROM owners"))
        return {*waiting, *owners, *self._olm.device_store.users} - {self._session.user}

    def forget(self, user: str) -> None:
        """Let go of somebody's devices, of the keys to what they said, and of what they said that waits for its key. No
        byte of it is left in the files. What others said stays readable: each has a key of their own."""
        theirs = self._drop_devices(user)
        theirs |= {key for (key,) in self._file.execute("SELECT sender_key FROM owners WHERE user = ?", (user,))}
        waits = self._file.execute("SELECT event, raw FROM waiting").fetchall()
        gone = [(event,) for event, raw in waits if words(json.loads(raw), "sender", 255) == user]
        self._file.executemany("DELETE FROM waiting WHERE event = ?", gone)
        for key in theirs:
            self._drop_conversations(key)
        self._file.commit()
        self._file.execute("VACUUM")
        self._store.database.execute_sql("VACUUM")

    def _drop_devices(self, user: str) -> set[str]:
        """Returns the keys by which their devices were known."""
        known = self._olm.device_store._entries.pop(user, {})
        self._olm.tracked_users.discard(user)
        self._olm.users_for_key_query.discard(user)
        for room in [room for room, devices in self._shared.items() if any(user == one[0] for one in devices)]:
            del self._shared[room]  # the next conversation there begins with whoever is there then
        theirs = "SELECT id FROM devicekeys WHERE user_id = ?"
        for table in ("keys", "devicetruststate"):
            self._store.database.execute_sql(f"DELETE FROM {table} WHERE device_id IN ({theirs})", (user,))  # noqa: S608
        self._store.database.execute_sql("DELETE FROM devicekeys WHERE user_id = ?", (user,))
        return {device.curve25519 for device in known.values()}

    def _drop_conversations(self, sender_key: str) -> None:
        """What one device said to us, and in rooms: the keys, whose they are, and which places of them were used."""
        self._olm.session_store._entries.pop(sender_key, None)
        for devices in self._olm.inbound_group_store._entries.values():
            devices.pop(sender_key, None)
        for table in ("forwardedchains", "megolminboundsessions", "olmsessions"):
            self._store.database.execute_sql(f"DELETE FROM {table} WHERE sender_key = ?", (sender_key,))  # noqa: S608
        for table in ("owners", "indexes"):
            self._file.execute(f"DELETE FROM {table} WHERE sender_key = ?", (sender_key,))  # noqa: S608

    def count_waiting(self) -> int:
        """How many events wait for their key."""
        return int(self._file.execute("SELECT count(*) FROM waiting").fetchone()[0])

    # ── out ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def close_up(self, server: Server, room: str, users: set[str], kind: str, content: Raw) -> Raw:
        """The content of an `m.room.encrypted` event for everybody in the room. Raises TransportError."""
        async with self._lock:
            await self._learn(server, users)
            await self._share(server, room, users)
            sealed: Raw = self._olm.group_encrypt(room, {"type": kind, "content": content})
        if "m.relates_to" in content:
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed

    async def _learn(self, server: Server, users: set[str]) -> None:
        """The devices of everybody, as they are now."""
        self._olm.users_for_key_query |= users - self._olm.tracked_users
        wanted = sorted(self._olm.users_for_key_query)
        for start in range(0, len(wanted), _DEVICES_ASKED):
            some = wanted[start : start + _DEVICES_ASKED]
            answer = await server.post("/keys/query", {"device_keys": {user: [] for user in some}})
            self._handle(KeysQueryResponse.from_dict(answer))
            self._olm.users_for_key_query -= set(some)

    async def _share(self, server: Server, room: str, users: set[str]) -> None:
        """Give the key of our conversation to every device; a new one whenever those are not the same as before."""
        devices = frozenset((d.user_id, d.id, d.curve25519) for user in users for d in self._devices(user))
        known = self._olm.outbound_group_sessions.get(room)
        if known and known.shared and not known.expired and self._shared.get(room) == devices:
            return
        self._olm.create_outbound_group_session(room)
        await self._claim(server, self._olm.get_missing_sessions(sorted(users)))
        for _with, messages in self._olm.share_group_session_parallel(
            room, sorted(users), ignore_unverified_devices=True
        ):
            await server.put(f"/sendToDevice/m.room.encrypted/{uuid.uuid4().hex}", messages)
        self._olm.outbound_group_sessions[room].shared = True
        self._shared[room] = devices

    def _devices(self, user: str) -> Iterator[OlmDevice]:
        for device in self._olm.device_store.active_user_devices(user):
            if (user, device.id) != (self._session.user, self._session.device):
                yield device

    async def _claim(self, server: Server, missing: dict[str, list[str]]) -> None:
        if missing:
            wanted = {user: dict.fromkeys(devices, "signed_curve25519") for user, devices in missing.items()}
            answer = await server.post("/keys/claim", {"one_time_keys": wanted, "timeout": 10_000})
            self._handle(KeysClaimResponse.from_dict(answer))

    def _handle(self, response: object) -> None:
        try:
            self._olm.handle_response(response)
        except Exception as wrong:  # other people's devices sign what they like
            log.warning("keys of others could not be read: %s", type(wrong).__name__)

    async def upkeep(self, server: Server) -> None:
        """After each sync: publish new one-time keys, mend broken conversations with devices. Raises TransportError."""
        async with self._lock:
            await self._publish(server)
            if self._olm.users_for_key_query:
                await self._learn(server, set())
            if self._olm.wedged_devices:
                await self._claim(server, self._olm.get_users_for_key_claiming())
            for message in list(self._olm.outgoing_to_device_messages):
                await server.put(f"/sendToDevice/{message.type}/{uuid.uuid4().hex}", message.as_dict())
                self._handle(ToDeviceResponse(message))

    async def _publish(self, server: Server) -> None:
        account, count = self._olm.account, self._olm.uploaded_key_count
        if account.shared and (count is None or count > account.max_one_time_keys // 2):
            return
        keys = self._olm.share_keys()
        self._olm.save_account()  # before the server has them: a key that it gives away must be ours after any crash
        answer = await server.post("/keys/upload", keys)
        left = child(answer, "one_time_key_counts").get("signed_curve25519")
        if not isinstance(left, int):
            raise TransportError(f"{server.url} did not say how many one-time keys it holds")
        self._handle(KeysUploadResponse(0, left))

    async def publish_device(self, server: Server) -> None:
        """The device's own keys are known to the server. Raises TransportError."""
        if not self._olm.account.shared:
            await self._publish(server)


def _plain(wrong: Exception) -> str:
    """What went wrong without ids of people: nio puts them into some of its sentences."""
    return str(wrong).partition(" from ")[0].partition(" in event")[0]
