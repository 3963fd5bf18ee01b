"""Which items are of which channel, as stretches of numbers: after a rebuild there is one per channel, so that the
items of a few channels are listed without looking at all the others."""

import numpy as np

from storage.search.columns import Column, Mask, Stretches, resized, roomier


class Runs:
    """Stretches in a row, each of one channel number, from its start to the next one's."""

    def __init__(self) -> None:
        self._count = 0
        self._starts = np.zeros(0, np.int64)
        self._channels = np.zeros(0, np.int64)

    def add(self, number: int, channel: int) -> None:
        """The next item."""
        if self._count and self._channels[self._count - 1] == channel:
            return
        if self._count == len(self._starts):
            size = roomier(self._count)
            self._starts, self._channels = resized(self._starts, size), resized(self._channels, size)
        self._starts[self._count], self._channels[self._count] = number, channel
        self._count += 1

    def load(self, channel_of: Column) -> None:
        """From the channel number of every item."""
        begins = np.ones(len(channel_of), np.bool_)
        begins[1:] = channel_of[1:] != channel_of[:-1]
        self._starts = np.flatnonzero(begins)
        self._channels = channel_of[self._starts].astype(np.int64)
        self._count = len(self._starts)

    def stretches(self, wanted: Mask, end: int) -> Stretches:
        """Where the wanted channels' numbers below `end` lie, ascending."""
        mine = np.append(wanted.take(self._channels[: self._count]), False)
        turns = np.flatnonzero(np.diff(mine, prepend=False))
        bounds = np.append(self._starts[: self._count], end)[turns]
        return Stretches(bounds[::2], bounds[1::2])
