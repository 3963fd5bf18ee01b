"""`python -m evals.reliability RESULTS PICTURE`: is the reading as sure as it should be? One point for each bin.

RESULTS is what `python -m evals --data DIR --json reading` printed; the picture is a PNG.
"""

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.reports.drawing import ACCENT, MUTED, RULE, WARM, Plot, bare, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = {"gold/real_en": WARM, "gold/nl": ACCENT}
_NAMES = {"gold/real_en": "real English chat", "gold/nl": "invented Dutch chat"}
_BIN = "kind right, "
_APART = 0.008  # so that two points at one place are both seen


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(prog="python -m evals.reliability", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("picture", type=Path)
    given = parser.parse_args()
    rows = json.loads(given.results.read_text(encoding="utf-8"))
    given.picture.write_bytes(drawn([row for row in rows if row["task"].startswith(_BIN)]).png())


def drawn(bins: Sequence[dict[str, Any]]) -> Plot:
    """The picture of some bins: rows of the evals with the mean chance that was said as their peer `said`."""
    said = "; ".join(f"{_name(row['data'])}: {row['peers']['said']:.2f} said, {row['value']:.2f} right" for row in bins)
    return Plot(
        key="reliability",
        title="Is the reading as sure as it should be?",
        note="On the line a kind is right as often as is said. Bars: 95 % bootstrap; large points hold many messages.",
        alt=said,
        paint=partial(_paint, bins=bins),
        height=3.6,
    )


def _paint(figure: "Figure", bins: Sequence[dict[str, Any]]) -> None:
    axes = bare(figure.subplots())
    axes.plot([0, 1], [0, 1], color=RULE, linewidth=1)
    for number, (data, colour) in enumerate(_COLOURS.items()):
        for row in (one for one in bins if _group(one["data"]) == data):
            at, right = row["peers"]["said"] + (number - 0.5) * _APART, row["value"]
            axes.plot([at, at], [row["low"], row["high"]], color=colour, linewidth=1.2)
            axes.scatter([at], [right], s=12 + row["n"] / 3, color=colour, zorder=3)
        say(
            axes,
            0.02,
            0.94 - 0.06 * number,
            _NAMES[data],
            colour,
            fontweight="bold",
            transform=axes.transAxes,
            va="top",
        )
    axes.set(xlim=(0.3, 1.01), ylim=(0, 1.03))
    axes.set_xlabel("how sure the reading says it is", color=MUTED, fontsize=8.5)
    axes.set_ylabel("how often the kind is right", color=MUTED, fontsize=8.5)


def _group(data: str) -> str:
    return data.partition(",")[0]


def _name(data: str) -> str:
    return _NAMES.get(_group(data), data)


if __name__ == "__main__":
    main()
