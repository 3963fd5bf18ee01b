"""Putting one message of Ander's on Matrix: which room, which events, each with an id of its own making.

The transaction id of every event follows from the outbox row, and the server takes the same one only once a day per
device: whoever is unsure may try again. Nothing goes into an encrypted room in the clear, and what comes from an
encrypted room goes to people in encrypted rooms only.
"""

import asyncio
import mimetypes
from pathlib import Path
from typing import Any

from nio.crypto.attachments import encrypt_attachment

from adapters.matrix.account import Account
from adapters.matrix.asked import mark, marked
from adapters.matrix.render import Rendered, render
from adapters.matrix.rooms import Room
from adapters.matrix.server import Refused, room_path
from adapters.matrixtalk import user_id
from adapters.untrusted import Raw, items
from bot.errors import TransportError
from bot.outgoing import Audience, File, Outgoing

_LARGEST_FILE = 50_000_000
_ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
_MESSAGE = "m.room.message"


async def send(account: Account, outgoing: Outgoing) -> str:
    """Put it in its room; returns the event id of its text. Raises TransportError."""
    room = await _room_for(account, outgoing)
    said = render(outgoing.body, encrypted=room.encrypted)
    contents = [content async for content in _contents(account, room, outgoing, said)]
    ids = [await _put(account, room, f"{outgoing.id}.{part}", content) for part, content in enumerate(contents)]
    account.events[ids[0]] = {"sender": account.session.user, "event_id": ids[0], "content": contents[0]}
    if outgoing.purpose == "notice":
        await _pin(account, room, ids[0])
    return ids[0]


async def find(account: Account, outgoing: Outgoing) -> str | None:
    """The event id of its text if all of it stands in its room already. Raises TransportError."""
    room = _known_room_for(account, outgoing)
    if room is None:
        return None
    found: dict[int, str] = {}
    parts = 1
    for raw in await account.own_messages(room.id):
        ours = marked(raw)
        if ours.get("id") == outgoing.id:
            found[int(ours.get("part", 0))] = str(raw.get("event_id"))
            parts = int(ours.get("parts", 1))
    return found[0] if len(found) == parts else None


# ── which room ────────────────────────────────────────────────────────────────────────────────────────────────


async def _room_for(account: Account, outgoing: Outgoing) -> Room:
    if outgoing.target.audience is Audience.CHANNEL:
        room = account.rooms.get((outgoing.target.channel or "").partition(":")[2])
        if room is None:
            raise TransportError("Ander is not in that room", permanent=True)
        return room
    known = _known_room_for(account, outgoing)
    return known or await _open_direct(account, _user(outgoing))


def _known_room_for(account: Account, outgoing: Outgoing) -> Room | None:
    """Where it goes, as far as there is such a room. To one person: where they last spoke to us, else an encrypted
    room of two; one that is not only for what does not come from an encrypted room, and only if they chose it."""
    if outgoing.target.audience is Audience.CHANNEL:
        return account.rooms.get((outgoing.target.channel or "").partition(":")[2])
    user = _user(outgoing)
    spoken_in = account.spoke_in.get(outgoing.target.person) if outgoing.target.person else None
    rooms = [room for id in (spoken_in, *account.directs.get(user, [])) if id and (room := account.rooms.get(id))]
    there = [room for room in rooms if user in room.members or user in room.invited]
    encrypted = next((room for room in there if room.encrypted), None)
    if there and there[0].id == spoken_in and (there[0].encrypted or not _is_sealed(account, outgoing)):
        return there[0]
    return encrypted


def _is_sealed(account: Account, outgoing: Outgoing) -> bool:
    """Whether it shows anything from an encrypted room: what we cannot tell counts as that, and so do files."""
    if any(isinstance(part, File) for part in outgoing.body.parts):
        return True
    rooms = (account.rooms.get(ref.channel.partition(":")[2]) for ref in outgoing.about)
    return any(room is None or room.encrypted for room in rooms)


def _user(outgoing: Outgoing) -> str:
    user = user_id((outgoing.target.person or "").partition(":")[2])
    if user is None:
        raise TransportError("there is nobody on Matrix to send this to", permanent=True)
    return user


async def _open_direct(account: Account, user: str) -> Room:
    """A new encrypted room of two, with an invitation to them."""
    answer = await account.server.post(
        "/createRoom",
        {"preset": "trusted_private_chat", "is_direct": True, "invite": [user], "initial_state": [_ENCRYPTION]},
    )
    id = str(answer.get("room_id"))
    us = account.session.user
    room = account.rooms.setdefault(id, Room(id=id, creator=us))
    room.encrypted = room.direct = True  # a sync may have brought the room before all that is in it
    room.members.setdefault(us, "Ander")
    if user not in room.members:
        room.invited.add(user)
    account.keys.remember_encrypted(id)
    await account.remember_direct(user, id)
    return room


# ── which events ──────────────────────────────────────────────────────────────────────────────────────────────


async def _contents(account: Account, room: Room, outgoing: Outgoing, said: Rendered) -> "Any":
    parts = 1 + len(said.files)
    relation = _relation(outgoing)
    person = outgoing.target.person if outgoing.target.audience is not Audience.CHANNEL else None
    yield said.content | relation | mark(outgoing.id, 0, parts, said.buttons, person)
    for part, file in enumerate(said.files, 1):
        yield await _file(account, room, file) | relation | mark(outgoing.id, part, parts)


def _relation(outgoing: Outgoing) -> Raw:
    thread = outgoing.target.thread
    if thread is None or outgoing.target.audience is not Audience.CHANNEL:
        return {}
    reply = {"m.in_reply_to": {"event_id": thread}}
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True} | reply}


async def _file(account: Account, room: Room, file: File) -> Raw:
    data = await asyncio.to_thread(_read, Path(file.path))
    mime = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    kind = "m.image" if mime.startswith("image/") and mime != "image/svg+xml" else "m.file"
    content: Raw = {"msgtype": kind, "body": file.name, "filename": file.name, "m.mentions": {}}
    content["info"] = {"mimetype": mime, "size": len(data)}
    if not room.encrypted:
        return content | {"url": await account.server.upload(data, mime, file.name)}
    closed, key = await asyncio.to_thread(encrypt_attachment, data)
    address = await account.server.upload(closed, "application/octet-stream", None)
    return content | {"file": key | {"url": address}}


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise TransportError("the file is larger than Ander sends", permanent=True)
        return path.read_bytes()
    except OSError as gone:
        raise TransportError(f"the file cannot be read ({gone.strerror})", permanent=True) from gone


async def _put(account: Account, room: Room, transaction: str, content: Raw) -> str:
    kind = _MESSAGE
    if room.encrypted:
        people = account.may_be_read_by(room.id)
        content = await account.keys.close_up(account.server, room.id, people, kind, content)
        kind = "m.room.encrypted"
    path = room_path(room.id, "send", kind, f"ander-{transaction}")
    answer = await account.server.put(path, content)
    return str(answer.get("event_id"))


async def _pin(account: Account, room: Room, event: str) -> None:
    """Where we may: the notice stays in sight."""
    kind = "m.room.pinned_events"
    if not room.may_send(account.session.user, kind, state=True):
        return
    path = room_path(room.id, "state", kind, "")
    try:
        pinned = items(await account.server.get(path), "pinned")
    except Refused:
        pinned = []
    if event not in pinned:
        try:
            await account.server.put(path, {"pinned": [*pinned, event]})
        except Refused:
            return  # the room says otherwise after all
