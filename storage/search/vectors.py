"""Vectors by item number: one bit per dimension in memory, one byte per dimension on disk.

A search takes the `SHORTLIST` nearest by Hamming distance between sign bits, reads those from the file and ranks
them by cosine. Measured with the default embedder on 14,000 real texts (docs/search.md): recall@10 .99; a
rotation or centering before taking signs gains nothing there, and fewer bits lose much.

The file is written in place: a slot is only ever written because of a change that the saved state has not seen
yet, so after a crash the same change writes it again.
"""

import os
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.model import Vector
from storage.search.codes import Codes
from storage.search.columns import Column, Numbers
from storage.search.items import OWN, THREAD


class Cosines(NamedTuple):
    """Cosines with a query per item; nan where the item lacks that vector."""

    own: NDArray[np.float32]
    thread: NDArray[np.float32]

    @classmethod
    def unknown(cls, count: int) -> "Cosines":
        """Of so many items that have neither."""
        return cls(*np.full((2, count), np.nan, np.float32))

    def best(self) -> NDArray[np.float32]:
        """The better of the two, −1 where there is neither."""
        better = np.fmax(self.own, self.thread)
        return np.where(np.isnan(better), np.float32(-1), better)


class Vectors:
    """Own and thread vectors of items, `dim` dimensions each. Not safe for two writers."""

    def __init__(self, path: Path, dim: int, *, follow: bool = False) -> None:
        """`follow`: another process owns the file; what this one puts stays in memory."""
        self.dim = dim
        self.codes = {part: Codes(dim) for part in (OWN, THREAD)}
        self._file = os.open(path, os.O_RDONLY if follow else os.O_RDWR | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)
        self._overlay: dict[int, bytearray] | None = {} if follow else None

    def put(self, number: int, part: int, vector: Vector) -> None:
        """Insert or replace one vector."""
        self.codes[part].put(number, vector)
        self._write(number, part, as_bytes(vector))

    def cosines(self, query: Vector, numbers: Numbers, flags: NDArray[np.uint8]) -> Cosines:
        """Of the items `numbers`, whose flags are given, from the bytes in the file."""
        own, thread = (flags & OWN) > 0, (flags & THREAD) > 0
        rows = np.where(thread, 2, own)  # that are read of each item: a slot, or the half of it
        values = np.frombuffer(self._bytes(numbers.tolist(), rows.tolist()), np.int8).reshape(-1, self.dim)
        found = np.append(_cosines(query, values.astype(np.float32)), np.float32(np.nan))
        last = np.cumsum(rows) - 1
        return Cosines(np.where(own, found[last - thread], np.nan), np.where(thread, found[last], np.nan))

    def columns(self) -> dict[str, Column]:
        """What has to be saved; the file is brought to the disk first."""
        os.fsync(self._file)
        return self.codes[OWN].columns("own") | self.codes[THREAD].columns("thread")

    def load(self, saved: Mapping[str, Column], flags: NDArray[np.uint8]) -> None:
        """Take over what was saved. Raises KeyError or ValueError when it does not fit together."""
        for part, name in ((OWN, "own"), (THREAD, "thread")):
            self.codes[part].load(saved, name, len(flags))
        last = int(np.flatnonzero(flags & (OWN | THREAD)).max(initial=-1))
        if os.fstat(self._file).st_size < 2 * self.dim * last + self.dim:
            raise ValueError("the file of vectors is cut off")

    def _bytes(self, numbers: Sequence[int], rows: Sequence[int]) -> bytes:
        """Of each item its own vector (where `rows` is 1), and its thread's (2), one after the other."""
        wanted, dim = zip(numbers, rows, strict=True), self.dim
        if self._overlay:
            return b"".join(self._read(number)[: count * dim] for number, count in wanted)
        # written out: hundreds are read by each search
        return b"".join([os.pread(self._file, count * dim, 2 * dim * number) for number, count in wanted])

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


def _cosines(query: Vector, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    # einsum, not @: a few hundred rows are done before a second thread of linear algebra has woken up
    dots, squares = np.einsum("nd,d->n", rows, query.astype(np.float32)), np.einsum("nd,nd->n", rows, rows)
    return np.asarray(dots / np.maximum(np.sqrt(squares), 1e-9))


def as_bytes(vector: Vector) -> bytes:
    """One signed byte per dimension, scaled to the largest."""
    scale = 127 / max(float(np.abs(vector).max(initial=0)), 1e-9)
    return bytes(np.rint(vector * scale).astype(np.int8))
