"""Hashed words: the same on every machine and in every version."""

from zlib import crc32

import numpy as np

from adapters.embedding.lexical import encode
from adapters.embedding.local import unit


def test_the_vectors_of_this_version_never_change() -> None:
    """When this fails, vectors that were stored no longer compare: raise the version in `open_lexical`."""
    rows = unit(encode(["Hoe zet ik de printer terug?", "reset the printer", ""]))
    assert crc32(np.packbits(rows != 0).tobytes()) == 3206416748


def test_parts_of_compounds_are_recognised() -> None:
    a, b, c = unit(encode(["problemen met inloggen", "inlogproblemen", "taart bakken"]))
    assert a @ b > 0.3 > abs(a @ c)
