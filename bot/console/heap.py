"""What the C library keeps of the memory that nobody uses any more: as little as it lets itself be talked into."""

import contextlib
import ctypes

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def share_one() -> None:
    """Let all threads live off one heap: glibc makes one for each of a few threads, and what is free in one is of no
    use to another. Call before there are threads."""
    with contextlib.suppress(OSError, AttributeError):  # another system, another library
        ctypes.CDLL("libc.so.6").mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have what is free."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
