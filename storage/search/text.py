"""Texts as the words index wants them: words without accents, cut to their stem, and identifiers as they stand."""

from collections import Counter
from functools import cache

import tantivy

from bot.practice.identifiers import LONGEST, identifiers

NAMED = "#"  # before an identifier, to tell it from a word


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Words in lower case, accents off, cut to their Dutch stem. On English text that does what an English stemmer
    does (measured: docs/search.md), and one field for both languages lets a search mix them."""
    chain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for part in (tantivy.Filter.remove_long(60), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        chain = chain.filter(part)
    return chain.filter(tantivy.Filter.stemmer("dutch")).build()


def terms(text: str) -> Counter[str]:
    """How often each word and, with `NAMED` before it, each identifier stands in the text."""
    counts = Counter(analyzer().analyze(text[:LONGEST]))
    counts.update(NAMED + name for name in identifiers(text))
    return counts
