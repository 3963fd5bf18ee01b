"""Where a search may look: items of some kinds in some channels. Asked about a few, never listed."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId
from bot.model import ItemKind
from storage.search.columns import Mask, Numbers, Stretches
from storage.search.items import KIND_BITS, STATES, Items

_ANY = sum(KIND_BITS.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """Items that have one of the flags `kinds` and one of `parts`. `wanted`: whether a channel number is (see
    `Items.wanted`); None when all are. `states`: how many of the channels' items there are for each value of the flags.
    True for as long as nobody changes the items."""

    items: Items
    kinds: int
    parts: int | None
    wanted: Mask | None
    states: NDArray[np.int64]

    def having(self, parts: int) -> "Choice":
        """Those of them that have one of these flags."""
        return replace(self, parts=parts)

    def size(self) -> int:
        """How many there are."""
        return int(self.states[self._fits(np.arange(STATES, dtype=np.uint8))].sum())

    def stretches(self) -> Stretches:
        """Where they lie, ascending; others, of other kinds and parts, among them."""
        count = self.items.count
        if self.wanted is None:
            return Stretches(np.array([0]), np.array([count]))
        return self.items.runs.stretches(self.wanted, count)

    def among(self, numbers: Numbers) -> Mask:
        """Which of some items are chosen."""
        fits = self._fits(self.items.flags.take(numbers))
        if self.wanted is None:
            return fits
        return fits & self.wanted.take(self.items.channel_of.take(numbers), mode="clip")

    def channels(self) -> tuple[list[ChannelId] | None, NDArray[np.uint64]]:
        """The channels (None when that is all there are) and their marks."""
        marks = self.items.channel_marks()
        if self.wanted is None:
            return None, marks
        numbers = np.flatnonzero(self.wanted)
        return [self.items.channels[number] for number in numbers], marks[numbers]

    def _fits(self, flags: NDArray[np.uint8]) -> Mask:
        fits = (flags & np.uint8(self.kinds)) > 0
        return fits if self.parts is None else fits & ((flags & np.uint8(self.parts)) > 0)


def choose(items: Items, channels: Collection[ChannelId] | None, kinds: Collection[ItemKind] | None) -> Choice:
    """The items in these channels and of these kinds (None: all)."""
    bits = _ANY if kinds is None else sum({KIND_BITS.get(kind, 0) for kind in kinds})
    wanted = None if channels is None else items.wanted(frozenset(channels))
    states = items.states() if wanted is None else items.states()[wanted[:-1]]
    return Choice(items, bits, None, wanted, states.sum(axis=0))
