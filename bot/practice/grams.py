"""Grams: how alike texts are by runs of four letters, which see through inflection, compounds and misspelling."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

READ = 1_200  # characters of each text that count
_RUN = 4  # letters
_BUCKETS = 4_096
_FACTORS = np.array([1, 31_337, 7_919_171, 1_299_709], np.uint32)

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


def alikeness(text: str, others: Sequence[str]) -> Array:
    """Cosine (0 to 1) of `text` with each of the others: counts of runs dampened by their root, times the logarithm
    of how rare the run is among these texts. Nothing but the given texts has a part in it."""
    if not others:
        return np.zeros(0)
    texts = 1 + len(others)
    whose, bucket, counts = _counts([text, *others])
    rare = np.log((1 + texts) / (1 + np.bincount(bucket, minlength=_BUCKETS))) + 0.1
    weighed = np.sqrt(counts) * rare[bucket]
    mine = np.zeros(_BUCKETS)
    mine[bucket[whose == 0]] = weighed[whose == 0]
    dots = np.bincount(whose, weighed * mine[bucket], texts)
    lengths = np.sqrt(np.bincount(whose, weighed * weighed, texts))
    return np.asarray(dots[1:] / np.maximum(lengths[1:] * lengths[0], 1e-9))


def _counts(texts: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
    """For each text and bucket, in that order: how often a run of the bucket occurs in the text, where it does."""
    plain = [f" {' '.join(text[:READ].lower().split())} ".ljust(_RUN) for text in texts]
    codes = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes = np.array([len(text) for text in plain])
    hashed = sum((codes[n : len(codes) - _RUN + 1 + n] * factor for n, factor in enumerate(_FACTORS)), np.uint32(0))
    bucket = (np.asarray(hashed) >> 7) % _BUCKETS
    whose = np.repeat(np.arange(len(texts)), sizes)[: len(bucket)]
    inside = np.arange(len(bucket)) <= (np.cumsum(sizes) - _RUN)[whose]
    cells, counts = np.unique(whose[inside] * _BUCKETS + bucket[inside], return_counts=True)
    return cells // _BUCKETS, cells % _BUCKETS, counts
