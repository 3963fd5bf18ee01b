"""Any text model of the optional package `fastembed` (ONNX), downloaded only when the administrator said so."""

from typing import Any

import numpy as np

from adapters.embedding.local import Encode, LocalEmbedder
from adapters.embedding.packages import need, version
from bot.errors import ConfigError

_PACKAGE = "fastembed"


def open_fastembed(name: str, *, allow_download: bool) -> LocalEmbedder:
    """The model called `name`, as `fastembed` knows it. Without `allow_download` it must be on this machine
    already. Raises ConfigError when package or model is missing."""
    library = need("fastembed", _PACKAGE, f"fastembed:{name}")
    dim = _dim(library, name)
    try:
        model = library.TextEmbedding(model_name=name, threads=1, local_files_only=not allow_download)
    except Exception as error:  # the package raises whatever its download layers raise
        raise ConfigError(_absent(name, allow_download)) from error
    return LocalEmbedder(model=f"fastembed-{version(_PACKAGE)}:{name}", dim=dim, load=lambda: _encode(model))


def _dim(library: Any, name: str) -> int:
    models = {str(known["model"]): int(known["dim"]) for known in library.TextEmbedding.list_supported_models()}
    if name not in models:
        raise ConfigError(
            f"[embedding] model: fastembed has no text model {name!r}. It has: {', '.join(sorted(models))}"
        )
    return models[name]


def _absent(name: str, allowed: bool) -> str:
    if allowed:
        return f"[embedding] model: fastembed could not download or open {name!r}; see the cause above."
    return (
        f"[embedding] model: {name!r} is not on this machine, and nothing is downloaded unless you say so. "
        "Set allow_download = true under [embedding] for one start, or copy the model into fastembed's cache."
    )


def _encode(model: Any) -> Encode:
    return lambda texts: np.array(list(model.embed(texts)), dtype=np.float32)
