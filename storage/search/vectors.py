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
from storage.search.columns import Column, Mask, Numbers
from storage.search.items import OWN, THREAD


class Cosines(NamedTuple):
    """Cosines with a query per item; nan where the item lacks that vector."""

    own: NDArray[np.float32]
    thread: NDArray[np.float32]

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
        slots = [self._read(number, flag) for number, flag in zip(numbers.tolist(), flags.tolist(), strict=True)]
        own = [slot[: self.dim] for slot, flag in zip(slots, flags.tolist(), strict=True) if flag & OWN]
        thread = [slot[self.dim :] for slot, flag in zip(slots, flags.tolist(), strict=True) if flag & THREAD]
        return Cosines(self._cosines(query, own, (flags & OWN) > 0), self._cosines(query, thread, (flags & THREAD) > 0))

    def _cosines(self, query: Vector, rows: Sequence[bytes | bytearray], there: Mask) -> NDArray[np.float32]:
        """One per item, of which only those that are `there` have a row."""
        values = np.frombuffer(b"".join(rows), np.int8).reshape(-1, self.dim).astype(np.float32)
        length = np.sqrt(np.einsum("nd,nd->n", values, values))
        found = np.full(len(there), np.nan, np.float32)
        # einsum, not @: a few hundred rows are done before a second thread of linear algebra has woken up
        found[there] = np.einsum("nd,d->n", values, query.astype(np.float32)) / np.maximum(length, 1e-9)
        return found

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

    def _read(self, number: int, parts: int = OWN | THREAD) -> bytes | bytearray:
        """The slot of an item, as far as these parts."""
        if self._overlay and number in self._overlay:
            return self._overlay[number]
        size = 2 * self.dim if parts & THREAD else self.dim
        return os.pread(self._file, size, 2 * self.dim * number).ljust(size, b"\0")

    def _write(self, number: int, part: int, data: bytes) -> None:
        start = 0 if part == OWN else self.dim
        if self._overlay is None:
            os.pwrite(self._file, data, 2 * self.dim * number + start)
            return
        slot = bytearray(self._read(number))
        slot[start : start + self.dim] = data
        self._overlay[number] = slot


def as_bytes(vector: Vector) -> bytes:
    """One signed byte per dimension, scaled to the largest."""
    scale = 127 / max(float(np.abs(vector).max(initial=0)), 1e-9)
    return bytes(np.rint(vector * scale).astype(np.int8))
