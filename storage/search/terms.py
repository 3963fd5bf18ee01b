"""The words of each item by number, as hashes on disk: for the score by words.

tantivy finds items by BM25, whose weights come from all items, also those the searcher may not read: a score could
then betray that a word occurs somewhere hidden. So what it finds is scored again here, with weights that come from
readable items only: cosine of (1 + ln count) in the item with (1 + ln count) × idf² in the query, the "lnc" weighting
of SMART (Manning, Raghavan & Schütze 2008, §6.4). On duplicate questions marked by people it also ranks better than
BM25 (docs/search.md).
"""

import math
import os
import weakref
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storage.search.columns import Column, resized, roomier

_MOST = 2_000  # different words of an item that are kept
_SIZE = 5  # bytes per word: hash and count


class Terms:
    """Append-only: an item that changes gets a new place, the old one is left behind until the next rebuild."""

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        """`follow`: another process owns the file; what this one puts stays in memory."""
        self._starts = np.zeros(0, np.uint64)
        self._sizes = np.zeros(0, np.uint16)
        self._end = 0
        self._file = os.open(path, os.O_RDONLY if follow else os.O_RDWR | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)
        self._overlay: dict[int, bytes] | None = {} if follow else None

    def put(self, number: int, counts: Mapping[str, int]) -> None:
        """Insert or replace the words of an item."""
        kept = list(counts.items())[:_MOST]
        hashes = np.array([hashed(word) for word, _ in kept], np.uint32)
        data = hashes.tobytes() + bytes(min(count, 255) for _, count in kept)
        if number >= len(self._starts):
            size = max(number + 1, roomier(len(self._starts)))
            self._starts, self._sizes = resized(self._starts, size), resized(self._sizes, size)
        self._sizes[number] = len(kept)
        if self._overlay is not None:
            self._overlay[number] = data
            return
        os.pwrite(self._file, data, self._end)
        self._starts[number] = self._end
        self._end += len(data)

    def scores(self, numbers: Sequence[int], weights: Mapping[str, float]) -> NDArray[np.float64]:
        """The dot product of each item, made to length 1, with the query's `weights`."""
        known = {hashed(word): weight for word, weight in weights.items()}
        if not known or not len(numbers):
            return np.zeros(len(numbers))
        wanted = np.array(sorted(known), np.uint32)
        values = np.array([known[key] for key in wanted.tolist()])
        sizes = self._sizes.take(np.asarray(numbers, np.int64)).astype(np.int64)
        hashes, said = self._words(numbers, sizes)
        counts = 1 + np.log(said)
        at = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
        gain = np.where(wanted[at] == hashes, values[at] * counts, 0.0)
        item = np.repeat(np.arange(len(numbers)), sizes)
        dots, squares = (np.bincount(item, column, len(numbers)) for column in (gain, counts * counts))
        return np.asarray(dots / np.sqrt(np.maximum(squares, 1e-9)))

    def columns(self, count: int) -> dict[str, Column]:
        """What has to be saved for the first `count` items; the file is brought to the disk first."""
        os.fsync(self._file)
        return {"starts": self._starts[:count], "sizes": self._sizes[:count], "terms_end": np.array(self._end)}

    def load(self, saved: Mapping[str, Column], count: int) -> None:
        """Take over what was saved. Raises KeyError or ValueError when it does not fit together."""
        self._starts, self._sizes, self._end = saved["starts"], saved["sizes"], int(saved["terms_end"])
        if {len(self._starts), len(self._sizes)} != {count} or os.fstat(self._file).st_size < self._end:
            raise ValueError("the file of terms is cut off")

    def has_tail(self) -> bool:
        """Whether the file holds something that was written before a crash and is known no more."""
        return os.fstat(self._file).st_size > self._end

    def _words(
        self, numbers: Sequence[int], sizes: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
        """Hashes and counts of some items, one after the other."""
        starts = self._starts.take(np.asarray(numbers, np.int64)).tolist()
        places = zip(numbers, starts, sizes.tolist(), strict=True)
        rows = [(self._read(number, start, size), size) for number, start, size in places]
        hashes = np.frombuffer(b"".join(data[: 4 * size] for data, size in rows), np.uint32)
        said = np.frombuffer(b"".join(data[4 * size : _SIZE * size] for data, size in rows), np.uint8)
        return hashes, said.astype(np.float64)

    def _read(self, number: int, start: int, size: int) -> bytes:
        if self._overlay and number in self._overlay:
            return self._overlay[number]
        return os.pread(self._file, _SIZE * size, start)


def hashed(word: str) -> int:
    """32 bits that stand for a word, the same in every process."""
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest())


def query_weights(
    counts: Mapping[str, int], found: Mapping[str, int], items: int, *, boosts: Mapping[str, float]
) -> dict[str, float]:
    """What each word of a query counts for: its (1 + ln count) × idf², over the length of the query with idf, over
    the largest idf there is; scores with it lie between 0 and 1. `found`: in how many of `items` a word occurs;
    one that occurs nowhere makes the query longer, so that a query which is half unknown scores half."""
    rarest = idf(0, items)
    said = {word: (1 + math.log(count)) * boosts.get(word, 1.0) for word, count in counts.items()}
    heavy = {word: tf * idf(found.get(word, 0), items) for word, tf in said.items()}
    length = math.sqrt(sum(weight * weight for weight in heavy.values())) or 1.0
    return {w: weight * idf(found[w], items) / (length * rarest) for w, weight in heavy.items() if found.get(w)}


def idf(found: int, items: int) -> float:
    """Inverse document frequency as in BM25 (Robertson & Zaragoza 2009), never negative."""
    return math.log(1 + max(0.0, items - found + 0.5) / (found + 0.5))
