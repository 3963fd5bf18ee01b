"""`ander run` as a process of its own, connected to the fake Slack, to be stopped in every way there is."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.slack.fake import Slack
from tests.slack.fake.delivering import NotTaken
from tests.slack.tally import caught_up, noticed, stored, waiting

CONFIG = """
data = "{data}"

[slack]

[embedding]
model = "lexical"

[log]
level = "warning"
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port: int = line.getsockname()[1]
        return port


class Ander:
    """One installation: its folder outlives its processes. `log` is what the processes wrote to standard error. It
    hears through a socket or over HTTP, as the fake's app is set."""

    def __init__(self, slack: Slack, folder: Path, *, config: str = CONFIG) -> None:
        self.slack, self.folder = slack, folder
        self.record = folder / "data" / "ander.db"
        self.log = folder / "ander.log"
        self._file = folder / "ander.toml"
        if not slack.state.app.socket_mode:
            port = _free_port()
            slack.state.app.request_url = f"http://127.0.0.1:{port}/slack/events"
            config = config.replace("[slack]", f'[slack]\nmode = "http"\nport = {port}')
        self._file.write_text(config.format(data=folder / "data"))
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0
        self.began = datetime.now(UTC)

    @property
    def env(self) -> dict[str, str]:
        """What a process of it is told."""
        return {
            **os.environ,
            "SLACK_API_URL": self.slack.url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_SIGNING_SECRET": self.slack.state.app.signing_secret,
        }

    async def start(self, seconds: float = 120.0) -> None:
        """Start a process and wait until Slack can reach it."""
        self.began, opened = datetime.now(UTC), self.slack.sockets.opened
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "--config", str(self._file), "run", env=self.env, stderr=log
            )
        self.starts += 1
        try:
            if self.slack.state.app.socket_mode:
                await self.slack.until(lambda: self.slack.sockets.opened > opened, seconds)
            else:
                await self._answers(seconds)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"it did not connect:\n{self.log.read_text()[-3000:]}") from None

    async def _answers(self, seconds: float) -> None:
        for _ in range(int(seconds * 5)):
            with suppress(NotTaken):
                if await self.slack.http.verify_url():
                    return
            await asyncio.sleep(0.2)
        raise TimeoutError

    def cpu(self) -> float:
        """Seconds of processor time that the process has used."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self, seconds: float = 30.0) -> int:
        """SIGTERM; returns the exit code."""
        return await asyncio.wait_for(self._end(signal.SIGTERM), seconds)

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        if process.returncode is None:
            process.send_signal(how)
        return await process.wait()

    async def listens(self, *channels: str, seconds: float = 60.0) -> None:
        """Wait until the notice stands in these channels and the record knows it."""
        await self._until(lambda: set(channels) <= noticed(self.record), seconds, "listens")

    async def quiet(self, places: set[tuple[str, str]], seconds: float = 60.0) -> bool:
        """Wait until these messages are in the record, everything was looked up that happened before the last start,
        and nothing waits to be sent; whether that came about."""

        def holds() -> bool:
            looked = caught_up(self.record, self.slack.home.id)
            caught = looked is not None and looked >= self.began
            return caught and places <= stored(self.record) and not waiting(self.record)

        try:
            await self._until(holds, seconds, "quiet")
        except AssertionError:
            return False
        return True

    async def _until(self, holds: object, seconds: float, what: str) -> None:
        assert callable(holds)
        for _ in range(max(1, int(seconds * 2))):
            if holds():
                return
            await asyncio.sleep(0.5)
        raise AssertionError(f"not {what} after {seconds} s:\n{self.log.read_text()[-3000:]}")
