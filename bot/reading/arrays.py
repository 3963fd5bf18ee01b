"""Weights as files: named arrays without pickle, beside the names of their features. `training/` writes them."""

from collections.abc import Iterable
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConfigError

Array = NDArray[np.float32]


def save(arrays: dict[str, NDArray[np.generic]], names: Iterable[str]) -> bytes:
    """The bytes of a weights file: named arrays and the features' names as one utf-8 text."""
    out = BytesIO()
    text = np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
    np.savez_compressed(out, allow_pickle=False, names=text, **arrays)
    return out.getvalue()


def load_arrays(name: str) -> tuple[dict[str, Array], list[str]]:
    """The arrays of one weights file of this package, as float32, and the names of its features."""
    try:
        content = resources.files("bot.reading").joinpath("weights", name).read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"The reading weights {name} are missing; run `python -m training.train_reading`.") from error
    with np.load(BytesIO(content), allow_pickle=False) as file:
        names = bytes(file["names"].tobytes()).decode().split("\n")
        return {key: file[key].astype(np.float32) for key in file.files if key != "names"}, names
