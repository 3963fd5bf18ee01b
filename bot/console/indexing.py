"""How far the search index is, where bringing it up to date takes long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from bot.world import World

LONG = 1000
"""Items indexed before anything is said: they take about a second."""


@contextmanager
def telling(console: Console) -> Iterator[Callable[[int], None]]:
    """What takes the number of items that were indexed so far, and shows it once there are many."""
    columns = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True, disable=True) as progress:
        bar = progress.add_task("", total=None)

        def tell(done: int) -> None:
            if progress.disable and done >= LONG:
                progress.disable = False
                progress.start()
            progress.update(bar, description=f"Search index: {done}")

        yield tell


async def reindex(world: World, console: Console) -> int:
    """Make the search plane anew, with progress; returns how many items it holds."""
    with telling(console) as tell:
        return await world.plane.rebuild(tell)
