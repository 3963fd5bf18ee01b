"""`python -m evals --data DIR`: every task of the data folder, one table, with intervals and peers of the same run."""

import argparse
import json
import math
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals import anders, filing, reading, search
from evals.table import Row

SUITES: dict[str, Callable[[Path], list[Row]]] = {
    "reading": reading.rows,
    "search": search.rows,
    "filing": filing.rows,
    "anders": anders.rows,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; 1 when a score does not beat its floor, 2 when there is nothing to measure on. A suite whose data
    lacks is left out, and said."""
    options = _parse(arguments)
    console = Console(stderr=options.json)
    if not options.data.is_dir():
        console.print(f"{options.data} is no folder. Give the data with --data DIR.")
        return 2
    rows = [row for name in options.suites or SUITES for row in _measure(name, options.data, console)]
    if not rows:
        return 2
    if options.json:
        sys.stdout.write(json.dumps([_plain(row) for row in rows], indent=2) + "\n")
    else:
        console.print(table(rows))
    return int(any(row.floor is not None and row.value <= row.floor for row in rows))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with gold/, questions/, …")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], default=[], help="only these; all when none")
    return parser.parse_args(arguments)


def _measure(name: str, data: Path, console: Console) -> list[Row]:
    wall, cpu = time.monotonic(), _cpu_seconds()
    try:
        with console.status(f"{name} …"), redirect_stdout(sys.stderr):  # what training tells is no result
            rows = SUITES[name](data)
    except FileNotFoundError as lacking:
        console.print(f"{name}: left out, for {lacking.filename} is not there.", soft_wrap=True)
        return []
    console.print(f"[dim]{name}: {time.monotonic() - wall:.0f} s, {_cpu_seconds() - cpu:.0f} CPU s[/]")
    return rows


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _plain(row: Row) -> dict[str, object]:
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(row).items()}


def table(rows: Sequence[Row]) -> Table:
    """The rows, with what is below its floor in red and what reaches its aim in green."""
    shown = Table("task", "data", header_style="bold", box=None)
    for heading in ("n", "metric", "score", "95 %", "floor", "aim"):
        shown.add_column(heading, no_wrap=True)  # a figure cut short is none; words can go on in the next line
    shown.add_column("peers")
    for row in rows:
        style = _style(row)
        peers = ", ".join(f"{name} {value:.3f}" for name, value in row.peers.items())
        span = f"{row.low:.3f}–{row.high:.3f}"
        score = f"[{style}]{row.value:.3f}[/]"
        shown.add_row(row.task, row.data, str(row.n), row.metric, score, span, _two(row.floor), _two(row.aim), peers)
    return shown


def _style(row: Row) -> str:
    if row.floor is not None and row.value <= row.floor:
        return "red"
    return "green" if row.aim is not None and row.value >= row.aim else "default"


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    raise SystemExit(main())
