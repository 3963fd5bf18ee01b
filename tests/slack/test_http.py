"""Slack over HTTP: our own server, and all of Ander under somebody else's."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette

from adapters.slack.client import Slack as Chat
from adapters.slack.http import LARGEST, serving
from adapters.slack.settings import SlackSection
from bot.errors import ConfigError
from bot.events import Event, MessagePosted
from tests.core.fakes import Clock, Ear
from tests.slack.fake import AppSettings, Channel, Slack, User
from tests.slack.living import HTTP, chat_on
from tests.slack.moments import NOW
from tests.slack.tally import noticed, stored

CONFIG = """
data = "{data}"

[slack]
mode = "http"

[embedding]
model = "lexical"
"""


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """One that speaks over HTTP."""
    async with Slack(clock=Clock(NOW), app=AppSettings(socket_mode=False)) as running:
        yield running


@asynccontextmanager
async def heard(slack: Slack, ear: Ear) -> AsyncIterator[tuple[Chat, "asyncio.Task[None]"]]:
    """Ander's ear behind its own server."""
    chat = chat_on(slack, Clock(NOW), HTTP)
    running = asyncio.create_task(chat.run(ear))
    await asyncio.wait_for(chat.listening.wait(), 10)
    slack.state.app.request_url = f"http://127.0.0.1:{chat.port}/slack/events"
    try:
        yield chat, running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_slack_verifies_the_address(slack: Slack) -> None:
    async with heard(slack, Ear()):
        assert await slack.http.verify_url()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/slack/events", b"x" * (LARGEST + 1), 413),
        ("POST", "/slack/events", b"\xff\xfe", 400),
        ("POST", "/slack/events", b"{}", 401),
        ("GET", "/slack/events", b"", 405),
        ("GET", "/slack/install", b"", 404),
        ("GET", "/health", b"", 200),
    ],
)
async def test_what_is_not_slacks_is_turned_away(
    slack: Slack, method: str, path: str, body: bytes, status: int
) -> None:
    ear = Ear()
    async with heard(slack, ear) as (chat, _), aiohttp.ClientSession() as session:
        answer = await session.request(method, f"http://127.0.0.1:{chat.port}{path}", data=BytesIO(body))
        assert answer.status == status
    assert not [one for one in ear.heard if isinstance(one, MessagePosted)]


async def test_what_is_under_way_at_the_end_is_answered(slack: Slack, help: Channel, eva: User) -> None:
    came, gate = asyncio.Event(), asyncio.Event()

    class Slow(Ear):
        async def listen(self, events: Sequence[Event]) -> None:
            if any(isinstance(one, MessagePosted) for one in events):
                came.set()
                await gate.wait()
            await super().listen(events)

    ear = Slow()
    async with heard(slack, ear) as (_, running):
        await slack.says(eva, help, "Just before the end?")
        await asyncio.wait_for(came.wait(), 10)
        running.cancel()
        asyncio.get_running_loop().call_later(0.3, gate.set)
        await asyncio.gather(running, return_exceptions=True)
    await slack.settled()
    assert [one.text for one in ear.heard if isinstance(one, MessagePosted)] == ["Just before the end?"]
    assert not slack.deliveries.lost


async def test_a_port_that_is_taken_is_told(slack: Slack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        chat = chat_on(slack, Clock(NOW), SlackSection(mode="http", port=port))
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
            await asyncio.wait_for(chat.run(Ear()), 10)


@pytest.mark.parametrize("turns", [1, 2, 20])
async def test_the_port_is_free_again_however_abruptly_it_ends(turns: int) -> None:
    ports: list[int] = []

    async def hold() -> None:
        async with serving(Starlette(), "127.0.0.1", 0) as port:
            ports.append(port)
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    for _ in range(2):  # who hears no twice does not wait for the end
        for _ in range(turns):
            await asyncio.sleep(0)
        holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    socket.create_server(("127.0.0.1", ports[0])).close()


async def test_before_anybody_listens_slack_is_asked_to_come_again(slack: Slack) -> None:
    chat = chat_on(slack, Clock(NOW), HTTP)
    async with serving(chat.application(), "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        assert (await session.post(f"http://127.0.0.1:{port}/slack/events", data=b"{}")).status == 503


async def test_all_of_ander_runs_under_another_server(tmp_path: Path) -> None:
    async with Slack(app=AppSettings(socket_mode=False)) as slack:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        record, log = tmp_path / "data" / "ander.db", tmp_path / "log"
        process = await _uvicorn(slack, tmp_path, log)
        try:
            await slack.until(lambda: slack.from_app(help), 60)
            await _until(lambda: help.id in noticed(record))
            said = await slack.says(eva, help, "Who is behind this server?")
            await _until(lambda: (help.id, said.ts) in stored(record))
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 30)
        assert "Finished server process" in log.read_text()
        assert "Traceback" not in log.read_text()


async def test_another_server_ends_with_ander_and_says_why(tmp_path: Path) -> None:
    async with Slack(app=AppSettings(socket_mode=False)) as slack:
        slack.bot_token = "xoxb-of-old"
        log = tmp_path / "log"
        process = await _uvicorn(slack, tmp_path, log)
        await asyncio.wait_for(process.wait(), 60)
        assert "Ander ended: Slack refused auth.test: invalid_auth" in log.read_text()
        assert "Traceback" not in log.read_text()


async def _uvicorn(slack: Slack, folder: Path, log: Path) -> asyncio.subprocess.Process:
    (folder / "ander.toml").write_text(CONFIG.format(data=folder / "data"))
    env = {
        **os.environ,
        "ANDER_CONFIG": str(folder / "ander.toml"),
        "SLACK_API_URL": slack.url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.state.app.signing_secret,
    }
    with socket.create_server(("127.0.0.1", 0)) as line, log.open("ab") as errors:
        number = line.fileno()
        slack.state.app.request_url = f"http://127.0.0.1:{line.getsockname()[1]}/slack/events"
        command = [sys.executable, "-m", "uvicorn", "--factory", "bot.__main__:asgi", "--fd", str(number)]
        return await asyncio.create_subprocess_exec(*command, env=env, stderr=errors, pass_fds=[number])


async def _until(holds: Callable[[], object]) -> None:
    for _ in range(300):
        if holds():
            return
        await asyncio.sleep(0.2)
    raise AssertionError("it does not come about")
