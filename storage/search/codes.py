"""Sign bits of vectors in memory, and which are nearest to a query's by Hamming distance."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from bot.model import Vector
from storage.search.columns import Column, Mask, Numbers, Stretches, resized, roomier

SHORTLIST = 400
_PIECE = 262_144  # rows looked at at a time
_MOST = 0.4  # share of all items, from which on many short stretches of them take longer than all in two halves
_SPARSE = 0.05  # share of rows that are allowed, below which the others are left out before and not after
_DENSE = 0.3  # … and from which on the others hardly matter
_DEEPER = 1.5  # times as many are taken as would do if those that are allowed lay evenly
_HALVED = 200_000  # rows in a row, from which on a second thread is worth waking

Bits = NDArray[np.uint8]
Distances = NDArray[np.int32]


class Allowed(Protocol):
    """Where to look."""

    def size(self) -> int:
        """How many items are allowed."""
        ...

    def stretches(self) -> Stretches:
        """Where they lie, others among them."""
        ...

    def among(self, numbers: Numbers) -> Mask:
        """Which of these are."""
        ...


class Near(NamedTuple):
    """Items, nearest first, with the number of bits in which each differs from the query."""

    numbers: Numbers
    far: Distances


Look = Callable[[], Near]


class Codes:
    """A row of sign bits for every item that ever had this vector. Whether it still has is known elsewhere."""

    def __init__(self, dim: int) -> None:
        self.count = 0
        self._rows = np.zeros((0, (dim + 7) // 8), np.uint8)
        self._numbers = np.zeros(0, np.int32)  # of each row
        self._row_of = np.zeros(0, np.int32)  # by number, counted from 1; 0: none
        self._in_order = True  # the rows by their numbers

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
        self._in_order = self._in_order and (not self.count or bool(self._numbers[self.count - 1] < number))
        self._numbers[self.count] = number
        self.count += 1
        return self.count

    def looks(self, query: Vector, allowed: Allowed) -> list[Look]:
        """Calls that find the nearest of the allowed items, which must all have a row, by the sign bits of the query:
        two where the rows lie in long stretches, so that two threads may look at half of them each."""
        size = allowed.size()
        if not size:
            return []
        rows = self._around(allowed.stretches())
        share = size / rows.size()
        if share < _SPARSE:
            at = rows.numbers()
            rows, share = Stretches.covering(at[allowed.among(self._numbers[at].astype(np.int64))]), 1.0
        halves = rows.pieces((rows.size() + 1) // 2) if _halved(rows) and share >= _DENSE else [rows]
        return [partial(self._nearest, signs(query)[None], allowed, half, share) for half in halves]

    def _nearest(self, bits: Bits, allowed: Allowed, rows: Stretches, share: float) -> Near:
        """Up to `SHORTLIST` allowed items in these rows, of those equally far those whose rows come first. `share`:
        about so many are allowed."""
        deep = SHORTLIST if share == 1 else int(_DEEPER * SHORTLIST / share)
        while True:
            near = self._near(bits, rows, deep)
            mine = np.flatnonzero(allowed.among(near.numbers))[:SHORTLIST]
            if len(mine) == SHORTLIST or deep >= rows.size():
                return Near(near.numbers[mine], near.far[mine])
            deep *= 4

    def _around(self, stretches: Stretches) -> Stretches:
        """The rows of the items that lie there, and all the others too where that is less work."""
        if stretches.size() >= _MOST * len(self._row_of) and not _halved(stretches):
            return Stretches(np.array([0]), np.array([self.count]))
        if self._in_order and stretches.long():
            known = self._numbers[: self.count]
            starts, ends = (np.searchsorted(known, np.asarray(end, known.dtype)) for end in stretches)
            return Stretches(starts[starts < ends], ends[starts < ends])
        counted = stretches.of(self._row_of)
        return Stretches.covering(np.sort(counted[counted > 0], kind="stable") - 1)

    def _near(self, bits: Bits, rows: Stretches, count: int) -> Near:
        """Of these rows the nearest. Looked at in pieces, so that what is noted stays in the processor's cache: of the
        first its nearest, of the others what is no farther than those."""
        limit, places, near, start = 8 * bits.size, list[Numbers](), list[Distances](), 0
        for piece in rows.pieces(_PIECE):
            far = self._far(bits, piece)
            if not start and count < len(far):
                limit = int(np.partition(far, count - 1)[count - 1])
            at = np.flatnonzero(far <= limit)
            places.append(at + start)
            near.append(far[at])
            start += len(far)
        far = np.concatenate(near)
        order = np.argsort(far, kind="stable")[:count]
        return Near(self._numbers[rows.at(np.concatenate(places)[order])].astype(np.int64), far[order])

    def _far(self, bits: Bits, rows: Stretches) -> Distances:
        """In how many bits each row differs. Those that lie together are looked at where they are, others in a copy."""
        if rows.long():
            return _hamming(bits, [self._rows[start:end] for start, end in rows.pairs()], rows.size())
        return _hamming(bits, [self._rows.take(rows.numbers(), axis=0)], rows.size())

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
        self._in_order = bool((np.diff(numbers) > 0).all())

    def size(self) -> int:
        """Bytes of the sign bits."""
        return self.count * self._rows.shape[1]


def _halved(stretches: Stretches) -> bool:
    """Whether two threads take half of them each."""
    return stretches.size() >= _HALVED * len(stretches.starts)


def nearest_of_all(found: Sequence[Near]) -> Near:
    """Up to `SHORTLIST` items of several lists: each as far as where it is nearest."""
    if not found:
        return Near(np.zeros(0, np.int64), np.zeros(0, np.int32))
    numbers, far = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(far, kind="stable")
    _, first = np.unique(numbers[order], return_index=True)
    nearest = order[np.sort(first)[:SHORTLIST]]
    return Near(numbers[nearest], far[nearest])


def signs(vector: Vector) -> Bits:
    """One bit per dimension: whether it is positive."""
    return np.packbits(vector > 0)


def _hamming(bits: Bits, parts: Sequence[Bits], size: int) -> Distances:
    """In how many bits each of `size` codes, which come in parts, differs from these. faiss reads our memory."""
    faiss.omp_set_num_threads(1)  # per thread; its own threads take longer to wake up than they save
    far, start = np.empty(size, np.int32), 0
    for codes in parts:
        end = start + len(codes)
        into = faiss.swig_ptr(far[start:end])
        given = (faiss.swig_ptr(bits), faiss.swig_ptr(codes), 1, len(codes), codes.shape[1])
        faiss.hammings(*given, into)  # type: ignore[attr-defined] # its stubs leave it out
        start = end
    return far
