"""Grams: how alike texts are by runs of four letters, which see through inflection, compounds and misspelling."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

READ = 1_200  # characters of each text that count
_RUN = 4  # letters
_BUCKETS = 4_096
_FACTORS = np.array([1, 31_337, 7_919_171, 1_299_709], np.uint32)

Array = NDArray[np.float64]


def alikeness(text: str, others: Sequence[str]) -> Array:
    """Cosine (0 to 1) of `text` with each of the others: counts of runs dampened by their root, times the logarithm
    of how rare the run is among these texts. Nothing but the given texts has a part in it."""
    if not others:
        return np.zeros(0)
    counts = np.sqrt(_counts([text, *others]))
    rare = np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 0.1
    weighed = counts * rare.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", weighed, weighed))
    return np.asarray(weighed[1:] @ weighed[0] / np.maximum(lengths[1:] * lengths[0], 1e-9), np.float64)


def _counts(texts: Sequence[str]) -> NDArray[np.float32]:
    """One row per text: how often a run of each bucket occurs."""
    plain = [f" {' '.join(text[:READ].lower().split())} ".ljust(_RUN) for text in texts]
    codes = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes = np.array([len(text) for text in plain])
    hashed = sum((codes[n : len(codes) - _RUN + 1 + n] * factor for n, factor in enumerate(_FACTORS)), np.uint32(0))
    bucket = (np.asarray(hashed) >> 7) % _BUCKETS
    whose = np.repeat(np.arange(len(texts)), sizes)[: len(bucket)]
    inside = np.arange(len(bucket)) <= (np.cumsum(sizes) - _RUN)[whose]
    flat = whose[inside] * _BUCKETS + bucket[inside]
    return np.bincount(flat, minlength=len(texts) * _BUCKETS).reshape(len(texts), -1).astype(np.float32)
