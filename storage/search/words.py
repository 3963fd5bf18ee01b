"""Words: a tantivy index of questions with their answers and of know-how. BM25 over any of the query's words.

User text never reaches a query parser: it is analysed like the documents and every term becomes a term query.
"""

import json
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import tantivy
from tantivy import Occur, Query

from bot.errors import StoreError
from bot.events import ChannelId
from bot.model import ItemKind
from bot.practice.identifiers import identifiers
from storage.search import text as texts

HEAP = 32_000_000  # bytes that the writer may hold before it makes a segment
_MOST_TERMS = 24  # of a long text only its rarest words are looked up
_IDENTIFIER_BOOST = 2.0
_TYPO_LENGTH = 5  # shorter unknown words have too many neighbours


class Document(NamedTuple):
    """An item for the index; `mark` stands for its reference."""

    mark: int
    channel: ChannelId
    kind: ItemKind
    text: str


class Scored(NamedTuple):
    """An item found by words, with its BM25 score."""

    mark: int
    score: float


class Words:
    """The index in one folder. One process writes; others may follow."""

    def __init__(self, folder: Path, *, follow: bool = False) -> None:
        """Opens or creates. Raises ValueError or OSError when the folder holds something unreadable."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, str(folder))
        self._index.register_tokenizer("words", texts.analyzer())
        self._index.register_tokenizer("whole", _whole())
        self._writer: tantivy.IndexWriter | None = None if follow else self._index.writer(HEAP, 1)
        self.reload()

    def put(self, document: Document) -> None:
        """Insert or replace; seen after `commit`."""
        self.drop(document.mark)
        row = tantivy.Document()
        row.add_unsigned("mark", document.mark)
        row.add_text("channel", document.channel)
        row.add_text("kind", document.kind)
        row.add_text("body", document.text[: texts.LONGEST])
        row.add_text("identifiers", " ".join(identifiers(document.text)))
        self._writing().add_document(row)

    def drop(self, mark: int) -> None:
        """Take out if it is there; seen after `commit`."""
        self._writing().delete_documents_by_term("mark", mark)

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

    def has_residue(self) -> bool:
        """Whether files may still hold words of items that were dropped."""
        meta = json.loads((self._folder / "meta.json").read_text())
        named = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
        there = {path.name.split(".")[0] for path in self._folder.iterdir() if len(path.name) > 32}
        return any(segment["deletes"] for segment in meta["segments"]) or bool(there - named)

    def find(
        self,
        text: str,
        limit: int,
        *,
        channels: Collection[ChannelId] | None,
        kinds: Collection[ItemKind] | None,
    ) -> list[Scored]:
        """The best `limit` items with any of the words, best first."""
        wanted = self._wanted(text)
        if not wanted:
            return []
        must = [self._filter("channel", channels), self._filter("kind", kinds)]
        return self._search(_both(must, wanted), limit)

    def score(self, text: str, marks: Sequence[int]) -> dict[int, float]:
        """BM25 of the given items; 0 for one that has none of the words."""
        wanted = self._wanted(text)
        if not marks or not wanted:
            return dict.fromkeys(marks, 0.0)
        these = Query.const_score_query(Query.term_set_query(self._schema, "mark", list(marks)), 0.0)
        query = Query.boolean_query([(Occur.Must, these), *((Occur.Should, q) for q in wanted)])
        return dict.fromkeys(marks, 0.0) | dict(self._search(query, len(marks)))

    def _search(self, query: Query, limit: int) -> list[Scored]:
        hits = self._searcher.search(query, limit, count=False).hits
        marks = self._searcher.fast_field_values("mark", [address for _, address in hits])
        return [Scored(int(mark or 0), float(score)) for mark, (score, _) in zip(marks, hits, strict=True)]

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise StoreError("this process only reads the search index")
        return self._writer

    def _filter(self, field: str, values: Collection[str] | None) -> Query | None:
        if values is None:
            return None
        return Query.const_score_query(Query.term_set_query(self._schema, field, list(values)), 0.0)

    def _wanted(self, text: str) -> list[Query]:
        names = identifiers(text)[:_MOST_TERMS]
        queries = [Query.boost_query(self._term("identifiers", name), _IDENTIFIER_BOOST) for name in names]
        return queries + [self._word(term, found) for term, found in self._rarest(texts.terms(text))]

    def _rarest(self, words: list[str]) -> list[tuple[str, int]]:
        found = [(word, int(self._searcher.doc_freq("body", word))) for word in words]
        return sorted(found, key=lambda pair: pair[1])[:_MOST_TERMS] if len(found) > _MOST_TERMS else found

    def _word(self, word: str, found: int) -> Query:
        if found or len(word) < _TYPO_LENGTH:
            return self._term("body", word)
        near = Query.fuzzy_term_query(self._schema, "body", word, 1)
        return Query.boost_query(near, self._typo_score())

    def _typo_score(self) -> float:
        return 0.5 * math.log(1 + self._searcher.num_docs)

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value, "freq")


def _both(must: list[Query | None], wanted: list[Query]) -> Query:
    any_word = Query.boolean_query([(Occur.Should, query) for query in wanted])
    return Query.boolean_query([(Occur.Must, any_word), *((Occur.Must, q) for q in must if q is not None)])


def _whole() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def _schema() -> tantivy.Schema:
    build = tantivy.SchemaBuilder()
    build.add_unsigned_field("mark", indexed=True, fast=True)
    build.add_text_field("channel", tokenizer_name="raw", index_option="basic")
    build.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    build.add_text_field("body", tokenizer_name="words", index_option="freq")
    build.add_text_field("identifiers", tokenizer_name="whole", index_option="freq")
    return build.build()
