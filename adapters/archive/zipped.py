"""A ZIP, judged by its table of contents before a byte of it is unpacked."""

import stat
import struct
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from adapters.archive.contract import Limits
from adapters.archive.files import check_name, check_sizes, is_junk, refuse
from bot.errors import HostileInput, InputError

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what exports use; LZMA may ask for gigabytes of memory
_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_BEFORE_END = 76  # bytes: the end of a large ZIP (56) and the pointer to it (20) stand before the end of any ZIP
_ENTRY = 250  # bytes that a line of the table of contents takes at most, on average


class Zipped:
    """The members of a ZIP that may be read."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name = path.name
        _check_table(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            ValueError,
            OverflowError,
            struct.error,
            EOFError,
        ) as error:
            raise _unreadable(path.name) from error
        try:
            self._members = _checked(self.name, self._zip.infolist(), limits)
        except InputError:
            self._zip.close()
            raise
        self.sizes = {name: info.file_size for name, info in self._members.items()}

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self._zip.open(self._members[name])

    def close(self) -> None:
        self._zip.close()


def _unreadable(archive: str) -> InputError:
    return InputError(
        f"{archive} is no readable ZIP file, or only part of one: its table of contents is missing or damaged. "
        "Download the export again"
    )


def _check_table(path: Path, limits: Limits) -> None:
    """Refuse a table of contents too large to hold in memory, before zipfile reads it whole."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < 22:
        raise _unreadable(path.name)
    count, table = struct.unpack_from("<HI", tail, end + 10)
    if end >= _BEFORE_END and tail.startswith(_END64, end - _BEFORE_END):
        count, table = struct.unpack_from("<QQ", tail, end - _BEFORE_END + 32)
    if count > limits.members or table > limits.members * _ENTRY:
        raise refuse(path.name, f"it holds more than {limits.members:,} files")


def _checked(archive: str, infos: list[zipfile.ZipInfo], limits: Limits) -> dict[str, zipfile.ZipInfo]:
    check_sizes(archive, ((info.filename, info.file_size) for info in infos), limits)
    size, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    _check_ratio(archive, "all of it", size, packed, limits)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_member(archive, info, limits)
        if info.filename in members:
            raise refuse(archive, f"it holds {info.filename[:80]!a} twice")
        members[info.filename] = info
    return {name: info for name, info in members.items() if not info.is_dir() and not is_junk(name)}


def _check_member(archive: str, info: zipfile.ZipInfo, limits: Limits) -> None:
    shown = ascii(info.filename[:80])
    check_name(archive, info.orig_filename, limits)
    check_name(archive, info.filename, limits)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refuse(archive, f"{shown} is a link to somewhere else")
    if info.flag_bits & 0x1:
        raise InputError(f"{archive} is locked with a password. Unpack it, then import the folder")
    if info.compress_type not in _METHODS:
        raise HostileInput(
            f"{archive} is refused: {shown} is packed in a way no export uses. "
            "Unpack it with a tool you trust, then import the folder"
        )
    _check_ratio(archive, shown, info.file_size, info.compress_size, limits)


def _check_ratio(archive: str, what: str, size: int, packed: int, limits: Limits) -> None:
    if size > limits.ratio_from and size > limits.ratio * packed:
        raise refuse(archive, f"{what} is packed more than {limits.ratio} times smaller, like a ZIP bomb")
