"""Whose export is it? Told by what the files are called and how they begin, never by the archive's own name."""

import os
import zipfile
from pathlib import Path

from adapters.archive.contract import Archive, Limits
from adapters.archive.files import Files
from adapters.archive.folder import Folder, SingleFile
from adapters.archive.matrix_archive import MatrixArchive, room_file
from adapters.archive.slack_archive import SlackArchive, root_of
from adapters.archive.zipped import Zipped
from bot.errors import InputError

_EXPECTED = (
    "Ander imports a Slack export (the ZIP, or the folder it unpacks to) and an Element export in the JSON format"
)


def recognise(path: Path, limits: Limits) -> Archive:
    """See `open_archive`."""
    try:
        files = _files(path, limits)
    except OSError as error:
        what = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"{path} cannot be read: {what}. Check the name and who may read it") from error
    try:
        return _archive(files, limits)
    except InputError:
        files.close()
        raise


def _archive(files: Files, limits: Limits) -> Archive:
    if (root := root_of(files)) is not None:
        return SlackArchive(files, root, limits)
    if (name := room_file(files, limits)) is not None:
        return MatrixArchive(files, name, limits)
    raise InputError(f"{files.name} is no export that Ander knows. {_EXPECTED}")


def _files(path: Path, limits: Limits) -> Files:
    if path.is_dir():
        return Folder(path.resolve(), limits)
    if not path.exists():
        raise InputError(f"{path} does not exist. {_EXPECTED}")
    if not path.is_file():
        raise InputError(f"{path} is neither a file nor a folder. {_EXPECTED}")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty. Download the export again")
    return Zipped(path, limits) if _looks_zipped(path) else SingleFile(path, limits)


def _looks_zipped(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(4)
    return start[:2] == b"PK" or path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)
