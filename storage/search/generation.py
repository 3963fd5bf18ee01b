"""One index on disk, from its making until another one replaces it: words and vectors of the same items.

Both halves keep the number of the last change they have seen, stored after what it describes. After a crash each
may have seen more than it says; a change taken in twice changes nothing.
"""

import math
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from bot.events import ChannelId
from bot.model import Candidate, ItemKind, Ref, Vector
from storage.search.choice import Choice, choose
from storage.search.codes import Look, Near, nearest_of_all
from storage.search.columns import Column, Numbers
from storage.search.files import replace
from storage.search.helper import share
from storage.search.items import OWN, THREAD, Items, mark
from storage.search.lookup import wanted
from storage.search.terms import Terms
from storage.search.text import terms
from storage.search.vectors import Cosines, Vectors
from storage.search.words import Document, Scope, Words

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
        self.terms = Terms(folder / "terms", follow=follow)
        self.words = Words(folder / "words", follow=follow)
        self._lock = threading.Lock()
        self._unsaved = 0
        self._residue = False
        self._words_ahead = False
        if not new:
            self.seq = self._load()
            self._check()

    @property
    def unsaved(self) -> int:
        """How many items changed since the last `save`."""
        return self._unsaved

    def apply(self, entries: Sequence[Entry], gone: Collection[Ref], seq: int) -> None:
        """Take in what the record says about some items, as far as change `seq`. Words show it after `commit`."""
        counts = [terms(entry.text) for entry in entries]
        with self._lock:
            for ref in gone:
                self._drop(ref)
            for entry, count in zip(entries, counts, strict=True):
                self._put(entry, count)
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
        columns = self.items.columns() | self.vectors.columns()
        columns |= self.terms.columns(self.items.count)
        columns |= {"seq": np.array(self.seq), "residue": np.array(self._residue)}
        replace(self.folder / "items.npz", lambda file: np.savez(file, allow_pickle=False, **columns))
        self._unsaved = 0

    def close(self) -> None:
        """Leave the folder to others; what was not saved is followed again later."""
        self.words.close()

    def has_residue(self) -> bool:
        """Whether files may still hold something of items that were dropped or changed."""
        return self._residue

    def find(
        self,
        text: str,
        vector: Vector | None,
        channels: Collection[ChannelId] | None,
        kinds: Collection[ItemKind] | None,
        limit: int,
    ) -> list[Candidate]:
        """The best `limit` by words and the best `limit` by vectors, each with both kinds of score."""
        with self._lock:
            choice = choose(self.items, channels, kinds)
            if not choice.size():
                return []
            scope = self.scope(choice, kinds)
            looked_up = wanted(text, self.words, scope)
            marks, near = share(lambda: self.words.find(looked_up.rare, limit, scope), self._looks(vector, choice))
            short = nearest_of_all(near).numbers
            found = self.items.numbers(marks)
            said = found[choice.among(found)]
        numbers, cosines = self._best(vector, short, said, limit)
        words = self.terms.scores(numbers.tolist(), looked_up.weights)
        rows = zip(self.items.refs(numbers), words.tolist(), cosines.own.tolist(), cosines.thread.tolist(), strict=True)
        return [Candidate(ref=r, words=w, own=_known(own), thread=_known(thread)) for r, w, own, thread in rows]

    def scope(self, choice: Choice, kinds: Collection[ItemKind] | None) -> Scope:
        """The choice, as words know it."""
        names, marks = choice.channels()
        return self.words.scope(names, marks, kinds, choice.size())

    def _best(self, vector: Vector | None, short: Numbers, said: Numbers, limit: int) -> tuple[Numbers, Cosines]:
        """The best of the shortlist and what was found by words, ascending, with their cosines."""
        numbers = np.union1d(short, said)
        if vector is None:
            return numbers, Cosines.unknown(len(numbers))
        cosines = self.vectors.cosines(vector, numbers, self.items.flags.take(numbers))
        kept = np.isin(numbers, said)
        best = np.where(np.isin(numbers, short), cosines.best(), -2)
        kept[np.argsort(-best, kind="stable")[: min(limit, len(short))]] = True
        return numbers[kept], Cosines(cosines.own[kept], cosines.thread[kept])

    def _looks(self, vector: Vector | None, choice: Choice) -> list[Look]:
        """Calls that find the shortlist. Those that keep asking for the interpreter are one: two at a time would wait
        for each other."""
        if vector is None:
            return []
        looks = [codes.looks(vector, choice.having(part)) for part, codes in self.vectors.codes.items()]
        alone = [look for some in looks if len(some) == 1 for look in some]
        return [*(look for some in looks if len(some) > 1 for look in some), partial(_in_turn, alone)]

    def _drop(self, ref: Ref) -> None:
        if self.items.drop(ref) is not None:
            self._residue = True
        if not self.follow:
            self.words.drop(mark(ref))

    def _put(self, entry: Entry, counts: Mapping[str, int]) -> None:
        known = self.items.number(mark(entry.ref)) is not None
        self._residue = self._residue or known
        number = self.items.put(entry.ref, entry.kind)
        for part, vector in ((OWN, entry.own), (THREAD, _if_other(entry.thread, entry.own))):
            if vector is not None:
                self.vectors.put(number, part, vector)
                self.items.mark_as(number, int(self.items.flags[number]) | part)
        self.terms.put(number, counts)
        if not self.follow:
            if known or self._words_ahead:
                self.words.drop(mark(entry.ref))
            self.words.put(Document(mark(entry.ref), entry.ref.channel, entry.kind, counts))

    def _load(self) -> int:
        with (self.folder / "items.npz").open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            saved: dict[str, Column] = {name: file[name] for name in file.files}
        self.items.load(saved)
        self.vectors.load(saved, self.items.flags)
        self.terms.load(saved, self.items.count)
        self._words_ahead = self._words_seq() != int(saved["seq"]) or self.terms.has_tail()
        self._residue = bool(saved["residue"]) or self._words_ahead
        return int(saved["seq"])

    def _words_seq(self) -> int:
        return int((self.folder / "words.seq").read_text())

    def _check(self) -> None:
        """Words are stored first, so they are never behind; at the same change they hold the same items."""
        words_seq = self._words_seq()
        same = words_seq == self.seq and not self.follow
        if words_seq < self.seq or (same and self.words.count() != self.items.living()):
            raise ValueError("words and vectors are not of the same items")


def _in_turn(looks: Sequence[Look]) -> Near:
    return nearest_of_all([look() for look in looks])


def _if_other(thread: Vector | None, own: Vector | None) -> Vector | None:
    if thread is None or own is None:
        return thread
    return None if float(thread @ own) > _SAME else thread


def _known(cosine: float) -> float | None:
    return None if math.isnan(cosine) else cosine
