"""The second reading: the best few of a ranking, held against the query by a slower and better embedder.

It reads only what the gate let through, the beginning of it, and always as many texts: what it says depends on the
query and on those texts, and on nothing else. What was read ahead (`bot.jobs.ahead`) is as precise as what is read
now, so that nobody can tell which was which.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.model import Ref, Thread, Vector
from bot.ports import Embedder

READ = 20
"""Threads of a search that are read a second time: that many chat messages that were not read ahead take a slow core
half a second, that many long ones a second and a half."""
HURRIED = 4
"""So many of them at most are read while somebody waits in a chat: a tenth of a second. When more were not read ahead
yet, the first reading stands."""
CHARACTERS = 320
"""What is read of a thread, and of the query: what it is about stands in front."""

Array = NDArray[np.float64]


async def nearness(second: Embedder, text: str, threads: Sequence[Thread], known: Mapping[Ref, Vector]) -> Array:
    """Cosine (-1 to 1) of the beginning of `text` with that of each thread. `known`: vectors of threads that were
    read ahead. Raises what the embedder raises."""
    new = [thread for thread in threads if thread.item.ref not in known]
    mine, *rows = await second.embed([text[:CHARACTERS], *map(beginning, new)])
    vectors = dict(known) | {thread.item.ref: row for thread, row in zip(new, rows, strict=True)}
    return np.array([float(_rounded(vectors[thread.item.ref]) @ mine) for thread in threads])


def beginning(thread: Thread) -> str:
    """As much of a thread as is read; nothing from another channel, which not every reader may read."""
    here = (answer.text for answer in thread.answers if answer.ref.channel == thread.item.ref.channel)
    return "\n".join((thread.item.text, *here))[:CHARACTERS]


def _rounded(vector: Vector) -> Vector:
    """To 255 steps, as vectors are kept in the record."""
    steps = np.rint(vector * (127.0 / max(float(np.abs(vector).max()), 1e-9))).astype(np.float32)
    return np.asarray(steps / max(float(np.linalg.norm(steps)), 1e-9), np.float32)
