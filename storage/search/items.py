"""The items that the plane knows: a number per item, and what a search wants to know of it before fetching it.

An item is known elsewhere in the plane by its *mark*, 64 bits of a hash of its reference (two of a million items
share one with a chance of 3 in 100 million), and here by its *number*, its row in every column.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId, MessageId
from bot.model import ItemKind, Ref

OWN, THREAD = 1, 2
KIND_BITS = {ItemKind.QUESTION: 4, ItemKind.KNOW_HOW: 8}
_ANY_KIND = 4 | 8
_FRESH = 20_000  # items looked up in a dictionary before they are sorted in with the rest

Column = NDArray[Any]
Mask = NDArray[np.bool_]


def mark(ref: Ref) -> int:
    """64 bits that stand for a reference."""
    return int.from_bytes(blake2b(f"{ref.channel}\0{ref.id}".encode(), digest_size=8).digest())


class Items:
    """Columns by number. `flags`: has an own vector, a thread vector, is a question, is know-how; 0 is gone."""

    def __init__(self) -> None:
        self.count = 0
        self.marks = np.zeros(0, np.uint64)
        self.flags = np.zeros(0, np.uint8)
        self.channel_of = np.zeros(0, np.uint32)
        self.ends = np.zeros(0, np.uint64)
        self.names = bytearray()
        self.channels: list[ChannelId] = []
        self._channel_numbers: dict[ChannelId, int] = {}
        self._order = np.zeros(0, np.intp)  # another type would be copied whole at every look-up
        self._fresh: dict[int, int] = {}

    def number(self, value: int) -> int | None:
        """The number of the item with this mark, also when the item is gone."""
        fresh = self._fresh.get(value)
        if fresh is not None or not len(self._order):
            return fresh
        wanted = np.uint64(value)
        at = int(np.searchsorted(self.marks[: len(self._order)], wanted, sorter=self._order))
        if at == len(self._order) or self.marks[self._order[at]] != wanted:
            return None
        return int(self._order[at])

    def ref(self, number: int) -> Ref:
        """The reference of an item."""
        start = int(self.ends[number - 1]) if number else 0
        name = self.names[start : int(self.ends[number])].decode()
        return Ref(self.channels[self.channel_of[number]], MessageId(name))

    def alive(self, number: int) -> bool:
        """Whether the item is there."""
        return bool(self.flags[number])

    def living(self) -> int:
        """How many items are there."""
        return int(np.count_nonzero(self.flags[: self.count]))

    def put(self, ref: Ref, kind: ItemKind) -> int:
        """Insert, or change the kind; returns the number. Its vectors count as absent until they are put."""
        value = mark(ref)
        number = self.number(value)
        if number is None:
            number = self._add(ref, value)
        self.flags[number] = KIND_BITS[kind]
        return number

    def drop(self, ref: Ref) -> int | None:
        """Take an item out; returns its number if it was there."""
        number = self.number(mark(ref))
        if number is None or not self.flags[number]:
            return None
        self.flags[number] = 0
        return number

    def mask(self, channels: Collection[ChannelId] | None, kinds: Collection[ItemKind] | None) -> Mask:
        """Per number: whether it is there, in one of the channels and of one of the kinds."""
        bits = sum({KIND_BITS.get(kind, 0) for kind in kinds}) if kinds is not None else _ANY_KIND
        fits = (self.flags[: self.count] & np.uint8(bits)) > 0
        if channels is None:
            return fits
        wanted = np.zeros(len(self.channels), np.bool_)
        wanted[[n for c in channels if (n := self._channel_numbers.get(c)) is not None]] = True
        return fits & wanted.take(self.channel_of[: self.count])

    def narrowing(self, channels: Collection[ChannelId]) -> list[ChannelId] | None:
        """Those of `channels` that hold or held an item; None when that is all there are."""
        known = list(self._channel_numbers.keys() & set(channels))
        return None if len(known) == len(self.channels) else known

    def columns(self) -> dict[str, Column]:
        """What has to be saved."""
        names: dict[str, Column] = {"names": np.frombuffer(bytes(self.names), np.uint8)}
        names["channels"] = np.array([c.encode() for c in self.channels] or [b""])
        for name in ("marks", "flags", "channel_of", "ends"):
            names[name] = getattr(self, name)[: self.count]
        return names

    def load(self, saved: Mapping[str, Column]) -> None:
        """Take over what was saved. Raises KeyError or ValueError when it does not fit together."""
        self.marks, self.flags = saved["marks"], saved["flags"]
        self.channel_of, self.ends = saved["channel_of"], saved["ends"]
        self.names = bytearray(saved["names"].tobytes())
        self.count = len(self.marks)
        if {len(self.flags), len(self.channel_of), len(self.ends)} != {self.count}:
            raise ValueError("columns of different length")
        self._name_channels(ChannelId(name.decode()) for name in saved["channels"].tolist())
        self._sort()

    def _name_channels(self, names: Iterable[ChannelId]) -> None:
        self.channels = list(names)
        self._channel_numbers = {name: number for number, name in enumerate(self.channels)}

    def _add(self, ref: Ref, value: int) -> int:
        number = self.count
        if number == len(self.marks):
            self._grow(roomier(number))
        self.names += ref.id.encode()
        self.marks[number], self.ends[number] = value, len(self.names)
        self.channel_of[number] = self._channel_number(ref.channel)
        self._fresh[value] = number
        self.count += 1
        if len(self._fresh) > max(_FRESH, self.count // 16):
            self._sort()
        return number

    def _channel_number(self, channel: ChannelId) -> int:
        if channel not in self._channel_numbers:
            self._channel_numbers[channel] = len(self.channels)
            self.channels.append(channel)
        return self._channel_numbers[channel]

    def _grow(self, size: int) -> None:
        for name in ("marks", "flags", "channel_of", "ends"):
            setattr(self, name, resized(getattr(self, name), size))

    def _sort(self) -> None:
        self._order = np.argsort(self.marks[: self.count])
        self._fresh = {}


def roomier(size: int) -> int:
    """The next size of a column that is full: an eighth more, so that little memory lies idle."""
    return size + max(1024, size // 8)


def resized(column: Column, size: int) -> Column:
    """The same column with room for `size` rows; moved by the operating system rather than copied where it can."""
    if not column.flags.owndata:
        column = column.copy()
    column.resize((size, *column.shape[1:]), refcheck=False)
    return column
