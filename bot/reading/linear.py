"""The trained weights, read from arrays without pickle. `training/train_reading.py` writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConfigError
from bot.reading.features import Features

Array = NDArray[np.float32]
KIND_COUNT = 7  # the first outputs are the kinds; after them come keep and resolved


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores from named features and, when there is one, a vector: `bias + Σ value·row + vector·matrix`."""

    rows: dict[str, int]
    table: Array  # features × outputs
    bias: Array
    table_seeing: Array  # the same for messages that come with a vector
    bias_seeing: Array
    matrix: Array  # dimension of the vector × outputs
    scale: Array  # what each output is multiplied by, so that chances are honest
    alone: Array  # features: is it likely a question or know-how, seen without its surroundings?
    alone_bias: Array

    def score_alone(self, features: Features) -> float:
        """The logit that a message is a question or know-how, from its text only."""
        known = self._known(features)
        if not known:
            return float(self.alone_bias[0])
        at, values = zip(*known, strict=True)
        return float(self.alone_bias[0] + np.asarray(values, dtype=np.float32) @ self.alone[list(at)])

    def _known(self, features: Features) -> list[tuple[int, float]]:
        rows = self.rows
        return [(rows[name], value) for name, value in features.items() if name in rows]

    def pulls(self, features: Features, output: int) -> list[tuple[float, str]]:
        """What each cue adds to `output` over what it adds to the other kinds on average, highest first."""
        rows = self.rows
        known = [(name, value) for name, value in features.items() if name[:2] == "c " and name in rows]
        if not known:
            return []
        table = self.table[[rows[name] for name, _ in known], :KIND_COUNT]
        gains = (table[:, output] - table.sum(axis=1) / KIND_COUNT).tolist()
        return sorted(
            [(gain * value, name[2:]) for gain, (name, value) in zip(gains, known, strict=True)], reverse=True
        )

    def scores(self, features: Features, vector: Array | None = None) -> Array:
        """One score per output. A vector of a dimension the weights do not know is left aside."""
        seeing = vector is not None and vector.shape == (self.matrix.shape[0],)
        table, total = (self.table_seeing, self.bias_seeing) if seeing else (self.table, self.bias)
        known = self._known(features)
        if known:
            at, values = zip(*known, strict=True)
            total = total + np.asarray(values, dtype=np.float32) @ table[list(at)]
        if seeing and vector is not None:
            total = total + vector @ self.matrix
        result: Array = total * self.scale
        return result


def save(arrays: dict[str, NDArray[np.generic]], names: Iterable[str]) -> bytes:
    """The bytes of a weights file: named arrays and the features' names as one utf-8 text."""
    out = BytesIO()
    text = np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
    np.savez_compressed(out, allow_pickle=False, names=text, **arrays)
    return out.getvalue()


def load_arrays(name: str) -> tuple[dict[str, NDArray[np.float32]], list[str]]:
    """The arrays of one weights file of this package, as float32, and the names of its features."""
    try:
        content = resources.files("bot.reading").joinpath("weights", name).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"The reading weights {name} are missing; run `python -m training.train_reading`.") from error
    with np.load(BytesIO(content), allow_pickle=False) as file:
        names = bytes(file["names"].tobytes()).decode().split("\n")
        return {key: file[key].astype(np.float32) for key in file.files if key != "names"}, names


@cache
def load_linear(name: str) -> Linear:
    """The weights in file `name`."""
    arrays, names = load_arrays(name)
    return Linear(rows={one: at for at, one in enumerate(names)}, **arrays)
