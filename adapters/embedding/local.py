"""Any model that runs on this machine: loaded when first needed, on one thread of its own."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[list[str]], NDArray[np.float32]]

MAX_CHARS = 320
"""What of a text is read. A message says what it is about in its first lines; what follows is mostly a pasted log
or listing. Against 600 characters search on human-marked duplicates stayed as good (R@1 .284 → .288) while an import
spends a fifth less on vectors; a message of a megabyte costs no more than one of 320 characters."""

BATCH = 64
"""Texts per call of the model: a caller that is cancelled waits no longer than one such call."""


class LocalEmbedder:
    """An `bot.ports.Embedder` over a function that encodes texts."""

    def __init__(self, *, model: str, dim: int, load: Callable[[], Encode], keep: float | None = None) -> None:
        """`load` is called on the worker, before the first text; `dim` is what it will give. `keep`: seconds
        without a text after which the model leaves memory until the next one; None: it stays.

        One worker, because the models are not promised to be thread-safe, and because the other core is needed
        for reading and storing."""
        self.model = model
        self.dim = dim
        self._load = load
        self._keep = keep
        self._leaving: asyncio.TimerHandle | None = None
        self._encode: Encode | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedding")

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `bot.ports.Embedder.embed`."""
        loop = asyncio.get_running_loop()
        rows = [np.zeros((0, self.dim), dtype=np.float32)]
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            rows.append(await loop.run_in_executor(self._worker, self.encode, batch))
        self._stay(loop)
        return np.concatenate(rows)

    def _stay(self, loop: asyncio.AbstractEventLoop) -> None:
        """The model is kept from now on, for as long as it is to be."""
        if self._leaving is not None:
            self._leaving.cancel()
        if self._keep is not None:
            self._leaving = loop.call_later(self._keep, self.rest)

    def rest(self) -> None:
        """Let the model leave memory; it comes back with the next text."""
        self._worker.submit(self._forget)

    def _forget(self) -> None:
        self._encode = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `embed`, here and now: for who has a thread or a process of their own."""
        if self._encode is None:
            self._encode = self._load()
        return unit(self._encode([clean(text) for text in texts]))

    def close(self) -> None:
        """Let the worker go; nothing can be embedded afterwards."""
        if self._leaving is not None:
            self._leaving.cancel()
        self._worker.shutdown(wait=True, cancel_futures=True)


def clean(text: str) -> str:
    """The part of a text that is read, as valid Unicode: half a surrogate pair would stop a tokenizer; so would
    a NUL a model written in C."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1. A row that says nothing points along the first axis, so that it stays comparable."""
    rows = np.array(rows, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    empty = ~(np.isfinite(lengths) & (lengths > 1e-9))[:, 0]
    rows[empty] = 0.0
    rows[empty, :1] = 1.0
    lengths[empty] = 1.0
    rows /= lengths
    return rows
