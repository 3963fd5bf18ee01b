"""One index on disk, from its making until another one replaces it: words and vectors of the same items.

Both halves keep the number of the last change they have seen, stored after what it describes. After a crash each
may have seen more than it says; a change taken in twice changes nothing.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from bot.events import ChannelId
from bot.model import Candidate, ItemKind, Ref, Vector
from storage.search.files import replace
from storage.search.items import OWN, THREAD, Column, Items, Mask, mark
from storage.search.vectors import Cosines, Numbers, Vectors
from storage.search.words import Document, Scored, Words

UNREADABLE = (OSError, ValueError, KeyError, EOFError, BadZipFile)
_SAME = 0.999  # a thread vector this close to the own one adds nothing


class Entry(NamedTuple):
    """What the record says about an item now."""

    ref: Ref
    kind: ItemKind
    text: str
    own: Vector | None
    thread: Vector | None


class Generation:
    """The index in one folder. `follow`: another process writes it; changes are followed in memory only."""

    def __init__(self, folder: Path, dim: int, *, new: bool = False, follow: bool = False) -> None:
        """Opens, or makes a new one. Raises one of `UNREADABLE` when what is there cannot be used."""
        if new:
            folder.mkdir(parents=True)
        self.folder = folder
        self.follow = follow
        self.seq = 0
        self.items = Items()
        self.vectors = Vectors(folder / "vectors.i8", dim, follow=follow)
        self.words = Words(folder / "words", follow=follow)
        self._lock = threading.Lock()
        self._unsaved = 0
        if not new:
            self.seq = self._load()
            self._check()

    @property
    def unsaved(self) -> int:
        """How many items changed since the last `save`."""
        return self._unsaved

    def apply(self, entries: Sequence[Entry], gone: Collection[Ref], seq: int) -> None:
        """Take in what the record says about some items, as far as change `seq`. Words show it after `commit`."""
        with self._lock:
            for ref in gone:
                self.items.drop(ref)
            for entry in entries:
                self._put(entry)
        if not self.follow:
            self._put_words(entries, gone)
        self.seq = seq
        self._unsaved += len(entries) + len(gone)

    def commit(self) -> None:
        """Words to the disk, then the number of the change they have reached."""
        if self.follow:
            self.words.reload()
            return
        self.words.commit()
        replace(self.folder / "words.seq", lambda file: file.write(str(self.seq).encode()))

    def save(self) -> None:
        """Vectors to the disk together with the number of the change they have reached. Call after `commit`."""
        if self.follow:
            return
        columns = self.items.columns() | self.vectors.columns(self.items.count)
        columns["seq"] = np.array(self.seq)
        replace(self.folder / "items.npz", lambda file: np.savez(file, allow_pickle=False, **columns))
        self._unsaved = 0

    def close(self) -> None:
        """Leave the folder to others; what was not saved is followed again later."""
        self.words.close()

    def has_residue(self) -> bool:
        """Whether files may still hold something of items that were dropped or changed."""
        gone = self.items.count != self.items.living()
        return gone or self.words.has_residue()

    def find(
        self,
        text: str,
        vector: Vector | None,
        channels: Collection[ChannelId] | None,
        kinds: Collection[ItemKind] | None,
        limit: int,
    ) -> list[Candidate]:
        """The best `limit` by words and the best `limit` by vectors, each with both kinds of score."""
        said = self.words.find(text, limit, channels=channels, kinds=kinds)
        with self._lock:
            mask = self.items.mask(channels, kinds)
            spoken = self._numbers(said, mask)
            short = self._shortlist(vector, mask)
            wanted = np.union1d(short, np.fromiter(spoken, np.int64, len(spoken)))
            flags = self.items.flags.take(wanted)
        if vector is None or not len(wanted):
            return self._candidates(spoken, {})
        cosines = self.vectors.cosines(vector, wanted, flags)
        near = _nearest(wanted, cosines, short, limit)
        self._fill(text, spoken, near)
        rows = {int(n): (_known(o), _known(t)) for n, o, t in zip(wanted, *cosines, strict=True)}
        return self._candidates(spoken, rows)

    def _numbers(self, said: Sequence[Scored], mask: Mask) -> dict[int, float]:
        found = ((self.items.number(hit.mark), hit.score) for hit in said)
        return {number: score for number, score in found if number is not None and mask[number]}

    def _shortlist(self, vector: Vector | None, mask: Mask) -> Numbers:
        if vector is None:
            return np.zeros(0, np.int64)
        flags = self.items.flags[: len(mask)]
        parts = (self.vectors.nearest(vector, part, mask & ((flags & part) > 0)) for part in (OWN, THREAD))
        return np.union1d(*parts)

    def _fill(self, text: str, spoken: dict[int, float], near: Iterable[int]) -> None:
        """Give those found by vectors only their score by words."""
        marks = {int(self.items.marks[number]): number for number in near if number not in spoken}
        for value, score in self.words.score(text, list(marks)).items():
            spoken[marks[value]] = score

    def _candidates(
        self, spoken: Mapping[int, float], rows: Mapping[int, tuple[float | None, float | None]]
    ) -> list[Candidate]:
        cosines = ((number, rows.get(number, (None, None))) for number in spoken)
        return [
            Candidate(ref=self.items.ref(number), words=spoken[number], own=own, thread=thread)
            for number, (own, thread) in cosines
        ]

    def _put(self, entry: Entry) -> None:
        number = self.items.put(entry.ref, entry.kind)
        for part, vector in ((OWN, entry.own), (THREAD, _if_other(entry.thread, entry.own))):
            if vector is not None:
                self.vectors.put(number, part, vector)
                self.items.flags[number] |= part

    def _put_words(self, entries: Sequence[Entry], gone: Collection[Ref]) -> None:
        for ref in gone:
            self.words.drop(mark(ref))
        for entry in entries:
            self.words.put(Document(mark(entry.ref), entry.ref.channel, entry.kind, entry.text))

    def _load(self) -> int:
        with np.load(self.folder / "items.npz", allow_pickle=False) as file:
            saved: dict[str, Column] = {name: file[name] for name in file.files}
        self.items.load(saved)
        self.vectors.load(saved, self.items.flags)
        return int(saved["seq"])

    def _check(self) -> None:
        """Words are stored first, so they are never behind; at the same change they hold the same items."""
        words_seq = int((self.folder / "words.seq").read_text())
        same = words_seq == self.seq and not self.follow
        if words_seq < self.seq or (same and self.words.count() != self.items.living()):
            raise ValueError("words and vectors are not of the same items")


def _nearest(numbers: Numbers, cosines: Cosines, short: Numbers, limit: int) -> list[int]:
    best = np.where(np.isin(numbers, short), cosines.best(), -2)
    order = np.argsort(-best, kind="stable")[: min(limit, len(short))]
    return [int(number) for number in numbers[order]]


def _if_other(thread: Vector | None, own: Vector | None) -> Vector | None:
    if thread is None or own is None:
        return thread
    return None if float(thread @ own) > _SAME else thread


def _known(cosine: float) -> float | None:
    return None if np.isnan(cosine) else float(cosine)
