"""Vectors by item number: one bit per dimension in memory, one byte per dimension on disk.

A search takes the `SHORTLIST` nearest by Hamming distance between sign bits, reads those from the file and ranks
them by cosine. Measured with the default embedder on 14,000 real texts (docs/search.md): recall@10 .99; a
rotation or centering before taking signs gains nothing there, and fewer bits lose much.

The file is written in place: a slot is only ever written because of a change that the saved state has not seen
yet, so after a crash the same change writes it again.
"""

import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from bot.model import Vector
from storage.search.columns import Column, Mask, Numbers, resized, roomier
from storage.search.items import OWN, THREAD

SHORTLIST = 400
_CHUNK = 65_536  # rows gathered at a time: keeps the copy within the processor's cache
_SPARSE = 0.5  # share of allowed rows below which gathering them is cheaper than scanning everything

Codes = NDArray[np.uint8]


class Cosines(NamedTuple):
    """Cosines with a query per item; nan where the item lacks that vector."""

    own: NDArray[np.float32]
    thread: NDArray[np.float32]

    def best(self) -> NDArray[np.float32]:
        """The better of the two, −1 where there is neither."""
        better = np.fmax(self.own, self.thread)
        return np.where(np.isnan(better), np.float32(-1), better)


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


class Vectors:
    """Own and thread vectors of items, `dim` dimensions each. Not safe for two writers."""

    def __init__(self, path: Path, dim: int, *, follow: bool = False) -> None:
        """`follow`: another process owns the file; what this one puts stays in memory."""
        self.dim = dim
        self.codes: dict[int, Codes] = {part: self._no_codes() for part in (OWN, THREAD)}
        self._file = os.open(path, os.O_RDONLY if follow else os.O_RDWR | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)
        self._overlay: dict[int, bytearray] | None = {} if follow else None

    def _no_codes(self) -> Codes:
        return np.zeros((0, (self.dim + 7) // 8), np.uint8)

    def put(self, number: int, part: int, vector: Vector) -> None:
        """Insert or replace one vector."""
        codes = self.codes[part]
        if number >= len(codes):
            codes = resized(codes, max(number + 1, roomier(len(codes))))
            self.codes[part] = codes
        codes[number] = signs(vector)
        self._write(number, part, as_bytes(vector))

    def nearest(self, query: Vector, part: int, count: int, allowed: Allowed) -> Numbers:
        """Up to `SHORTLIST` numbers below `count` whose sign bits are nearest to the query's; all that are `allowed`
        must have this part."""
        codes = self.codes[part][:count]
        size = allowed.size()
        if not size:
            return np.zeros(0, np.int64)
        wanted = signs(query)[None]
        if size < _SPARSE * len(codes):
            return _gathered(codes, wanted, allowed.numbers())
        return _scanned(codes, wanted, allowed, size)

    def cosines(self, query: Vector, numbers: Numbers, flags: NDArray[np.uint8]) -> Cosines:
        """Of the items `numbers`, whose flags are given, from the bytes in the file."""
        rows = np.frombuffer(b"".join(map(self._read, numbers.tolist())), np.int8)
        values = rows.reshape(len(numbers), 2, self.dim).astype(np.float32)
        length = np.sqrt(np.einsum("npd,npd->np", values, values))
        # einsum, not @: a few hundred rows are done before a second thread of linear algebra has woken up
        found = np.einsum("npd,d->np", values, query.astype(np.float32)) / np.maximum(length, 1e-9)
        absent = np.stack([(flags & OWN) == 0, (flags & THREAD) == 0], axis=1)
        found[absent] = np.nan
        return Cosines(found[:, 0], found[:, 1])

    def columns(self, count: int) -> dict[str, Column]:
        """What has to be saved for the first `count` items; the file is brought to the disk first."""
        os.fsync(self._file)
        return {"own": self.codes[OWN][:count], "thread": self.codes[THREAD][:count]}

    def load(self, saved: Mapping[str, Column], flags: NDArray[np.uint8]) -> None:
        """Take over what was saved. Raises KeyError or ValueError when it does not fit together."""
        for part, name in ((OWN, "own"), (THREAD, "thread")):
            if saved[name].shape[1:] != self.codes[part].shape[1:] or len(saved[name]) > len(flags):
                raise ValueError("vectors of another dimension or number")
            self.codes[part] = saved[name]
        last = int(np.flatnonzero(flags & (OWN | THREAD)).max(initial=-1))
        if os.fstat(self._file).st_size < 2 * self.dim * last + self.dim:
            raise ValueError("the file of vectors is cut off")

    def _read(self, number: int) -> bytes | bytearray:
        if self._overlay and number in self._overlay:
            return self._overlay[number]
        return os.pread(self._file, 2 * self.dim, 2 * self.dim * number).ljust(2 * self.dim, b"\0")

    def _write(self, number: int, part: int, data: bytes) -> None:
        start = 0 if part == OWN else self.dim
        if self._overlay is None:
            os.pwrite(self._file, data, 2 * self.dim * number + start)
            return
        slot = bytearray(self._read(number))
        slot[start : start + self.dim] = data
        self._overlay[number] = slot


def signs(vector: Vector) -> Codes:
    """One bit per dimension: whether it is positive."""
    return np.packbits(vector > 0)


def as_bytes(vector: Vector) -> bytes:
    """One signed byte per dimension, scaled to the largest."""
    scale = 127 / max(float(np.abs(vector).max(initial=0)), 1e-9)
    return bytes(np.rint(vector * scale).astype(np.int8))


def _gathered(codes: Codes, query: Codes, rows: Numbers) -> Numbers:
    """Search a copy of the allowed rows, a piece at a time."""
    best = [(np.zeros(0, np.int32), np.zeros(0, np.int64))]
    for start in range(0, len(rows), _CHUNK):
        piece = rows[start : start + _CHUNK]
        far, at = _hamming(codes.take(piece, axis=0), query, SHORTLIST)
        best.append((far, piece[at]))
    far, numbers = (np.concatenate(column) for column in zip(*best, strict=True))
    return numbers[np.argsort(far, kind="stable")[:SHORTLIST]]


def _scanned(codes: Codes, query: Codes, allowed: Allowed, size: int) -> Numbers:
    """Search everything, a little deeper, and keep what is allowed; gather when that did not suffice."""
    deeper = SHORTLIST if size == len(codes) else int(1.3 * SHORTLIST * len(codes) / size) + 50
    _, at = _hamming(codes, query, deeper)
    numbers = at[allowed.among(at)][:SHORTLIST]
    return numbers if len(numbers) >= min(SHORTLIST, size) else _gathered(codes, query, allowed.numbers())


def _hamming(codes: Codes, query: Codes, limit: int) -> tuple[NDArray[np.int32], Numbers]:
    """Distances and rows of the `limit` nearest codes, nearest first. faiss reads our memory, no copy."""
    faiss.omp_set_num_threads(1)  # per thread; waiting for a second one costs more than it saves
    limit = min(limit, len(codes))
    far, at = np.empty((1, limit), np.int32), np.empty((1, limit), np.int64)
    heap = faiss.int_maxheap_array_t()
    heap.nh, heap.k, heap.val, heap.ids = 1, limit, faiss.swig_ptr(far), faiss.swig_ptr(at)
    codes = np.ascontiguousarray(codes)
    faiss.hammings_knn_hc(heap, faiss.swig_ptr(query), faiss.swig_ptr(codes), len(codes), codes.shape[1], 1)
    return far[0], at[0]
