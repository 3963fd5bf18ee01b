"""A local model in a process of its own, for an import: there both cores have more than enough to do.

In one process the model's many small steps wait for Python's lock behind the reading of messages. The other process
is asked over its standard input, a line of JSON for each batch, answers with the bytes of the rows, and ends by itself
when nobody can ask it any more, however that came about.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.embedding.local import BATCH, LocalEmbedder
from bot.errors import TransportError

_FLOAT = 4
_LONGEST_LINE = 16 * 2**20
_BEGIN = f"import sys; from {__name__} import main; main(sys.argv[1])"


class Apart:
    """An `bot.ports.Embedder` like `model`, which is loaded only over there. `spec`: what it is called in the
    configuration."""

    def __init__(self, spec: str, model: LocalEmbedder) -> None:
        self.model, self.dim = model.model, model.dim
        self._spec = spec
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `bot.ports.Embedder.embed`. Raises TransportError when the other process ended."""
        rows = [np.zeros((0, self.dim), dtype=np.float32)]
        for start in range(0, len(texts), BATCH):
            async with self._turn:
                rows.append(await self._ask(texts[start : start + BATCH]))
        return np.concatenate(rows)

    async def _ask(self, texts: Sequence[str]) -> NDArray[np.float32]:
        process = await self._begun()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 # both are pipes
        try:
            process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
            await process.stdin.drain()
            answer = await process.stdout.readexactly(len(texts) * self.dim * _FLOAT)
        except (asyncio.IncompleteReadError, ConnectionError) as ended:
            await self.close()
            raise TransportError("The embedder's own process ended; run the import again, it goes on.") from ended
        except asyncio.CancelledError:
            await self.close()  # its answer would be taken for that of the next question
            raise
        return np.frombuffer(answer, dtype=np.float32).reshape(len(texts), self.dim)

    async def _begun(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _BEGIN, self._spec,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LONGEST_LINE,
            )  # fmt: skip
        return self._process

    async def close(self) -> None:
        """Let the other process end."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            await process.wait()


def main(spec: str) -> None:
    """Answer until nobody asks any more."""
    from adapters.embedding import open_embedder

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when it is over
    embedder = open_embedder(spec)
    assert isinstance(embedder, LocalEmbedder)  # noqa: S101 # others are not asked for
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(embedder.encode(json.loads(line)).tobytes())
        sys.stdout.buffer.flush()
