"""The report pages on disk: one per community and week, with the pictures that went into the chat beside it."""

from collections.abc import Iterator
from glob import escape
from pathlib import Path
from urllib.parse import quote, unquote

from bot.model import CommunityId
from bot.outgoing import File

_READABLE = " #&+,@"
"""What may stand in a file's name as it is, besides letters and digits."""


def folder(data: Path) -> Path:
    """Where they lie; made when it is not there."""
    made = data / "reports"
    made.mkdir(parents=True, exist_ok=True)
    return made


def path_of(data: Path, community: CommunityId, week: str) -> Path:
    """The page of a community and an ISO week like "2026-W40"."""
    return folder(data) / f"{quote(community, safe=_READABLE)}-{week}.html"


def picture_of(page: Path, number: int, plot: str) -> Path:
    """One of its pictures, by its place among them."""
    return page.with_suffix(f".{number}-{plot}.png")


def files(page: Path) -> tuple[File, ...]:
    """What goes into the chat: the pictures in their order, then the page."""
    pictures = sorted(page.parent.glob(f"{escape(page.stem)}.*.png"))
    return tuple(File(path=str(one), name=one.name) for one in (*pictures, page))


def made(data: Path) -> Iterator[tuple[CommunityId, str, Path]]:
    """Community, week and file of every page, oldest week first."""
    for page in sorted(folder(data).glob("*-[0-9][0-9][0-9][0-9]-W[0-9][0-9].html"), key=lambda page: page.stem[-8:]):
        yield CommunityId(unquote(page.stem[:-9])), page.stem[-8:], page


def newest(data: Path) -> dict[CommunityId, tuple[str, Path]]:
    """The latest week and its page, for every community that has one."""
    return {community: (week, page) for community, week, page in made(data)}
