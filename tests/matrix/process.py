"""`ander run` as a process of its own, connected to the homeserver, to be stopped in every way there is."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from adapters.matrix.login import login
from adapters.matrix.settings import MatrixSection
from tests.matrix.homeserver import NAME, PASSWORD, Account

CONFIG = """
data = "{folder}/data"

[matrix]
homeserver = "{url}"
user = "{user}"
invites = ["@*:{server}"]

[embedding]
model = "lexical"

[log]
level = "warning"
"""


class Ander:
    """One installation: its folder outlives its processes. `log` is what they wrote to standard error."""

    def __init__(self, account: Account, url: str, folder: Path) -> None:
        self.account, self.folder = account, folder
        self.record = folder / "data" / "ander.db"
        self.log = folder / "ander.log"
        self.starts = 0
        self._url = url
        self._file = folder / "ander.toml"
        self._process: asyncio.subprocess.Process | None = None

    def configure(self) -> None:
        """Only the configuration."""
        values = {"folder": self.folder, "url": self._url, "user": self.account.user, "server": NAME}
        self._file.write_text(CONFIG.format(**values), encoding="utf-8")

    async def install(self) -> None:
        """The configuration, and a device on the homeserver."""
        self.configure()
        settings = MatrixSection(homeserver=self._url, user=self.account.user)
        await login(settings, settings.state_folder(self.folder / "data"), password=PASSWORD, token=None)

    async def start(self) -> None:
        """Start a process; it is not yet ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self.command("run"), stderr=log)
        self.starts += 1

    def command(self, *arguments: str) -> tuple[str, ...]:
        """How to run `ander` on this installation."""
        return (sys.executable, "-m", "bot", "--config", str(self._file), *arguments)

    async def run(self, *arguments: str, **env: str) -> tuple[int, str]:
        """Run a command to its end; returns its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **env},
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return await asyncio.wait_for(self._end(signal.SIGTERM), 40)

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        return await process.wait()

    async def end(self) -> None:
        """Nothing is left running."""
        await self.kill()

    # ── the record, read from outside ─────────────────────────────────────────────────────────────────────────────

    def ask(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of the record; none while there is no record yet."""
        if not self.record.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.record}?mode=ro", uri=True, timeout=10)) as record:
            try:
                return list(record.execute(question, values))
            except sqlite3.OperationalError:
                return []  # the tables are being made

    def stored(self, room: str) -> list[str]:
        """The messages of a room that the record holds."""
        rows = self.ask("SELECT id FROM messages WHERE channel = ? ORDER BY at", f"matrix:{room}")
        return [str(row[0]) for row in rows]

    def noticed(self, room: str) -> bool:
        """Whether the notice stands in a room."""
        return bool(self.ask("SELECT 1 FROM channels WHERE id = ? AND noticed_at IS NOT NULL", f"matrix:{room}"))

    def unsent(self) -> int:
        """How much lies in the outbox, still to be sent."""
        rows = self.ask("SELECT count(*) FROM outbox WHERE state IN ('new', 'sending')")
        return int(str(rows[0][0])) if rows else 0

    def outbox(self) -> dict[str, int]:
        """How many messages are in which state."""
        rows = self.ask("SELECT state, count(*) FROM outbox GROUP BY state")
        return {str(state): int(str(count)) for state, count in rows}

    async def until(self, true: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for something about the record to become true; fails with the end of the log."""

        for _ in range(int(seconds * 4)):
            if true():
                return
            await asyncio.sleep(0.25)
        raise AssertionError(f"it did not come about:\n{self.log.read_text()[-3000:]}")
