"""An export that was unpacked already, or a single file."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from adapters.archive.contract import Limits
from adapters.archive.files import check_name, check_sizes, is_junk, refuse
from bot.errors import InputError


class Folder:
    """The files below one folder; links are refused, since they could lead anywhere."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name = path.name
        self._path = path
        self.sizes: dict[str, int] = {}
        try:
            for name, size in _walk(path, path, limits):
                check_name(self.name, name, limits)
                self.sizes[name] = size
                if len(self.sizes) > limits.members:
                    break
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}. Check who may read it") from error
        check_sizes(self.name, self.sizes.items(), limits)

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return (self._path / name).open("rb")

    def close(self) -> None:
        """Nothing is held open."""


class SingleFile:
    """One file that is the whole archive."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name = path.name
        self._path = path
        self.sizes = {path.name: path.stat().st_size}
        check_sizes(self.name, self.sizes.items(), limits)

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        if name != self.name:
            raise KeyError(name)
        return self._path.open("rb")

    def close(self) -> None:
        """Nothing is held open."""


def _walk(root: Path, folder: Path, limits: Limits) -> Iterator[tuple[str, int]]:
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        if is_junk(name):
            continue
        if entry.is_symlink():
            raise refuse(root.name, f"{name[:80]!a} is a link to somewhere else")
        if entry.is_dir(follow_symlinks=False):
            check_name(root.name, name + "/", limits)
            yield from _walk(root, path, limits)
        elif entry.is_file(follow_symlinks=False):
            yield name, entry.stat(follow_symlinks=False).st_size
