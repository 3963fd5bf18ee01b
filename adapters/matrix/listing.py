"""`ander matrix rooms`: where Ander is, as its homeserver has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from adapters.matrix.rooms import Room
from adapters.matrix.server import Server, room_path
from adapters.matrix.settings import MatrixSection
from adapters.matrix.state import Session
from adapters.untrusted import items
from bot.events import ChannelId, ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One room."""

    channel: ChannelId
    name: str
    kind: ChannelKind
    encrypted: bool
    members: int
    version: str
    successor: str | None


async def list_rooms(session: Session, settings: MatrixSection) -> list[Listed]:
    """The rooms that the account is in, by name. Raises TransportError."""
    async with Server(settings.homeserver, session.token) as server:
        joined = items(await server.get("/joined_rooms"), "joined_rooms")
        found = [await _room(server, id) for id in joined if isinstance(id, str)]
    return sorted(found, key=lambda one: (one.kind, one.name))


async def _room(server: Server, id: str) -> Listed:
    room = Room(id=id)
    for raw in await server.list(room_path(id, "state")):
        room.apply(raw)
    return Listed(
        channel=room.channel,
        name=room.title,
        kind=room.kind,
        encrypted=room.encrypted,
        members=len(room.members),
        version=room.version,
        successor=room.successor,
    )


def rooms_table(rows: Sequence[Listed]) -> Table:
    """For the terminal."""
    table = Table("room", "kind", "people", "id", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for row in rows:
        kind = f"{row.kind}{', encrypted' if row.encrypted else ''}{', replaced' if row.successor else ''}"
        table.add_row(escape(row.name), kind, str(row.members - 1), row.channel)
    return table
