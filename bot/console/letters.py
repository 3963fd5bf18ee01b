"""`ander letters`: what could not be taken in or sent, by reference only, and trying it again."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from bot.outgoing import SendState
from bot.ports import Transaction
from bot.world import World

STUCK = (SendState.DEAD, SendState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One event or message that needs a person. `way`: "in" or "out"; `state`: "dead", or "unknown" when nobody knows
    whether it was sent."""

    way: str
    id: str
    what: str
    state: str
    ts: float


async def letters(tx: Transaction) -> list[Letter]:
    """Everything that is stuck: never a word of what was said."""
    came = [
        Letter(way="in", id=one.event, what=one.error, state="dead", ts=one.at.timestamp())
        for one in await tx.dead_events()
    ]
    went = [
        Letter(way="out", id=one.id, what=one.purpose, state=state, ts=one.due_at.timestamp())
        for state in STUCK
        for one in await tx.out(state, 1000)
    ]
    return came + went


async def try_again(world: World) -> int:
    """Messages that were given up are sent again, and events that failed are heard when they come again (from the
    platform, or by importing). What may have been sent already stays as it is: nobody should get it twice. Returns
    how many get another chance."""
    async with world.store.transaction() as tx:
        events = await tx.dead_events()
        for one in events:
            await tx.revive(one.event)
        given_up = await tx.out(SendState.DEAD, 1000)
        for out in given_up:
            await tx.settle_out(out.id, SendState.NEW, world.clock(), retry_at=world.clock())
    return len(events) + len(given_up)


def table(rows: Sequence[Letter]) -> Table:
    """For the terminal."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("way", "state", "what", "id"):
        made.add_column(name)
    for one in rows:
        made.add_row(one.way, one.state, escape(one.what), escape(one.id))
    return made
