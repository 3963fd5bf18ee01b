"""Memory of a process and all that it started, as Linux tells it.

Proportional set size (PSS): what several processes hold together is divided among them, so that a sum counts it once.
"""

import threading
from pathlib import Path
from types import TracebackType

EVERY = 0.5
"""Seconds between two looks."""


def pss(pid: int) -> float:
    """MB that one process holds; 0 once it is gone."""
    return _read(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def highest(pid: int) -> float:
    """MB that one process had resident at its highest, shared files counted whole; 0 once it is gone."""
    return _read(Path(f"/proc/{pid}/status"), "VmHWM:")


def _read(path: Path, name: str) -> float:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    try:
        children = [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in _children(task)]
    except OSError:
        children = []
    return [pid, *(below for child in children for below in tree(child))]


def _children(task: Path) -> list[str]:
    return (task / "children").read_text().split()


class Watch:
    """`with Watch(pid) as watch`: looks at a process and its children twice a second until the end of the block."""

    def __init__(self, pid: int) -> None:
        self.peak: tuple[float, ...] = ()
        """PSS of each process, in MB, when their sum was highest."""
        self.highest: dict[int, float] = {}
        """Of each process, by its number."""
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(EVERY):
            pids = tree(self._pid)
            self.peak = max(self.peak, tuple(map(pss, pids)), key=sum)
            self.highest |= {pid: max(highest(pid), self.highest.get(pid, 0.0)) for pid in pids}
