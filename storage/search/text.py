"""Texts as the words index wants them: words without accents, cut to their stem."""

from functools import cache

import tantivy

LONGEST = 8_000  # characters of a thread that are indexed


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """Words in lower case without accents, cut to their Dutch or English stem."""
    return _chain().build()


def _chain() -> tantivy.TextAnalyzerBuilder:
    chain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for part in (tantivy.Filter.remove_long(60), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        chain = chain.filter(part)
    return chain.filter(tantivy.Filter.stemmer("dutch"))


def terms(text: str) -> list[str]:
    """The words of a text, each once, in order."""
    return list(dict.fromkeys(analyzer().analyze(text[:LONGEST])))
