"""A copy of Ander's device on Matrix while it is in use: its token, its keys, and what was seen."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.matrix.keys import KEYS, SEEN
from adapters.matrix.state import SESSION, open_folder
from bot.errors import InputError


async def back_up(state: Path, folder: Path) -> list[Path]:
    """Copy the state folder into `folder`; returns the files, none when nobody logged in. Raises InputError."""
    return await asyncio.to_thread(_back_up, state, folder)


def _back_up(state: Path, folder: Path) -> list[Path]:
    try:
        if not (state / SESSION).exists():
            return []
        open_folder(folder)
        made = [folder / name for name in (SESSION, KEYS, SEEN) if (state / name).exists()]
        for copy in made:
            _copy(state / copy.name, copy)
    except (OSError, sqlite3.Error) as wrong:
        raise InputError(f"{state} could not be copied to {folder}: {wrong}. Choose another folder.") from wrong
    return made


def _copy(source: Path, copy: Path) -> None:
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    if source.suffix != ".db":
        shutil.copyfile(source, copy)
        return
    with closing(sqlite3.connect(source)) as used, closing(sqlite3.connect(copy)) as target:
        used.backup(target)
