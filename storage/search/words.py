"""Words: a tantivy index of questions with their answers and of know-how, to find items by any of the words.

User text never reaches a query parser: it is analysed like the documents and every term becomes a term query.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur, Query

from bot.errors import StoreError
from bot.events import ChannelId
from bot.model import ItemKind
from storage.search.items import channel_mark
from storage.search.text import NAMED

HEAP = 15_000_000  # bytes that the writer may hold before it makes a segment; tantivy takes no less
_COUNTED = 2_000  # a word in more items than this is counted by estimate
_TOGETHER = 20  # words counted at once: a score of tantivy holds 24 bits
_TRIED = 50  # words one slip away that are looked up
_NEIGHBOURS = 3  # known words tried for a mistyped one
_SHORTEST = 5  # letters: a shorter unknown word has too many neighbours
_PREFIX = 2  # letters at the beginning that are supposed to be right
_IDENTIFIER_BOOST = 2.0
_CODES = {ItemKind.QUESTION: 0, ItemKind.KNOW_HOW: 1}

Names = Collection[str] | None
Places = NDArray[np.uint64]
_NOWHERE = np.zeros(0, np.uint64)


class Document(NamedTuple):
    """An item for the index; `mark` stands for its reference, `terms` is `text.terms` of its text."""

    mark: int
    channel: ChannelId
    kind: ItemKind
    terms: Mapping[str, int]


class Scope(NamedTuple):
    """Where to look: what all of `filters` let through (none: everything), which is `allowed` of the items, and lies
    in one of `places` (sorted)."""

    filters: tuple[Query, ...]
    allowed: int
    places: Places = _NOWHERE  # nobody asks when there are no filters


class Words:
    """The index in one folder. One process writes; others may follow."""

    def __init__(self, folder: Path, *, follow: bool = False) -> None:
        """Opens or creates. Raises ValueError or OSError when the folder holds something unreadable."""
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, str(folder))
        self._index.register_tokenizer("whole", _whole())
        self._writer: tantivy.IndexWriter | None = None if follow else self._opened_for_writing()
        self.reload()

    def put(self, document: Document) -> None:
        """Insert; `drop` the old one first. Seen after `commit`."""
        row = tantivy.Document()
        row.add_unsigned("mark", document.mark)
        row.add_unsigned("place", int(place(np.uint64(channel_mark(document.channel)), document.kind)))
        row.add_text("channel", document.channel)
        row.add_text("kind", document.kind)
        row.add_text("terms", " ".join(word for term, count in document.terms.items() for word in [term] * count))
        self._writing().add_document(row)

    def drop(self, mark: int) -> None:
        """Take out if it is there; seen after `commit`."""
        # not by term: tantivy-py 0.27 takes the number for a signed one and then deletes nothing
        self._writing().delete_documents_by_query(Query.term_query(self._schema, "mark", mark))

    def commit(self) -> None:
        """Bring everything to the disk and show it."""
        self._writing().commit()
        self.reload()

    def reload(self) -> None:
        """Show what was committed last, here or by another process."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        """Let merges finish and leave the folder to others."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    def count(self) -> int:
        """How many items are in it."""
        return int(self._searcher.num_docs)

    def find(self, words: Iterable[str], limit: int, scope: Scope) -> list[int]:
        """The marks of the best `limit` items with any of the words, by BM25, best first."""
        any_word = [(Occur.Should, self._boosted(word)) for word in words]
        if not any_word or not scope.allowed:
            return []
        query = self._within(Query.boolean_query(any_word), scope)
        hits = self._searcher.search(query, limit, count=False).hits
        marks = self._searcher.fast_field_values("mark", [address for _, address in hits])
        return [int(mark or 0) for mark in marks]

    def found(self, words: Collection[str], scope: Scope) -> dict[str, int]:
        """In how many items of the scope each word occurs; by proportion when it occurs in very many anywhere."""
        anywhere = {word: int(self._searcher.doc_freq("terms", word)) for word in words}
        if not scope.filters:
            return anywhere
        every = max(1, self.count())
        found = {w: max(1, n * scope.allowed // every) if n > _COUNTED else 0 for w, n in anywhere.items() if n}
        few = iter([word for word in found if anywhere[word] <= _COUNTED])
        while part := list(islice(few, _TOGETHER)):
            found |= self._counted(part, sum(anywhere[word] for word in part), scope.places)
        return {word: found.get(word, 0) for word in words}

    def _counted(self, words: Sequence[str], most: int, places: Places) -> dict[str, int]:
        """By looking where each item is that has any of the words, of which there are at most so many: the filters
        would make their list of all that they let through anew for every word. Word `n` adds 2ⁿ to the score of an
        item, so that the sum says which are in it."""
        powers = [(Occur.Should, Query.const_score_query(self._term(w), float(1 << n))) for n, w in enumerate(words)]
        hits = self._searcher.search(Query.boolean_query(powers), most, count=False).hits
        found = np.array(self._searcher.fast_field_values("place", [address for _, address in hits]), np.uint64)
        at = np.minimum(np.searchsorted(places, found), len(places) - 1)
        sums = np.array([score for score, _ in hits], np.int64)[places[at] == found]
        return {word: int(np.count_nonzero(sums & (1 << n))) for n, word in enumerate(words)}

    def neighbours(self, word: str, scope: Scope) -> dict[str, int]:
        """Words of the scope that `word` may be a slip of the keyboard for, with how often they occur."""
        if len(word) < _SHORTEST or word.startswith(NAMED):
            return {}
        alike = [other for other in self.known(word[:_PREFIX]) if one_slip(word, other)]
        near = self.found(alike[:_TRIED], scope)
        best = sorted((-count, other) for other, count in near.items() if count)[:_NEIGHBOURS]
        return {other: -count for count, other in best}

    def known(self, prefix: str) -> list[str]:
        """The words in the index that begin so, also those of items dropped since the last merge."""
        return [word for word, _ in self._searcher.terms_with_prefix("terms", prefix)]

    def scope(self, channels: Names, marks: Places, kinds: Collection[ItemKind] | None, allowed: int) -> Scope:
        """The items of these channels (None: all), whose marks are given too, and of these kinds (None: all), of
        which there are `allowed`."""
        if channels is None and kinds is None:
            return Scope((), allowed)
        filters = (self._filter("channel", channels), self._filter("kind", kinds))
        places = np.concatenate([place(marks, kind) for kind in (_CODES if kinds is None else kinds)])
        return Scope(tuple(query for query in filters if query is not None), allowed, np.sort(places))

    def _within(self, query: Query, scope: Scope) -> Query:
        return Query.boolean_query([(Occur.Must, query), *((Occur.Must, one) for one in scope.filters)])

    def _filter(self, field: str, values: Names) -> Query | None:
        if values is None:
            return None
        return Query.const_score_query(Query.term_set_query(self._schema, field, list(values)), 0.0)

    def _boosted(self, word: str) -> Query:
        return Query.boost_query(self._term(word), _IDENTIFIER_BOOST) if word.startswith(NAMED) else self._term(word)

    def _term(self, word: str) -> Query:
        return Query.term_query(self._schema, "terms", word, "freq")

    def _opened_for_writing(self) -> tantivy.IndexWriter:
        writer = self._index.writer(HEAP, 1)
        # a commit that was killed may have left a file behind of the name that the same commit now gives it, and
        # tantivy writes over nothing
        writer.garbage_collect_files()
        return writer

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise StoreError("this process only reads the search index")
        return self._writer


def place(mark: np.uint64 | Places, kind: ItemKind) -> Places:
    """What stands for the items of one kind in a channel, or in each of some channels."""
    return np.asarray(mark & ~np.uint64(1) | np.uint64(_CODES[kind]))


def one_slip(one: str, other: str) -> bool:
    """Whether one letter more, less, or different, or two neighbours swapped, makes one word the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _whole() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def _schema() -> tantivy.Schema:
    build = tantivy.SchemaBuilder()
    build.add_unsigned_field("mark", indexed=True, fast=True)
    build.add_unsigned_field("place", fast=True)
    build.add_text_field("channel", tokenizer_name="raw", index_option="basic")
    build.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    build.add_text_field("terms", tokenizer_name="whole", index_option="freq")
    return build.build()
