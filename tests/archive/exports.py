"""Small invented exports, made as the tests need them."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.archive import Archive, Position, open_archive
from bot.events import Event

USERS: list[dict[str, Any]] = [
    {"id": "U1EVA", "team_id": "T1", "name": "eva", "tz": "Europe/Amsterdam", "profile": {"display_name": "Eva"}},
    {"id": "U2JAN", "team_id": "T1", "name": "jan", "real_name": "Jan de Wit", "locale": "nl-NL", "profile": {}},
    {"id": "U3BOT", "team_id": "T1", "name": "dienst", "is_bot": True, "profile": {}},
    {"id": "U4GAST", "team_id": "T1", "name": "gast", "is_ultra_restricted": True, "profile": {}},
]
CHANNELS: list[dict[str, Any]] = [
    {"id": "C1ZORG", "name": "zorg", "created": 1714500000, "members": ["U1EVA", "U2JAN"]},
    {"id": "C2BOUW", "name": "bouw", "created": 1714500000, "is_archived": True, "members": ["U2JAN"]},
]


def said(ts: str, user: str, text: str, **more: object) -> dict[str, Any]:
    """One message of a Slack export."""
    return {"type": "message", "ts": ts, "user": user, "text": text, **more}


SLACK: dict[str, Any] = {
    "users.json": USERS,
    "channels.json": CHANNELS,
    "groups.json": [{"id": "G1", "name": "bestuur", "created": 1714500000, "members": ["U1EVA"]}],
    "dms.json": [{"id": "D1AAAAAA", "created": 1714500000, "members": ["U1EVA", "U2JAN"]}],
    "mpims.json": [{"id": "G9", "name": "mpdm-eva--jan-1", "members": ["U1EVA", "U2JAN"]}],
    "zorg/2024-05-01.json": [
        said("1714550400.000100", "U1EVA", "Hoe vul ik het formulier in?", thread_ts="1714550400.000100"),
        said("1714554000.000200", "U2JAN", "Kijk even in de map <@U1EVA>"),
    ],
    "bouw/2024-05-01.json": [said("1714552200.000100", "U2JAN", "Who knows a good supplier?")],
    "zorg/2024-05-02.json": [
        said("1714636800.000100", "U2JAN", "Blad twee, veld drie", thread_ts="1714550400.000100"),
    ],
    "bestuur/2024-05-02.json": [said("1714640400.000100", "U1EVA", "De begroting is rond")],
    "D1AAAAAA/2024-05-02.json": [said("1714640400.000100", "U1EVA", "onder ons")],
    "mpdm-eva--jan-1/2024-05-02.json": [said("1714640401.000100", "U1EVA", "met z'n drieën")],
}


def written(content: object) -> bytes:
    """What stands in a file: bytes as they are, anything else as JSON."""
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def zipped(folder: Path, files: Mapping[str, object], name: str = "export.zip") -> Path:
    """A ZIP with these files."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in files.items():
            archive.writestr(member, written(content))
    return path


def unpacked(folder: Path, files: Mapping[str, object], name: str = "export") -> Path:
    """A folder with these files."""
    for member, content in files.items():
        path = folder / name / member
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(content))
    return folder / name


def events_of(archive: Archive, after: Position | None = None) -> list[Event]:
    """All of them."""
    return [event for chunk in archive.events(after=after) for event in chunk.events]


def read(path: Path) -> list[Event]:
    """All events of the archive at `path`."""
    archive = open_archive(path)
    try:
        return events_of(archive)
    finally:
        archive.close()


def happened(sender: str, kind: str, content: object, at: int = 1714550400000, **more: object) -> dict[str, Any]:
    """One event of an Element export."""
    return {
        "type": kind,
        "sender": f"@{sender}:voorbeeld.nl",
        "content": content,
        "origin_server_ts": at,
        "event_id": f"${sender}{at}",
        "room_id": "!kamer:voorbeeld.nl",
        **more,
    }


def wrote(
    sender: str, body: str, at: int = 1714550400000, content: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """A message in an Element export; `content` says more about it."""
    return happened(sender, "m.room.message", {"msgtype": "m.text", "body": body, **(content or {})}, at)


def element(*events: object, name: str = "Zorg en ICT") -> dict[str, Any]:
    """An Element export with these events."""
    return {
        "room_name": name,
        "room_creator": "eva",
        "topic": "",
        "export_date": "1 May 2024",
        "exported_by": "eva",
        "messages": list(events),
    }
