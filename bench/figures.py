"""What a bench found: each figure beside its floor in the same run and the aim, as a table or as JSON."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. `floor`: what the bare engine or the dearest part alone needs, `floor_is` says which; `aim`: at
    most so much, or with `at_least` at least; `more`: whatever helps to judge it."""

    what: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    aim: float | None = None
    at_least: bool = False
    more: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the aim is reached; None when there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value < self.aim


def show(title: str, figures: Sequence[Figure], *, as_json: bool) -> None:
    """On standard output."""
    if as_json:
        rows = [asdict(figure) | {"holds": figure.holds} for figure in figures]
        sys.stdout.write(json.dumps({"bench": title, "figures": rows}, indent=2) + "\n")
        return
    table = Table(title=title, box=None, header_style="bold", title_justify="left", padding=(0, 2, 0, 0))
    table.add_column("what")
    for name in ("figure", "floor", "aim"):
        table.add_column(name, justify="right")
    for name in ("", "the floor is", "more"):
        table.add_column(name)
    for figure in figures:
        table.add_row(*_cells(figure))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}[figure.holds]
    bound = "≥" if figure.at_least else "<"
    return (
        figure.what,
        f"{_short(figure.value)} {figure.unit}",
        "" if figure.floor is None else f"{_short(figure.floor)} {figure.unit}",
        "" if figure.aim is None else f"{bound} {_short(figure.aim)} {figure.unit}",
        sign,
        figure.floor_is,
        figure.more,
    )


def _short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.3g}"
