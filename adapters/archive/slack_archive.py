"""A Slack export as files: which hold people, which channels, which days; read in the order a live bot would hear.

All channels' files of one day are merged, so that the clock runs forward. A small day is sorted in memory; a large
one is merged as it streams, trusting that each file is in order, as Slack writes them.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from adapters.archive.chunking import Group, Meter, Part, in_chunks
from adapters.archive.contract import Chunk, Limits, Position, Problem
from adapters.archive.files import Files
from adapters.archive.json_stream import BROKEN, BrokenJson, JsonStream
from adapters.archive.notes import Notes
from adapters.archive.slack_export import (
    END,
    START,
    Place,
    Workspace,
    channel_event,
    member_events,
    message_events,
    person_event,
    place_of,
)
from adapters.slacktalk.people import is_bot
from adapters.untrusted import moment, plain_id, sound
from bot.errors import InputError
from bot.events import ChannelId, ChannelKind, WorkspaceId

_LISTS = {
    "channels.json": ChannelKind.PUBLIC,
    "groups.json": ChannelKind.PRIVATE,
    "dms.json": ChannelKind.DIRECT,
    "mpims.json": ChannelKind.DIRECT,
}
_PEOPLE = ("org_users.json", "users.json")
_KNOWN = frozenset({*_LISTS, *_PEOPLE})
_DAY = re.compile(r"(?P<root>(?:[^/]+/)??)(?P<folder>[^/]+)/(?P<day>\d{4}-\d{2}-\d{2})\.json", re.ASCII)
_DIRECT = re.compile(r"D[A-Z0-9]{6,}|mpdm-.+", re.ASCII)
_AGAIN = "Make a new export"
_IN_MEMORY = 2 * 2**20
_Line = tuple[float, Place, Any]
"""Seconds since 1970 (0 when unknown), channel, what the file says."""
_STRICT = (ChannelKind.PUBLIC, ChannelKind.PRIVATE, ChannelKind.DIRECT)


def root_of(files: Files) -> str | None:
    """The folder in the archive that holds a Slack export ("" or "name/"), None when it holds none."""
    lists = [name for name in files.sizes if name.count("/") <= 1 and name.rsplit("/", 1)[-1] in _KNOWN]
    if lists:
        folder, slash, _ = min(lists, key=lambda name: name.count("/")).rpartition("/")
        return folder + slash
    roots = {match["root"] for name in files.sizes if (match := _DAY.fullmatch(name))}
    return roots.pop() if len(roots) == 1 else "" if "" in roots else None


class SlackArchive:
    """An `Archive` of Slack's making."""

    platform: Literal["slack", "matrix"] = "slack"

    def __init__(self, files: Files, root: str, limits: Limits) -> None:
        self.name = files.name
        self._files = files
        self._root = root
        self._limits = limits
        self._notes = Notes()
        self._meter = Meter()
        self._days = _days(files, root)
        self.size = sum(files.sizes[name] for name in self._wanted())

    @property
    def problems(self) -> list[Problem]:
        return self._notes.list(self.name)

    def close(self) -> None:
        self._files.close()

    def events(self, *, after: Position | None = None) -> Iterator[Chunk]:
        """See `Archive.events`."""
        self._notes = Notes()
        places = self._places()
        space = self._workspace(places)
        self._note_lacking(places, space)
        parts = [
            Part(name="people", size=self._bytes(_PEOPLE), groups=partial(self._people, space)),
            Part(name="channels", size=self._bytes(_LISTS), groups=partial(_channels, places, space)),
            Part(name="members", size=0, groups=partial(_members, places, space)),
            *self._day_parts(places, space),
        ]
        yield from in_chunks(parts, after, self._meter)

    def _bytes(self, names: Iterable[str]) -> int:
        return sum(self._files.sizes.get(self._root + name, 0) for name in names)

    def _wanted(self) -> Iterator[str]:
        for name in _KNOWN:
            if self._root + name in self._files.sizes:
                yield self._root + name
        for files in self._days.values():
            yield from files.values()

    # what the lists say

    def _places(self) -> dict[str, Place]:
        """Folder → channel; a folder that two lists claim is of the stricter kind."""
        places: dict[str, Place] = {}
        for list_name, kind in _LISTS.items():
            for raw in self._list(list_name):
                place = place_of(raw, kind, self._since())
                if place is None:
                    self._notes.count("channels without id and name were left out")
                    continue
                earlier = places.get(place.folder)
                places[place.folder] = _stricter(earlier, place) if earlier else place
        by_id = _by_id(places.values())
        for folder in sorted({folder for files in self._days.values() for folder in files} - places.keys()):
            listed = by_id.get(ChannelId(f"slack:{folder}"))
            places[folder] = replace(listed, folder=folder) if listed else self._unlisted(folder)
        return {folder: replace(place, kind=by_id.get(place.id, place).kind) for folder, place in places.items()}

    def _unlisted(self, folder: str) -> Place:
        direct = bool(_DIRECT.fullmatch(folder))
        name = sound(folder)
        return Place(
            id=ChannelId(f"slack:#{name}"),
            folder=folder,
            name=name,
            kind=ChannelKind.DIRECT if direct else ChannelKind.PRIVATE,
            created=self._since(),
        )

    def _since(self) -> datetime:
        return _midnight(min(self._days)) if self._days else START

    def _workspace(self, places: dict[str, Place]) -> Workspace:
        people: dict[str, bool] = {}
        team = None
        for name in _PEOPLE:
            team = self._read_people(name, people) or team
        home = team or self._team_in_messages() or _oldest(places) or self.name
        return Workspace(
            id=WorkspaceId(f"slack:{home}"),
            since=self._since(),
            people=people,
            has_people=bool(people),
            channels={place.id.removeprefix("slack:"): place.name for place in places.values()},
            limits=self._limits,
            notes=self._notes,
        )

    def _read_people(self, name: str, people: dict[str, bool]) -> str | None:
        """Add the people on a list; returns the team that most of them belong to."""
        teams: Counter[str] = Counter()
        for raw in self._list(name):
            if user := plain_id(raw.get("id")):
                people[user] = is_bot(raw)
                teams.update([team] if (team := plain_id(raw.get("team_id"))) else [])
        return teams.most_common(1)[0][0] if teams else None

    def _team_in_messages(self) -> str | None:
        """What the first messages say, when the lists say nothing."""
        for files in list(self._days.values())[:5]:
            for file in list(files.values())[:5]:
                for raw in self._objects(file, first=20):
                    if team := plain_id(raw.get("team")):
                        return team
        return None

    def _note_lacking(self, places: dict[str, Place], space: Workspace) -> None:
        if not self._days:
            self._notes.add(self.name, "it holds no messages", "Choose another period when you make the export")
        if not space.has_people:
            self._notes.add(
                self.name,
                "there is no users.json: people are taken from the messages and count as full members",
                "Put users.json beside the channels' folders to import names, time zones and guests",
            )
        lost = [p.name for p in places.values() if p.members is None and p.kind is ChannelKind.PRIVATE]
        if lost:
            shown = ", ".join(sorted(lost)[:5]) + (" …" if len(lost) > 5 else "")
            self._notes.add(
                self.name,
                f"no list says who is in {shown} ({len(lost)} in all): private to those who wrote there",
                "Put channels.json beside the channels' folders to open the public ones to everybody",
            )

    # the events

    def _people(self, space: Workspace) -> Iterator[Group]:
        for name in _PEOPLE:
            for raw in self._list(name, metered=True):
                yield tuple(person_event(raw, space))

    def _day_parts(self, places: dict[str, Place], space: Workspace) -> Iterator[Part]:
        direct = {folder for folder, place in places.items() if place.kind is ChannelKind.DIRECT}
        for day, all_files in sorted(self._days.items()):
            files = {folder: name for folder, name in sorted(all_files.items()) if folder not in direct}
            skipped = [name for folder, name in all_files.items() if folder in direct]
            if skipped:
                by = "days of direct messages were left out: what people say in private is never read as practice"
                self._notes.count(by, by=len(skipped))
            size = sum(self._files.sizes[name] for name in all_files.values())
            yield Part(name=day, size=size, groups=partial(self._day, files, places, space))

    def _day(self, files: dict[str, str], places: dict[str, Place], space: Workspace) -> Iterator[Group]:
        with ExitStack() as stack:
            small: list[_Line] = []
            large: list[Iterator[_Line]] = []
            room = _IN_MEMORY
            for folder, name in sorted(files.items(), key=lambda file: self._files.sizes[file[1]]):
                lines = stack.enter_context(closing(self._timed(places[folder], name)))
                room -= self._files.sizes[name]
                if room >= 0:
                    small += lines
                else:
                    large.append(lines)
            small.sort(key=_time)
            for _, place, raw in heapq.merge(small, *large, key=_time):
                yield message_events(raw, place, space)

    def _timed(self, place: Place, name: str) -> Generator[_Line, None, None]:
        for raw in self._values(name, metered=True):
            at = moment(raw.get("ts")) if isinstance(raw, dict) else None
            yield (at.timestamp() if at else 0.0), place, raw

    # reading files

    def _list(self, name: str, *, metered: bool = False) -> Iterator[dict[str, Any]]:
        full = self._root + name
        if full in self._files.sizes:
            for raw in self._values(full, metered=metered):
                if isinstance(raw, dict):
                    yield raw
                elif metered or name in _LISTS:  # users.json is read twice
                    self._notes.count(f"entries of {name} are no objects and were left out")

    def _objects(self, name: str, *, first: int) -> Iterator[dict[str, Any]]:
        for _, raw in zip(range(first), self._values(name), strict=False):
            if isinstance(raw, dict):
                yield raw

    def _values(self, name: str, *, metered: bool = False) -> Iterator[Any]:
        """The values of the array in a file; what is broken ends it, with a note."""
        try:
            with self._files.open(name) as file:
                stream = JsonStream(file, self._limits.value)
                before = 0
                try:
                    for value in stream.array():
                        if metered:
                            self._meter.bytes += stream.read - before
                            before = stream.read
                        yield value
                finally:
                    if stream.repaired:
                        self._notes.add(name, "bytes that are no UTF-8 were replaced by �")
        except BrokenJson as broken:
            self._broken(name, str(broken))
        except BROKEN as error:
            self._broken(name, f"it cannot be read ({error})")

    def _broken(self, name: str, what: str) -> None:
        """Half a list of channels is worse than none: the others would be stored under another id, for good."""
        if name.removeprefix(self._root) in _LISTS:
            raise InputError(
                f"{self.name} cannot be imported: {name} tells what channels there are, and {what}. {_AGAIN}"
            )
        self._notes.add(name, what, f"What came before it was imported. {_AGAIN} to get the rest; it adds only that")


def _days(files: Files, root: str) -> dict[str, dict[str, str]]:
    """Day → folder → name, days in order."""
    days: dict[str, dict[str, str]] = defaultdict(dict)
    for name in files.sizes:
        match = _DAY.fullmatch(name)
        if match and match["root"] == root and _is_day(match["day"]):
            days[match["day"]][match["folder"]] = name
    return dict(sorted(days.items()))


def _is_day(text: str) -> bool:
    try:
        return START <= _midnight(text) < END
    except ValueError:
        return False


def _midnight(day: str) -> datetime:
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)


def _time(line: _Line) -> float:
    return line[0]


def _by_id(places: Iterable[Place]) -> dict[ChannelId, Place]:
    found: dict[ChannelId, Place] = {}
    for place in places:
        found[place.id] = _stricter(found[place.id], place) if place.id in found else place
    return found


def _stricter(one: Place, other: Place) -> Place:
    return max(one, other, key=lambda place: _STRICT.index(place.kind))


def _oldest(places: dict[str, Place]) -> str | None:
    """The first channel ever made, of those with an id: in every export of a workspace it is the same."""
    listed = [place for place in places.values() if not place.id.startswith("slack:#")]
    return min(listed, key=lambda place: (place.created, place.id)).id.removeprefix("slack:") if listed else None


def _open_to_import(places: dict[str, Place]) -> list[Place]:
    """Each channel once, also when two folders hold it."""
    return list({place.id: place for place in places.values() if place.kind is not ChannelKind.DIRECT}.values())


def _channels(places: dict[str, Place], space: Workspace) -> Iterator[Group]:
    for place in _open_to_import(places):
        yield (channel_event(place, space),)


def _members(places: dict[str, Place], space: Workspace) -> Iterator[Group]:
    for place in _open_to_import(places):
        for user in sorted(place.members or ()):
            yield tuple(member_events(place, user, space))
