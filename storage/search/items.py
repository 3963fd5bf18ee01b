"""The items that the plane knows: a number per item, and what a search wants to know of it before fetching it.

An item is known elsewhere in the plane by its *mark*, 64 bits of a hash of its reference (two of a million items
share one with a chance of 3 in 100 million), and here by its *number*, its row in every column.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId, MessageId
from bot.model import ItemKind, Ref
from storage.search.columns import Column, Mask, Numbers, resized, roomier
from storage.search.runs import Runs

OWN, THREAD = 1, 2
KIND_BITS = {ItemKind.QUESTION: 4, ItemKind.KNOW_HOW: 8}
STATES = 16  # that an item's flags can be in
_FRESH = 20_000  # items looked up in a dictionary before they are sorted in with the rest


def mark(ref: Ref) -> int:
    """64 bits that stand for a reference."""
    return hashed64(f"{ref.channel}\0{ref.id}")


def channel_mark(channel: ChannelId) -> int:
    """64 bits that stand for a channel."""
    return hashed64(channel)


def hashed64(text: str) -> int:
    """64 bits that stand for a text, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


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
        self._channel_marks = np.zeros(0, np.uint64)
        self._channel_numbers: dict[ChannelId, int] = {}
        self._states = np.zeros((0, STATES), np.int64)
        self.runs = Runs()
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

    def numbers(self, marks: Sequence[int]) -> Numbers:
        """The numbers of the items with these marks, also of those that are gone; unknown marks are left out."""
        fresh = np.array([number for value in marks if (number := self._fresh.get(value)) is not None], np.int64)
        if not len(self._order):
            return fresh
        wanted = np.array(marks, np.uint64)
        at = np.searchsorted(self.marks[: len(self._order)], wanted, sorter=self._order)
        found = self._order[np.minimum(at, len(self._order) - 1)]
        return np.concatenate([fresh, found[self.marks[found] == wanted]])

    def refs(self, numbers: Sequence[int] | Numbers) -> list[Ref]:
        """The references of items, in order."""
        at = np.asarray(numbers, np.int64)
        ends, channels = self.ends.take(at), self.channel_of.take(at)
        starts = np.where(at, self.ends.take(at - 1, mode="wrap"), 0).astype(np.uint64)
        rows = zip(channels.tolist(), starts.tolist(), ends.tolist(), strict=True)
        return [Ref(self.channels[c], MessageId(self.names[start:end].decode())) for c, start, end in rows]

    def living(self) -> int:
        """How many items are there."""
        return int(np.count_nonzero(self.flags[: self.count]))

    def put(self, ref: Ref, kind: ItemKind) -> int:
        """Insert, or change the kind; returns the number. Its vectors count as absent until `mark_as`."""
        value = mark(ref)
        number = self.number(value)
        if number is None:
            number = self._add(ref, value)
        self.mark_as(number, KIND_BITS[kind])
        return number

    def mark_as(self, number: int, flags: int) -> None:
        """Give an item these flags."""
        states = self._states[self.channel_of[number]]
        states[self.flags[number]] -= 1
        states[flags] += 1
        self.flags[number] = flags

    def drop(self, ref: Ref) -> int | None:
        """Take an item out; returns its number if it was there."""
        number = self.number(mark(ref))
        if number is None or not self.flags[number]:
            return None
        self.mark_as(number, 0)
        return number

    def wanted(self, channels: frozenset[ChannelId]) -> Mask | None:
        """Per channel number whether it is one of these; the last one stands for whatever comes later. None when all
        are."""
        if self._channel_numbers.keys() <= channels:
            return None
        wanted = np.zeros(len(self.channels) + 1, np.bool_)
        wanted[[n for c in channels if (n := self._channel_numbers.get(c)) is not None]] = True
        return wanted

    def channel_marks(self) -> NDArray[np.uint64]:
        """Per channel number its mark."""
        return self._channel_marks[: len(self.channels)]

    def states(self) -> NDArray[np.int64]:
        """Per channel number how many items there are for each value of the flags."""
        return self._states[: len(self.channels)]

    # ── keeping ───────────────────────────────────────────────────────────────────────────────────────────────────

    def columns(self) -> dict[str, Column]:
        """What has to be saved."""
        names: dict[str, Column] = {"names": np.frombuffer(bytes(self.names), np.uint8)}
        names["channels"] = np.array([c.encode() for c in self.channels], np.bytes_)
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
        self.runs.load(self.channel_of)
        self._tally()
        self._sort()

    def _tally(self) -> None:
        """Raises ValueError when an item is of no known channel."""
        states = np.bincount(self.channel_of * np.int64(STATES) + self.flags, minlength=STATES * len(self.channels))
        self._states = states.reshape(len(self.channels), STATES)

    def _name_channels(self, names: Iterable[ChannelId]) -> None:
        self.channels = list(names)
        self._channel_numbers = {name: number for number, name in enumerate(self.channels)}
        self._channel_marks = np.array([channel_mark(name) for name in self.channels], np.uint64)

    def _add(self, ref: Ref, value: int) -> int:
        number = self.count
        if number == len(self.marks):
            self._grow(roomier(number))
        self.names += ref.id.encode()
        self.marks[number], self.ends[number] = value, len(self.names)
        channel = self._channel_number(ref.channel)
        self.channel_of[number] = channel
        self._states[channel, 0] += 1
        self.runs.add(number, channel)
        self._fresh[value] = number
        self.count += 1
        if len(self._fresh) > max(_FRESH, self.count // 16):
            self._sort()
        return number

    def _channel_number(self, channel: ChannelId) -> int:
        if channel not in self._channel_numbers:
            number = len(self.channels)
            if number == len(self._states):
                size = roomier(number)
                self._states, self._channel_marks = resized(self._states, size), resized(self._channel_marks, size)
            self._channel_marks[number] = channel_mark(channel)
            self._channel_numbers[channel] = number
            self.channels.append(channel)
        return self._channel_numbers[channel]

    def _grow(self, size: int) -> None:
        for name in ("marks", "flags", "channel_of", "ends"):
            setattr(self, name, resized(getattr(self, name), size))

    def _sort(self) -> None:
        self._order = np.argsort(self.marks[: self.count])
        self._fresh = {}
