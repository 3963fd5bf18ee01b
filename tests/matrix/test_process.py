"""The real `ander` over a real homeserver: installed by its commands, killed, stopped, backed up and put back."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.matrix.homeserver import PASSWORD, Account, Homeserver
from tests.matrix.process import Ander

pytestmark = pytest.mark.timeout(300)
_numbers = iter(range(1, 1000))


@pytest.fixture
async def ander(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[Ander]:
    account = await homeserver.register(f"process{next(_numbers)}")
    made = Ander(account, homeserver.url, tmp_path)
    yield made
    await made.end()


async def _eva(homeserver: Homeserver) -> Account:
    return await homeserver.register(f"writer{next(_numbers)}")


async def test_kills_lose_nothing_and_double_nothing(ander: Ander, homeserver: Homeserver) -> None:
    eva = await _eva(homeserver)
    await ander.install()
    await ander.start()
    room = await eva.create("help")
    await eva.invite(room, ander.account.user)
    await ander.until(lambda: ander.noticed(room))
    said = []
    for round_ in range(3):
        for number in range(20):
            said.append(await eva.say(room, f"bericht {round_}.{number}"))
            if number == 10 * (round_ % 2):
                await ander.kill()
        await ander.start()
    await ander.until(lambda: len(ander.stored(room)) >= len(said))
    assert ander.stored(room) == said
    assert await ander.stop() == 0
    notices = [one for one in await eva.timeline(room) if one["sender"] == ander.account.user]
    assert [one["type"] for one in notices] == ["m.room.member", "m.room.message"]
    assert ander.outbox() == {"sent": 1}


async def test_an_administrator_installs_looks_and_backs_up(ander: Ander, homeserver: Homeserver) -> None:
    eva = await _eva(homeserver)
    ander.configure()
    code, said = await ander.run("matrix", "rooms")
    assert (code, "ander matrix login" in said) == (2, True)
    code, said = await ander.run("matrix", "login")
    assert (code, "MATRIX_PASSWORD" in said) == (2, True)
    code, said = await ander.run("matrix", "login", MATRIX_PASSWORD="wrong")
    assert (code, "does not let" in said) == (2, True)
    code, said = await ander.run("matrix", "login", MATRIX_PASSWORD=PASSWORD)
    assert (code, "is logged in" in said, "could not be signed" in said) == (0, True, False)
    await ander.start()
    room = await eva.create("help")
    await eva.invite(room, ander.account.user)
    await ander.until(lambda: ander.noticed(room))
    code, said = await ander.run("matrix", "rooms", "--json")
    (listed,) = json.loads(said)
    assert (listed["channel"], listed["name"], listed["members"]) == (f"matrix:{room}", "help", 2)
    code, said = await ander.run("check")
    assert (code, "✗" in said) == (0, False), said
    code, said = await ander.run("backup", str(ander.folder / "copy"))
    assert code == 0, said
    assert await ander.stop() == 0
    for path in ander.folder.rglob("*"):
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes(), path
        if "copy" in path.parts or "matrix" in path.parts:
            assert path.stat().st_mode & 0o077 == 0, path
    await _put_back(ander, eva, room)


async def _put_back(ander: Ander, eva: Account, room: str) -> None:
    """The machine is lost; from the backup it goes on as if nothing had happened."""
    data, copy = ander.folder / "data", ander.folder / "copy"
    shutil.rmtree(data)
    missed = await eva.say(room, "terwijl de schijf stuk was")
    shutil.copytree(copy, data)
    await ander.start()
    await ander.until(lambda: missed in ander.stored(room))


async def test_a_token_will_do_and_another_account_will_not(ander: Ander, homeserver: Homeserver) -> None:
    ander.configure()
    other = await _eva(homeserver)
    code, said = await ander.run("matrix", "login", MATRIX_ACCESS_TOKEN=other.token)
    assert (code, "belongs to" in said) == (2, True)
    code, said = await ander.run("matrix", "login", MATRIX_ACCESS_TOKEN="nonsense")
    assert (code, "does not accept the token" in said) == (2, True)
    code, said = await ander.run("matrix", "login", MATRIX_ACCESS_TOKEN=ander.account.token)
    assert (code, "is logged in" in said) == (0, True)
