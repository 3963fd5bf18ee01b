"""The folder that holds what Ander is on Matrix: its device, token and keys. Closed to everybody else."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.errors import ConfigError

SESSION = "session.json"


class Running(ConfigError):
    """Another process uses the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who Ander is on its homeserver. `pickle_key` locks the store of keys beside it; `seeds` are those of the
    cross-signing keys, by usage, once they were made."""

    homeserver: str
    user: str
    device: str
    token: str
    pickle_key: str
    seeds: dict[str, str]


def new_pickle_key() -> str:
    """For a new store."""
    return secrets.token_urlsafe(32)


def open_folder(folder: Path) -> Path:
    """The folder, made and closed to others; so is the one around it, where that is new."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Only one process at a time may use the keys: two would say different things with the same ones. Raises
    Running when there is another."""
    lock = os.open(open_folder(folder) / "running", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(lock, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise Running(f"Another Ander is running with the keys in {folder}. Stop that one first.") from taken
        yield


def save_session(folder: Path, session: Session) -> None:
    """Write it whole or not at all; nobody else may read it."""
    path = open_folder(folder) / SESSION
    aside = path.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(session), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def load_session(folder: Path) -> Session | None:
    """What `save_session` wrote; None when nobody logged in yet. Raises ConfigError when it is damaged."""
    path = folder / SESSION
    try:
        return Session(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as damaged:
        raise ConfigError(
            f"{path} cannot be used ({type(damaged).__name__}). Put back a backup of {folder}, or move it away and "
            "log in again with `ander matrix login`."
        ) from damaged
