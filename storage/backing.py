"""A copy of the record while it is in use."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import StoreError
from storage.opening import path_of


async def back_up(url: str, folder: Path) -> list[Path]:
    """Copy the record at `url`, and the key of its ledger of erasures, into a folder; returns the files. What is
    committed by now is in the copy, whole. Raises StoreError."""
    return await asyncio.to_thread(_back_up, path_of(url), folder)


def _back_up(record: Path, folder: Path) -> list[Path]:
    key = record.with_name(f"{record.name}.key")
    if not record.exists():
        raise StoreError(f"There is no record at {record} yet, so there is nothing to back up.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [_copy_record(record, folder / record.name), _copy_key(key, folder / key.name)]
    except (OSError, sqlite3.Error) as wrong:
        raise StoreError(f"The record {record} could not be copied to {folder}: {wrong}.") from wrong


def _copy_record(record: Path, copy: Path) -> Path:
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(record)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _copy_key(key: Path, copy: Path) -> Path:
    shutil.copyfile(key, copy)
    copy.chmod(0o600)
    return copy
