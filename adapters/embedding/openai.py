"""A remote or local server that speaks OpenAI's embeddings API: the administrator's own choice, never the default.

With it the masked text of questions and know-how leaves this process; `docs/filing.md` says so too.
"""

import asyncio
import http.client
import ipaddress
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import numpy as np
from numpy.typing import NDArray

from adapters.embedding.local import clean, unit
from bot.errors import ConfigError, TransportError

KEY = "ANDER_EMBEDDING_KEY"
"""The environment variable that holds the API key."""

_BATCH = 64
_TIMEOUT = 30.0
_RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class OpenAIEmbedder:
    """An `bot.ports.Embedder` over HTTP."""

    def __init__(self, *, base_url: str, name: str, dim: int, key: str | None) -> None:
        """`base_url` without a trailing slash, e.g. "https://api.openai.com/v1"."""
        self.model = f"openai:{urlsplit(base_url).hostname}:{name}"
        self.dim = dim
        self._url = f"{base_url}/embeddings"
        self._name = name
        self._key = key
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedding")

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `bot.ports.Embedder.embed`. Does not try again by itself."""
        loop = asyncio.get_running_loop()
        rows = [np.zeros((0, self.dim), dtype=np.float32)]
        for start in range(0, len(texts), _BATCH):
            batch = [clean(text) or " " for text in texts[start : start + _BATCH]]
            rows.append(await loop.run_in_executor(self._worker, self._ask, batch))
        return np.concatenate(rows)

    def _ask(self, texts: list[str]) -> NDArray[np.float32]:
        return _rows(_post(self._url, self._key, {"model": self._name, "input": texts}), len(texts), self.dim)

    def close(self) -> None:
        """Let the worker go; nothing can be embedded afterwards."""
        self._worker.shutdown(wait=True, cancel_futures=True)


def open_openai(choice: str, env: Mapping[str, str] = os.environ) -> OpenAIEmbedder:
    """`choice` is "<base_url>,<model>,<dim>"; the key comes from `env[KEY]` and may be left out for this machine.

    Raises ConfigError when something is missing, or a key would travel unencrypted."""
    parts = [part.strip() for part in choice.split(",")]
    if len(parts) != 3 or not all(parts) or not parts[2].isdecimal() or int(parts[2]) == 0:
        raise ConfigError(
            "[embedding] model: write openai:<base_url>,<model>,<dimensions>, "
            'for example "openai:https://api.openai.com/v1,text-embedding-3-small,1536".'
        )
    base_url, name, dim = parts
    _check(base_url, env)
    return OpenAIEmbedder(base_url=base_url.rstrip("/"), name=name, dim=int(dim), key=env.get(KEY))


def _check(base_url: str, env: Mapping[str, str]) -> None:
    url = urlsplit(base_url)
    here = _is_here(url.hostname or "")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError(f"[embedding] model: {base_url!r} is not the address of a server.")
    if url.scheme == "http" and not here:
        raise ConfigError(f"[embedding] model: {base_url!r} is not encrypted; write https://.")
    if not here and not env.get(KEY):
        raise ConfigError(f"[embedding] model: set the environment variable {KEY} to the key for {url.hostname}.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Stay(HTTPRedirectHandler):
    """Follow no redirect: the key and the texts go to the address that was configured and nowhere else."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def _post(url: str, key: str | None, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - the scheme was checked when opened
    try:
        with build_opener(_Stay).open(request, timeout=_TIMEOUT) as reply:
            return json.load(reply)
    except HTTPError as error:
        permanent = error.code not in _RETRYABLE
        error.close()
        raise TransportError(f"the embedding server says {error.code}", permanent=permanent) from None
    except (URLError, OSError, ValueError, http.client.HTTPException) as error:
        raise TransportError(f"the embedding server does not answer: {type(error).__name__}") from None


def _rows(reply: Any, count: int, dim: int) -> NDArray[np.float32]:
    try:
        data = sorted(reply["data"], key=lambda entry: entry["index"])
        rows = np.array([entry["embedding"] for entry in data], dtype=np.float32)
    except (TypeError, KeyError, ValueError):
        raise TransportError("the embedding server's answer holds no vectors", permanent=True) from None
    if rows.shape != (count, dim):
        raise TransportError(f"the embedding server gives shape {rows.shape}, not {(count, dim)}", permanent=True)
    return unit(rows)
