"""A local model in a process of its own, for an import: there both cores have more than enough to do.

In one process the model's many small steps wait for Python's lock behind the reading of messages. The other process
is asked over its standard input, a line of JSON for each few texts, answers with the bytes of the rows, and ends by
itself when nobody can ask it any more, however that came about. It is asked ahead, so that it never waits until an
answer is taken and the next question thought of.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.embedding.local import LocalEmbedder
from bot.errors import TransportError

A_FEW = 24
"""Texts asked at a time: their rows (of 512 numbers) fit into a pipe, so that writing them holds nobody up."""
AHEAD = 20
"""Questions under way at a time, the one that is being answered among them. Many are of less than `A_FEW` texts; with 3
an import took a tenth longer."""
_FLOAT = 4
_LONGEST_LINE = 16 * 2**20
_BEGIN = f"import sys; from {__name__} import main; main(sys.argv[1])"


class Apart:
    """An `bot.ports.Embedder` like `model`, which is loaded only over there. `spec`: what it is called in the
    configuration."""

    def __init__(self, spec: str, model: LocalEmbedder) -> None:
        self.model, self.dim = model.model, model.dim
        self._spec = spec
        self._ahead = asyncio.Semaphore(AHEAD)
        self._beginning, self._answering = asyncio.Lock(), asyncio.Lock()
        self._asked: set[asyncio.Task[NDArray[np.float32]]] = set()
        self._process: asyncio.subprocess.Process | None = None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `bot.ports.Embedder.embed`. Raises TransportError when the other process ended."""
        some = (texts[start : start + A_FEW] for start in range(0, len(texts), A_FEW))
        waiting = [asyncio.create_task(self._ask(few)) for few in some]
        try:
            rows = await asyncio.gather(*waiting)
        finally:
            for one in waiting:
                one.cancel()
        return np.concatenate([np.zeros((0, self.dim), dtype=np.float32), *rows])

    async def _ask(self, texts: Sequence[str]) -> NDArray[np.float32]:
        await self._ahead.acquire()
        asked = asyncio.create_task(self._answer(texts))
        self._asked.add(asked)
        asked.add_done_callback(self._answered)
        # the answer is taken even if nobody waits any more: that to the next question stands behind it
        return await asyncio.shield(asked)

    def _answered(self, asked: asyncio.Task[NDArray[np.float32]]) -> None:
        self._asked.discard(asked)
        self._ahead.release()

    async def _answer(self, texts: Sequence[str]) -> NDArray[np.float32]:
        process = await self._begun()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 # both are pipes
        try:
            process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
            async with self._answering:  # whoever asked first is answered first
                answer = await process.stdout.readexactly(len(texts) * self.dim * _FLOAT)
        except (asyncio.IncompleteReadError, ConnectionError) as ended:
            await self._end(process)
            raise TransportError("The embedder's own process ended; run the import again, it goes on.") from ended
        return np.frombuffer(answer, dtype=np.float32).reshape(len(texts), self.dim)

    async def _begun(self) -> asyncio.subprocess.Process:
        async with self._beginning:
            if self._process is None:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", _BEGIN, self._spec,
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LONGEST_LINE,
                )  # fmt: skip
            return self._process

    async def close(self) -> None:
        """Let the other process end, once it has answered what it was asked."""
        await asyncio.gather(*self._asked, return_exceptions=True)
        if self._process is not None:
            await self._end(self._process)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if self._process is process:
            self._process = None
        if process.stdin is not None:
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
