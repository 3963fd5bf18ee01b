"""`python -m bench.matrix_faults`: the real process over a real Synapse, killed again and again; what was lost?

Messages are written in a room in the clear and in an encrypted one, by a client that others wrote, and commands are
called, whose answers go out encrypted. Ander is killed with -9 at a random moment; now and then the homeserver is
killed too, or a proxy between them fails. At the end every message must be in the record, every command answered
once, and nothing left that could not be decrypted.
"""

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.matrix.keys import SEEN
from tests.matrix.homeserver import Homeserver
from tests.matrix.member import Member
from tests.matrix.process import Ander
from tests.matrix.proxy import Proxy

_PER_ROUND = 5
_CONNECTED = 0.8
"""Of the kills come after Ander is connected; the others while it starts."""
_console = Console(stderr=True, highlight=False)
_EVERY = 5
"""Rounds between two commands."""


@dataclass(slots=True)
class Town:
    """Everything around one Ander."""

    server: Homeserver
    proxy: Proxy
    ander: Ander
    eva: Member
    plain: str = ""
    closed: str = ""
    said: dict[str, list[str]] = field(default_factory=dict)
    commands: int = 0

    async def begin(self) -> None:
        """Two rooms in which the notice stands."""
        await self.ander.install()
        await self.ander.start()
        self.plain = await self.eva.account.create("open")
        encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        self.closed = await self.eva.account.create("gesloten", initial_state=[encryption])
        for room in (self.plain, self.closed):
            self.said[room] = []
            await self.eva.account.invite(room, self.ander.account.user)
            await self.ander.until(lambda room=room: self.ander.noticed(room))  # type: ignore[misc]
        await self.eva.sync()

    async def talk(self, number: int) -> None:
        """A few messages in each room, and now and then a command."""
        for one in range(_PER_ROUND):
            text = f"bericht {number}.{one} over iets dat niemand vraagt"
            self.said[self.plain].append(await self.eva.account.say(self.plain, text))
            self.said[self.closed].append(await self.eva.say(self.closed, text))
        if number % _EVERY == 0:
            await self.eva.say(self.closed, f"!ander search iets {number}")
            self.commands += 1
        await self.eva.sync()

    async def connected(self) -> None:
        """Ander asks the homeserver for something; it did not since it was started."""
        begun = self.proxy.seen
        for _ in range(600):
            if self.proxy.seen >= begun + 2:
                return
            await asyncio.sleep(0.1)

    async def restart_server(self) -> None:
        """Power off, power on."""
        self.server.kill()
        await self.server.start()

    def missing(self) -> int:
        """Messages that are not in the record."""
        return sum(len(set(ids) - set(self.ander.stored(room))) for room, ids in self.said.items())

    def closed_forever(self) -> int:
        """Messages that wait for a key."""
        with closing(sqlite3.connect(self.ander.folder / "data" / "matrix" / SEEN)) as seen:
            return int(seen.execute("SELECT count(*) FROM waiting").fetchone()[0])

    async def answers(self) -> Counter[str]:
        """How often each answer of Ander's was said, by its outbox id."""
        for _ in range(10):
            await self.eva.sync()
        said = (event["content"].get("org.ander.said", {}).get("id", "") for event in self.eva.read)
        return Counter(id for id in said if id)


def main() -> None:
    """Torment it and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.matrix_faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--restarts", type=int, default=10, help="of the homeserver, among them")
    parser.add_argument("--offline", type=int, default=5000, help="messages while Ander is off, at the end")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = asyncio.run(torment(Path(folder), given.kills, given.restarts, given.offline, given.seed))
    Console().print(table)


async def torment(folder: Path, kills: int, restarts: int, offline: int, seed: int) -> Table:
    """The whole of it; raises AssertionError when something was lost or doubled."""
    rng = random.Random(seed)
    server = Homeserver(folder / "synapse")
    await server.start()
    async with Proxy(server.url).running() as proxy:
        account = await server.register("ander")
        ander = Ander(account, proxy.url, folder)
        eva = Member(await server.register("eva"), folder / "eva")
        await eva.sync()
        town = Town(server, proxy, ander, eva)
        try:
            await town.begin()
            await _kill(town, kills, restarts, rng)
            seconds = await _catch_up(town, offline)
            return await _reckon(town, kills, restarts, offline, seconds)
        finally:
            await ander.end()
            await eva.close()
            server.kill()


async def _kill(town: Town, kills: int, restarts: int, rng: random.Random) -> None:
    begun = time.monotonic()
    powerless = set(rng.sample(range(kills), min(restarts, kills)))
    for number in range(kills):
        await town.talk(number)
        if number in powerless:
            await town.restart_server()
        elif number % 7 == 3:
            town.proxy.failing = rng.randint(1, 3)
        elif number % 7 == 5:
            town.proxy.losing = rng.randint(1, 2)
        if rng.random() < _CONNECTED:
            await town.connected()
        await asyncio.sleep(rng.uniform(0.0, 1.5))
        await town.ander.kill()
        await town.ander.start()
        if (number + 1) % 20 == 0:
            _console.print(f"{number + 1} of {kills} kills, {(time.monotonic() - begun) / 60:.1f} min")
    town.proxy.failing = town.proxy.losing = 0
    await town.ander.until(lambda: not town.missing() and not town.ander.unsent(), 300)


async def _catch_up(town: Town, offline: int) -> float:
    """Seconds from the start of the process until everything that was said meanwhile is in the record."""
    if not offline:
        return 0.0
    await town.ander.stop()
    for number in range(offline):
        if number % 10 == 0:
            town.said[town.closed].append(await town.eva.say(town.closed, f"ondertussen {number}"))
        else:
            town.said[town.plain].append(await town.eva.account.say(town.plain, f"ondertussen {number}"))
    before = time.monotonic()
    await town.ander.start()
    await town.ander.until(lambda: not town.missing(), 300)
    return time.monotonic() - before


async def _reckon(town: Town, kills: int, restarts: int, offline: int, seconds: float) -> Table:
    answers = await town.answers()
    doubled = sum(count - 1 for count in answers.values())
    answered = len(answers) - len(town.said)  # the notice in each room is one of them
    figures = {
        "kill -9 of the process": kills,
        "kill -9 of the homeserver": restarts,
        "messages written": sum(map(len, town.said.values())),
        "lost": town.missing(),
        "undecryptable": town.closed_forever(),
        "commands": town.commands,
        "answered": answered,
        "answered twice": doubled,
        f"catch-up of {offline} messages, s": round(seconds, 1),
    }
    table = Table("what", "figure", box=None, header_style="bold")
    for name, value in figures.items():
        table.add_row(name, str(value))
    assert town.missing() == town.closed_forever() == doubled == 0, figures
    assert answered == town.commands, (figures, town.ander.outbox())
    return table


if __name__ == "__main__":
    main()
