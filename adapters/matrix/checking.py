"""What `ander check` looks at on Matrix. Changes nothing."""

from adapters.matrix import signing
from adapters.matrix.account import Account
from adapters.matrix.server import room_path
from adapters.untrusted import Raw, items, words
from bot.errors import TransportError
from bot.finding import Finding


async def check(account: Account) -> list[Finding]:
    """The account, its device, its rooms. Never raises TransportError: that is a finding too."""
    try:
        return [await _login(account), await _device(account), _waiting(account), *await _rooms(account)]
    except TransportError as failed:
        do = "Look whether the homeserver runs, and whether `homeserver` under [matrix] is its address."
        return [Finding(what="matrix", well=False, detail=str(failed), do=do if failed.retryable else "")]


async def _login(account: Account) -> Finding:
    who = await account.server.get("/account/whoami")
    return Finding(what="matrix login", well=True, detail=f"{words(who, 'user_id')}, device {words(who, 'device_id')}")


async def _device(account: Account) -> Finding:
    if await signing.is_signed(account.server, account.session):
        return Finding(what="matrix device", well=True, detail="signed: all clients may send it keys")
    return Finding(
        what="matrix device",
        well=False,
        detail="not signed: clients that trust signed devices only send it no keys, so it cannot read their messages",
        do="Run `ander matrix login` with MATRIX_PASSWORD set; if the account was used in another client before, "
        "reset its cross-signing there first.",
    )


def _waiting(account: Account) -> Finding:
    count = account.keys.count_waiting()
    if not count:
        return Finding(what="matrix keys", well=True, detail="no message waits for its key")
    return Finding(
        what="matrix keys",
        well=False,
        detail=f"{count} messages wait for their key",
        do="They are read as soon as it comes; see docs/matrix.md when their number grows.",
    )


async def _rooms(account: Account) -> list[Finding]:
    joined = [id for id in items(await account.server.get("/joined_rooms"), "joined_rooms") if isinstance(id, str)]
    moved = [found for id in joined if (found := await _successor(account, id, joined))]
    found = Finding(what="matrix rooms", well=bool(joined), detail=f"in {len(joined)}")
    if not joined:
        who = ", ".join(account.settings.invites) or "nobody: fill in `invites` under [matrix]"
        found = Finding(what="matrix rooms", well=False, detail="in none yet", do=f"Invite Ander. Who may: {who}.")
    return [found, *moved]


async def _successor(account: Account, room: str, joined: list[str]) -> Finding | None:
    try:
        tombstone: Raw = await account.server.get(room_path(room, "state", "m.room.tombstone", ""))
    except TransportError:
        return None
    successor = words(tombstone, "replacement_room", 255)
    if not successor or successor in joined:
        return None
    do = f"Invite {account.session.user} into {successor}."
    return Finding(
        what="matrix rooms", well=False, detail=f"{room} was replaced, and Ander is not in its successor", do=do
    )
