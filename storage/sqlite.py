"""Everything that only SQLite does: opening the file, its settings, the writer's statements, wiping, errors.

WAL with synchronous=FULL (a commit is on disk when it returns), BEGIN IMMEDIATE on one connection that writes, and
connections that cannot write for everybody who reads. Foreign keys: there are none (see schema.py).
"""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreBusy, StoreError, StoreFull, StoreRefused
from storage import sqlite_driver
from storage.sqlite_driver import Connection

BUSY_MS = 5000
READERS = 4
STATEMENTS = 64
"""Kept ready by each connection. A list of values makes another statement for every length: with 512 an import of
150,000 messages held 70 MB more, and was no faster."""
HEADER = b"SQLite format 3\x00"

WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",  # what is sorted must not pass through files of its own
    "PRAGMA cache_size=-8000",
    "PRAGMA wal_autocheckpoint=4000",
    f"PRAGMA busy_timeout={BUSY_MS}",
)
READER = (
    "PRAGMA query_only=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-2000",
    f"PRAGMA busy_timeout={BUSY_MS}",
)

FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
"""IOERR_WRITE is what a quota or a limit on the size of files looks like."""


# ── what went wrong ───────────────────────────────────────────────────────────────────────────────────────────────


def explain(wrong: BaseException, path: Path) -> StoreError:
    """SQLite's error as a sentence: what, where, and what to do. Never the statement or its values."""
    cause = wrong.orig if isinstance(wrong, DBAPIError) else wrong
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return StoreError(f"The record {path} could not be used ({type(cause).__name__}).")
    return _explain_code(code, path)


def _explain_code(code: int, path: Path) -> StoreError:
    if code in FULL:
        return StoreFull(f"There is no room to write {path}; nothing was stored. Make room on its disk.")
    kind = code & 0xFF
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"Another process holds {path}; nothing was stored. Try again, or stop the other one.")
    if kind in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG):
        return StoreRefused(f"What was handed in breaks a rule of the record {path}; nothing was stored.")
    name = _NAMES.get(code) or _NAMES.get(kind, str(code))
    return StoreError(
        _SENTENCES.get(kind, "The record {path} could not be used ({name}).").format(path=path, name=name)
    )


_SENTENCES = {
    sqlite3.SQLITE_IOERR: "The disk failed under {path} ({name}); nothing was stored. Check the disk and its cables.",
    sqlite3.SQLITE_CORRUPT: "The record {path} is damaged. Stop Ander and put a backup in its place.",
    sqlite3.SQLITE_NOTADB: "{path} is not a database of Ander. Name another file in store.url.",
    sqlite3.SQLITE_READONLY: "The record {path} may only be read here; nothing was stored. "
    "Give this user the right to write the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "The record {path} cannot be opened. Check that its folder exists and is writable.",
    sqlite3.SQLITE_PERM: "The record {path} may not be opened by this user. Check its permissions.",
}
_NAMES = {
    value: name
    for name, value in vars(sqlite3).items()
    if name.startswith("SQLITE_") and isinstance(value, int) and name.split("_")[1] in ("IOERR", "ERROR", "MISUSE")
}


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare(path: Path) -> None:
    """Make the folder and the file, for this user alone. Raises StoreError when that cannot be done, or when there
    is something else than a database."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _close_to_others(path)
        with path.open("rb") as file:
            head = file.read(len(HEADER))
    except OSError as wrong:
        raise StoreError(_cannot_open(path, wrong)) from wrong
    if head and head != HEADER:
        raise _explain_code(sqlite3.SQLITE_NOTADB, path)


def _close_to_others(path: Path) -> None:
    for file in files(path):
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def files(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps for one database."""
    return (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))


def _cannot_open(path: Path, wrong: OSError) -> str:
    reason = wrong.strerror or type(wrong).__name__
    return f"The record {path} cannot be opened: {reason}. Check store.url and the permissions of its folder."


def peek(path: Path) -> str | None:
    """The revision that the record is at, None for an empty one. Raises StoreError for a file that is damaged or no
    record of Ander."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as conn:
            tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and "alembic_version" not in tables:
                raise _explain_code(sqlite3.SQLITE_NOTADB, path)
            row = conn.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    except sqlite3.Error as wrong:
        raise explain(wrong, path) from wrong
    return None if row is None else str(row[0])


# ── connections ───────────────────────────────────────────────────────────────────────────────────────────────────


def engine(path: Path, *, writes: bool) -> AsyncEngine:
    """Connections to the file: one that writes, or a few that cannot."""
    uri = f"file:{quote(str(path.absolute()))}?mode={'rw' if writes else 'ro'}"

    async def connect() -> Connection:
        return await sqlite_driver.connect(
            uri, isolation_level=None, timeout=BUSY_MS / 1000, cached_statements=STATEMENTS
        )

    made = create_async_engine(
        "sqlite+aiosqlite://",
        async_creator=connect,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1 if writes else READERS,
        max_overflow=0 if writes else READERS,
        pool_use_lifo=True,  # the one used last knows most, and those that nobody needs stay small
        hide_parameters=True,
    )
    pragmas = WRITER if writes else READER
    event.listen(made.sync_engine, "connect", lambda connection, _record: _set_up(connection, pragmas))
    return made


def _set_up(connection: Any, pragmas: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


async def begin_reading(conn: AsyncConnection) -> None:
    """Open a connection that reads one state from here on. Raises sqlite3.Error or SQLAlchemyError."""
    await conn.start()
    await (await _driver(conn)).begin_reading()


async def _driver(conn: AsyncConnection) -> Connection:
    driver = (await conn.get_raw_connection()).driver_connection
    assert isinstance(driver, Connection)  # noqa: S101 # the one that `engine` makes
    return driver


class Writer:
    """The connection that writes (a `turns.Line`). Its own statements go straight to the driver: going round the
    expression language saves three of four trips to the connection's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = engine(path, writes=True)
        self._conn: AsyncConnection | None = None
        self._raw: Connection | None = None

    @property
    def conn(self) -> AsyncConnection:
        """Where the transaction whose turn it is does its work."""
        if self._conn is None:
            raise StoreError(f"The record {self._path} is not open.")
        return self._conn

    async def begin(self) -> None:
        await self._connect()
        await self._say("BEGIN IMMEDIATE")

    async def save(self) -> None:
        await self._say("SAVEPOINT seat")

    async def back(self) -> None:
        await self._say("ROLLBACK TO seat")

    async def commit(self) -> None:
        await self._say("COMMIT")

    async def rollback(self) -> None:
        """A connection that cannot even undo is replaced by a new one, at the next `begin`."""
        try:
            if self.under_way():
                await self._say("ROLLBACK")
        except StoreError:
            await self._disconnect()
        else:
            if self._raw is None or not self._raw.alive():
                await self._disconnect()

    def under_way(self) -> bool:
        return self._raw is not None and self._raw.alive() and self._raw.in_transaction

    async def wipe(self) -> None:
        """Leave no byte of what was deleted: see `Store.scrub`. Raises StoreBusy while somebody reads on."""
        await self._connect()
        await self._say("VACUUM")
        rows = await self._ask("PRAGMA wal_checkpoint(TRUNCATE)")
        if rows[0][0]:
            raise StoreBusy(f"Somebody is still reading {self._path}; what was deleted is not wiped yet. Try again.")

    async def close(self) -> None:
        await self._disconnect()
        await self._engine.dispose()

    async def _connect(self) -> None:
        if self._conn is not None:
            return
        try:
            self._conn = await self._engine.connect()
            self._raw = await _driver(self._conn)
        except SQLAlchemyError as wrong:
            raise explain(wrong, self._path) from wrong

    async def _disconnect(self) -> None:
        conn, self._conn, self._raw = self._conn, None, None
        if conn is not None:
            with contextlib.suppress(SQLAlchemyError, sqlite3.Error, ValueError):
                await conn.invalidate()
                await conn.close()

    async def _say(self, statement: str) -> None:
        await self._ask(statement)

    async def _ask(self, statement: str) -> list[Any]:
        if self._raw is None:
            raise StoreError(f"The record {self._path} is not open.")
        try:
            cursor = await self._raw.cursor().execute(statement)
            return list(await cursor.fetchall())
        except (sqlite3.Error, ValueError) as wrong:  # ValueError: the connection is gone
            raise explain(wrong, self._path) from wrong
