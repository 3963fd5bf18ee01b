"""Sign bits of vectors in memory, and which are nearest to a query's by Hamming distance."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from bot.model import Vector
from storage.search.columns import Column, Mask, Numbers, resized, roomier

SHORTLIST = 400
_CHUNK = 65_536  # rows gathered at a time: keeps the copy within the processor's cache
_SPARSE = 0.5  # share of allowed rows below which gathering them is cheaper than scanning everything

Bits = NDArray[np.uint8]


class Allowed(Protocol):
    """Where to look: asked about some items, or listed whole."""

    def size(self) -> int:
        """How many items are allowed."""
        ...

    def numbers(self) -> Numbers:
        """All of them, ascending."""
        ...

    def among(self, numbers: Numbers) -> Mask:
        """Which of these are."""
        ...


class Near(NamedTuple):
    """Items, nearest first, with the number of bits in which each differs from the query."""

    numbers: Numbers
    far: NDArray[np.int32]


class Codes:
    """A row of sign bits for every item that ever had this vector. Whether it still has is known elsewhere."""

    def __init__(self, dim: int) -> None:
        self.count = 0
        self._rows = np.zeros((0, (dim + 7) // 8), np.uint8)
        self._numbers = np.zeros(0, np.int32)  # of each row
        self._row_of = np.zeros(0, np.int32)  # by number, counted from 1; 0: none

    def put(self, number: int, vector: Vector) -> None:
        """Insert or replace the row of an item."""
        if number >= len(self._row_of):
            self._row_of = resized(self._row_of, max(number + 1, roomier(len(self._row_of))))
        if not self._row_of[number]:
            self._row_of[number] = self._added(number)
        self._rows[self._row_of[number] - 1] = signs(vector)

    def _added(self, number: int) -> int:
        if self.count == len(self._rows):
            size = roomier(self.count)
            self._rows, self._numbers = resized(self._rows, size), resized(self._numbers, size)
        self._numbers[self.count] = number
        self.count += 1
        return self.count

    def nearest(self, query: Vector, allowed: Allowed) -> Near:
        """Up to `SHORTLIST` allowed items whose sign bits are nearest to the query's; all that are allowed must have
        a row."""
        size = allowed.size()
        if not size:
            return _NOTHING
        wanted = signs(query)[None]
        if size < _SPARSE * self.count:
            return self._gathered(wanted, allowed)
        return self._scanned(wanted, allowed, size)

    def _gathered(self, query: Bits, allowed: Allowed) -> Near:
        """Search a copy of the allowed rows, a piece at a time; in their order, so that of those equally far the same
        are taken as by `_scanned`."""
        rows = self._row_of.take(allowed.numbers()) - 1
        rows.sort(kind="stable")
        best = [(np.zeros(0, np.int32), np.zeros(0, np.int32))]
        for start in range(0, len(rows), _CHUNK):
            piece = rows[start : start + _CHUNK]
            far, at = _hamming(self._rows.take(piece, axis=0), query, SHORTLIST)
            best.append((far, piece[at]))
        far, found = (np.concatenate(column) for column in zip(*best, strict=True))
        nearest = np.argsort(far, kind="stable")[:SHORTLIST]
        return Near(np.asarray(self._numbers[found[nearest]], np.int64), far[nearest])

    def _scanned(self, query: Bits, allowed: Allowed, size: int) -> Near:
        """Search everything, a little deeper, and keep what is allowed; gather when that did not suffice."""
        deeper = SHORTLIST if size == self.count else int(1.3 * SHORTLIST * self.count / size) + 50
        far, at = _hamming(self._rows[: self.count], query, deeper)
        numbers = self._numbers[at].astype(np.int64)
        mine = np.flatnonzero(allowed.among(numbers))[:SHORTLIST]
        return Near(numbers[mine], far[mine]) if len(mine) >= min(SHORTLIST, size) else self._gathered(query, allowed)

    def columns(self, name: str) -> dict[str, Column]:
        """What has to be saved."""
        return {name: self._rows[: self.count], f"{name}_numbers": self._numbers[: self.count]}

    def load(self, saved: Mapping[str, Column], name: str, items: int) -> None:
        """Take over what was saved, for so many items. Raises KeyError or ValueError when it does not fit together."""
        rows, numbers = saved[name], saved[f"{name}_numbers"]
        if rows.shape != (len(numbers), self._rows.shape[1]) or not (numbers < items).all():
            raise ValueError("vectors of another dimension or number")
        self._rows, self._numbers, self.count = rows, numbers, len(rows)
        self._row_of = np.zeros(items, np.int32)
        self._row_of[numbers] = np.arange(1, len(rows) + 1)

    def size(self) -> int:
        """Bytes of the sign bits."""
        return self.count * self._rows.shape[1]


_NOTHING = Near(np.zeros(0, np.int64), np.zeros(0, np.int32))


def nearest_of_all(found: Sequence[Near]) -> Numbers:
    """Up to `SHORTLIST` items of several lists, nearest first: each as far as where it is nearest."""
    numbers, far = (np.concatenate(column) for column in zip(*found, strict=True))
    numbers = numbers[np.argsort(far, kind="stable")]
    _, first = np.unique(numbers, return_index=True)
    return np.asarray(numbers[np.sort(first)[:SHORTLIST]], np.int64)


def signs(vector: Vector) -> Bits:
    """One bit per dimension: whether it is positive."""
    return np.packbits(vector > 0)


def _hamming(codes: Bits, query: Bits, limit: int) -> tuple[NDArray[np.int32], Numbers]:
    """Distances and rows of the `limit` nearest codes, nearest first and of those equally far the first. faiss reads
    our memory, no copy; it counts how many there are at each distance, which takes less than a heap of so many."""
    faiss.omp_set_num_threads(1)  # per thread; waiting for a second one costs more than it saves
    limit = min(limit, len(codes))
    far, at = np.empty((1, limit), np.int32), np.empty((1, limit), np.int64)
    codes = np.ascontiguousarray(codes)
    into = faiss.swig_ptr(far), faiss.swig_ptr(at)
    faiss.hammings_knn_mc(faiss.swig_ptr(query), faiss.swig_ptr(codes), 1, len(codes), limit, codes.shape[1], *into)
    return far[0], at[0]
