"""aiosqlite with one trip to the connection's thread per statement.

SQLAlchemy asks a driver for a cursor, has it execute, fetches all rows and closes it: four trips of some 50 µs each
with aiosqlite's own cursor. This one does all four in the first.
"""

import sqlite3
from collections.abc import Generator, Sequence
from typing import Any

import aiosqlite


class Cursor:
    """What SQLAlchemy's adapter expects of a cursor (`AsyncIODBAPICursor`), holding all its rows."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> "Cursor":
        """Run one statement and take all its rows."""
        await self._connection.trip(self._run, sqlite3.Cursor.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Any) -> "Cursor":
        """Run one statement for many rows."""
        await self._connection.trip(self._run, sqlite3.Cursor.executemany, sql, parameters)
        return self

    def _run(self, run: Any, sql: str, parameters: Any) -> None:
        cursor = self._connection.plain_cursor()
        try:
            run(cursor, sql, parameters)
            self.description, self.lastrowid = cursor.description, cursor.lastrowid
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount = cursor.rowcount
        finally:
            cursor.close()

    async def fetchall(self) -> Sequence[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """It is closed already."""


class Connection(aiosqlite.Connection):
    """aiosqlite's connection with the cursor above."""

    def cursor(self) -> Cursor:  # type: ignore[override] # used by SQLAlchemy only, which knows no more of it
        return Cursor(self)

    def alive(self) -> bool:
        """Whether it was not closed."""
        return self._connection is not None

    def plain_cursor(self) -> sqlite3.Cursor:
        """A cursor of the standard library; for the connection's own thread."""
        return self._conn.cursor()

    async def begin_reading(self) -> None:
        """One state from here on. SQLite takes it at the first read, so something is read."""
        await self.trip(self._begin_reading)

    def _begin_reading(self) -> None:
        self._conn.execute("BEGIN")
        self._conn.execute("SELECT version_num FROM alembic_version").fetchall()

    async def trip(self, work: Any, *args: Any) -> None:
        """Run `work` in the connection's thread."""
        await self._execute(work, *args)  # type: ignore[no-untyped-call] # aiosqlite gives it no types

    def __await__(self) -> Generator[Any, None, "Connection"]:
        self._thread.daemon = True  # an unclosed record must not keep a process that crashed from ending
        yield from super().__await__()
        return self


async def connect(uri: str, **settings: Any) -> Connection:
    """Open a file by its `file:` uri."""
    return await Connection(lambda: sqlite3.connect(uri, uri=True, **settings), iter_chunk_size=64)
