"""Ander among people whose client shares nothing with it: matrix-js-sdk, with a cryptography of its own.

The other tests have nio on both sides, where a mistake that both make stays unseen. Runs where `make another-client`
has put that client; needs Node.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.config import CommunitySection
from bot.model import Status
from bot.ports import Store
from tests.matrix.homeserver import Account, Homeserver
from tests.matrix.living import Life

CLIENT = Path(__file__).parent / "another"
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (CLIENT / "node_modules").is_dir() or shutil.which("node") is None,
        reason="`make another-client` installs the client that this test speaks with",
    ),
]

QUESTION = "Weet iemand hoe ik de agenda van een collega kan openen?"
ANSWER = "Via Bestand, Openen, Agenda van andere gebruiker; daarna zoek je de naam."
BETTER = "Via Bestand, Openen, Andere agenda; daarna zoek je de naam."
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
Told = dict[str, Any]


class Other:
    """A person with the other client, in a process of its own."""

    def __init__(self, account: Account, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.account = account
        self._in, self._out = process.stdin, process.stdout
        self._told: list[Told] = []
        self._deeds = 0

    async def do(self, deed: str, **how: object) -> Told:
        """One of the deeds in member.mjs; returns what came of it."""
        self._deeds += 1
        self._in.write(json.dumps({"id": self._deeds, "deed": deed} | how).encode() + b"\n")
        done = await self.until(lambda told: told.get("done") == self._deeds)
        assert "failed" not in done, done["failed"]
        return done

    async def send(self, room: str, content: Told, type: str = "m.room.message") -> str:
        return str((await self.do("send", room=room, type=type, content=content))["event"])

    async def say(self, room: str, text: str, **more: object) -> str:
        return await self.send(room, {"msgtype": "m.text", "body": text} | more)

    async def receives(self, words: str, *, by: Account) -> Told:
        """Wait for a message with these words that it could open, and return it."""
        return await self.until(
            lambda told: told.get("sender") == by.user and told["opened"] and words in str(told["content"].get("body"))
        )

    async def until(self, is_it: Callable[[Told], bool]) -> Told:
        """The first thing told that is so."""
        async with asyncio.timeout(60):
            for at in range(1_000_000):
                while at >= len(self._told):
                    line = await self._out.readline()
                    assert line, "the other client ended"
                    self._told.append(json.loads(line))
                if is_it(self._told[at]):
                    return self._told[at]
        raise AssertionError


@asynccontextmanager
async def other(account: Account) -> AsyncIterator[Other]:
    """Somebody, once their client knows its rooms."""
    process = await asyncio.create_subprocess_exec(
        "node", str(CLIENT / "member.mjs"), account.server.url, account.user, account.device, account.token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=2**24,
    )  # fmt: skip
    try:
        made = Other(account, process)
        await made.until(lambda told: told.get("done") == 0)
        yield made
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def life(homeserver: Homeserver, store: Store, tmp_path: Path) -> AsyncIterator[Life]:
    made = Life(homeserver, tmp_path)
    await made.start(store, {"hulp": CommunitySection(name="Hulp", channels=("hulp",))})
    yield made
    await made.stop()


async def test_each_reads_what_the_other_encrypts(life: Life) -> None:
    async with other(await life.person("eva")) as eva, other(await life.person("bo")) as bo:
        room = await _encrypted_room(life, eva, bo)
        signed = (await eva.do("devices", user=life.ander.user))["signed"]
        assert list(signed.values()) == [True]

        asked = await eva.say(room, QUESTION)
        await life.until_item(room, asked)
        thread = {"rel_type": "m.thread", "event_id": asked}
        answer = await bo.say(room, ANSWER, **{"m.relates_to": thread})
        await life.until_item(room, asked, Status.ANSWERED)
        edit = {"m.new_content": {"msgtype": "m.text", "body": BETTER}}
        await bo.say(room, f"* {BETTER}", **edit, **{"m.relates_to": {"rel_type": "m.replace", "event_id": answer}})
        mark = {"rel_type": "m.annotation", "event_id": answer, "key": "✅"}
        await eva.send(room, {"m.relates_to": mark}, "m.reaction")
        await life.until_item(room, asked, Status.RESOLVED)
        given = await life.item(room, answer)
        assert given is not None
        assert (given.text, given.thread) == (BETTER, asked)

        await life.world.plane.catch_up()
        await bo.say(room, "!ander zoek agenda collega")
        found = await bo.receives(BETTER, by=life.ander)
        assert found["encrypted"]
        await bo.say(room, "!ander mijn gegevens")
        alone = await bo.until(lambda told: told.get("room", room) != room and told["sender"] == life.ander.user)
        assert alone["encrypted"]


async def _encrypted_room(life: Life, eva: Other, bo: Other) -> str:
    """Made by Eva's client, with Bo and Ander, whose notice both can open."""
    invited = [life.ander.user, bo.account.user]
    how = {"name": "hulp", "preset": "private_chat", "invite": invited, "initial_state": [ENCRYPTION]}
    room = str((await eva.do("create", how=how))["room"])
    await life.until_people(room, {eva.account.user, bo.account.user})
    await life.until_there(room)
    for one in (eva, bo):
        assert (await one.receives("from now on I read along here", by=life.ander))["encrypted"]
    return room
