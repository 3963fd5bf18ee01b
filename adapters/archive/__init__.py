"""History from outside: a Slack export or an Element JSON export becomes the same events a live bot would hear.

An archive is what a stranger may have made: it is read as a stream, within limits, and believed in nothing.
"""

from pathlib import Path

from adapters.archive.contract import CHUNK, Archive, Chunk, Limits, Position, Problem
from adapters.archive.sniffing import recognise

__all__ = ["CHUNK", "Archive", "Chunk", "Limits", "Position", "Problem", "open_archive"]

_LIMITS = Limits()


def open_archive(path: Path, *, limits: Limits = _LIMITS) -> Archive:
    """The archive at `path`: a Slack export (ZIP or unpacked folder), or an Element JSON export (the JSON file,
    its ZIP or folder). Reads names and sizes only.

    Raises InputError when it is neither or cannot be read, HostileInput when it looks made to harm.
    """
    return recognise(path, limits)
