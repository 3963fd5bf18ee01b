"""Opening the record: the file, its migrations, the key of its ledger of erasures."""

import asyncio
import hmac
import os
import secrets
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import StoreError
from storage import schema, sqlite
from storage.privacy import Ledger
from storage.store import Record

KEY_BYTES = 32


async def open_store(url: str, *, key: bytes | None = None) -> Record:
    """The record at `url` ("sqlite+aiosqlite:///folder/ander.db"), made or brought up to date where needed.

    `key` recognises people who asked to be forgotten; when None it is kept in a file beside the database, made the
    first time. Raises StoreError with a sentence saying what is wrong, where, and what to do.
    """
    path = path_of(url)
    await asyncio.to_thread(_prepare, path)
    secret = await asyncio.to_thread(_kept_key, path.with_name(f"{path.name}.key")) if key is None else key
    writer = sqlite.Writer(path)
    record = Record(path=path, writer=writer, readers=sqlite.engine(path, writes=False), ledger=Ledger(secret))
    try:
        await _check_key(record, secret)
    except BaseException:
        await record.close()
        raise
    return record


def path_of(url: str) -> Path:
    """The file of the record at `url`. Raises StoreError for what is none."""
    try:
        parsed = make_url(url)
    except ArgumentError as wrong:
        raise StoreError(f'"{url}" is not a database url; write one like "sqlite+aiosqlite:///ander.db".') from wrong
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f'Ander keeps its record in SQLite only, not yet in "{parsed.get_backend_name()}".')
    return _file(parsed)


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreError('The record must be a file: write a url like "sqlite+aiosqlite:///ander.db".')
    return Path(url.database)


def _prepare(path: Path) -> None:
    sqlite.prepare(path)
    revision = sqlite.peek(path)
    if revision != schema.REVISION:
        from storage import migrating  # Alembic holds 10 MB, and a record that is up to date needs nothing of it

        migrating.migrate(path, revision)


def _kept_key(path: Path) -> bytes:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    except OSError as wrong:
        raise StoreError(f"The key {path} of the ledger of erasures cannot be made: {wrong.strerror}.") from wrong
    with os.fdopen(file, "w") as out:
        key = secrets.token_bytes(KEY_BYTES)
        out.write(key.hex())
        out.flush()
        os.fsync(out.fileno())
    return key


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text())
    except (OSError, ValueError) as wrong:
        raise StoreError(f"The key {path} of the ledger of erasures cannot be read; put back your backup.") from wrong
    if len(key) != KEY_BYTES:
        raise StoreError(f"The key {path} of the ledger of erasures is damaged; put back your backup of it.")
    return key


async def _check_key(record: Record, key: bytes) -> None:
    """With another key nobody who was forgotten would be recognised any more."""
    mark = hmac.new(key, b"the ledger of erasures", "sha256").hexdigest()
    async with record.transaction() as tx:
        if not await tx.keep_mark(mark):
            raise StoreError(
                "The record knows people who asked to be forgotten, but not by this key: put back the key file that "
                "belongs to it, or the key it was opened with before."
            )
