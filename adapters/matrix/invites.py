"""Invitations into rooms: taken from those the administrator named, and not too many; all others are left alone."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import quote

from adapters.matrix.account import Account, content_of
from adapters.matrix.rooms import Room
from adapters.matrix.server import Refused
from adapters.matrixtalk import room_id, server_of, user_id
from adapters.untrusted import Raw, child, items

log = logging.getLogger(__name__)

PER_HOUR = 60
"""Rooms that Ander joins at most in an hour."""


async def answer(account: Account, invited: Raw, now: datetime) -> None:
    """Join where somebody we trust invited us. Raises TransportError when the server asks to try again."""
    passed_over = 0
    for id, said in invited.items():
        if id in account.entered:
            continue
        found = _invitation(said, account.session.user)
        if found is None or room_id(id) is None or not _is_welcome(account, found[0], id, now):
            passed_over += 1
            continue
        inviter, direct = found
        if await _join(account, id, server_of(inviter)):
            account.arrivals.append(now)
            account.entered.add(id)
            if direct:
                await account.remember_direct(inviter, id)
    if passed_over:
        log.warning("%d invitations were left alone: see `invites` under [matrix]", passed_over)


async def follow(account: Account, room: Room) -> None:
    """A room was replaced by another: go there, or wait there for an invitation. Raises TransportError."""
    if room.successor is None or room.successor in account.rooms or room.successor in account.awaited:
        return
    account.awaited.add(room.successor)
    if not await _join(account, room.successor, server_of(room.creator)):
        log.warning("room %s was replaced by %s; somebody there has to invite Ander", room.id, room.successor)


def _is_welcome(account: Account, inviter: str, room: str, now: datetime) -> bool:
    while account.arrivals and account.arrivals[0] < now - timedelta(hours=1):
        account.arrivals.popleft()
    if len(account.arrivals) >= PER_HOUR:
        return False
    return room in account.awaited or any(_trusts(account, inviter))


def _trusts(account: Account, inviter: str) -> Iterator[bool]:
    yield any(fnmatchcase(inviter, pattern) for pattern in account.settings.invites)
    hall = account.rooms.get(account.settings.invites_from)
    yield hall is not None and inviter in hall.members


def _invitation(said: object, us: str) -> tuple[str, bool] | None:
    """Who invited us, and whether to a conversation of two."""
    if not isinstance(said, dict):
        return None
    for raw in items(child(said, "invite_state"), "events"):
        if isinstance(raw, dict) and raw.get("type") == "m.room.member" and raw.get("state_key") == us:
            inviter = user_id(raw.get("sender"))
            return (inviter, content_of(raw).get("is_direct") is True) if inviter else None
    return None


async def _join(account: Account, room: str, server: str) -> bool:
    try:
        await account.server.post(f"/join/{quote(room, safe='')}", None, {"server_name": server})
    except Refused as refused:
        if refused.retryable:
            raise
        log.warning("room %s could not be joined: %s", room, refused.code)
        return False
    return True
