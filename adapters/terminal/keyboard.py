"""Reading lines: from somebody at a keyboard with history and editing, or from a pipe."""

import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from rich.console import Console

ReadLine = Callable[[str], Awaitable[str | None]]
"""Prompt → the line that was typed, None at the end."""


def keyboard(console: Console) -> ReadLine:
    """Reads standard input; what comes from a pipe is shown as if it was typed."""
    if sys.stdin.isatty():
        with suppress(ImportError):  # missing on some systems: then there is no history, and that is all
            import readline  # noqa: F401
        return _typed

    async def piped(prompt: str) -> str | None:
        line = sys.stdin.readline()
        if not line:
            return None
        console.print(f"{prompt}{line.rstrip()}", style="dim", markup=False, highlight=False, soft_wrap=True)
        return line

    return piped


async def _typed(prompt: str) -> str | None:
    return _ask(prompt)


def _ask(prompt: str) -> str | None:
    # waits in the main thread: nothing happens on a terminal between lines, and Ctrl-C must end the waiting
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input(prompt)
    except (EOFError, KeyboardInterrupt):
        return None
    finally:
        signal.signal(signal.SIGINT, before)
