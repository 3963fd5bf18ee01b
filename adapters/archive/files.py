"""The files of an archive, wherever they lie: names are checked before anything is opened."""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import IO, Protocol

from adapters.archive.contract import Limits
from bot.errors import HostileInput


class Files(Protocol):
    """A ZIP, a folder or a single file, seen as names with sizes."""

    @property
    def name(self) -> str: ...

    @property
    def sizes(self) -> dict[str, int]:
        """Name (with "/" between folders) → unpacked bytes."""
        ...

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """For reading. Reading raises OSError, or one of `BROKEN`, when the file is damaged."""
        ...

    def close(self) -> None: ...


_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|\._|Thumbs\.db$)")


def refuse(archive: str, what: str) -> HostileInput:
    """The error for an archive that looks made to harm."""
    return HostileInput(f"{archive} is refused: {what}. Nothing was read. Make a new export and use that file as it is")


def check_name(archive: str, name: str, limits: Limits) -> None:
    """Raises HostileInput for a name that leads out of the archive or hides something."""
    shown = ascii(name[:80])
    if _ABSOLUTE.match(name) or ".." in re.split(r"[/\\]", name):
        raise refuse(archive, f"the name {shown} leads out of its folder")
    if any(ord(sign) < 32 for sign in name):
        raise refuse(archive, f"the name {shown} holds control characters")
    if name.count("/") > limits.depth or len(name) > 1000:
        raise refuse(archive, f"the name {shown} lies too deep (more than {limits.depth} folders)")


def check_sizes(archive: str, sizes: Iterable[tuple[str, int]], limits: Limits) -> None:
    """Raises HostileInput when there is more than an honest export holds."""
    total = 0
    for number, (name, size) in enumerate(sizes, 1):
        total += size
        if number > limits.members:
            raise refuse(archive, f"it holds more than {limits.members:,} files")
        if size > limits.member:
            raise refuse(archive, f"{name[:80]!a} unpacks to {size:,} bytes, more than {limits.member:,}")
        if total > limits.total:
            raise refuse(archive, f"it unpacks to more than {limits.total:,} bytes")


def is_junk(name: str) -> bool:
    """What operating systems leave in folders and archives."""
    return bool(_JUNK.search(name))
