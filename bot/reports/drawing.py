"""Drawing on one calm sheet: colours with names, a figure without global state, and its two outputs, SVG and
PNG.

The SVG is for a page: each colour becomes a CSS variable, so that one drawing serves light and dark, and text
stays text. The PNG is for a chat, always light, with its title in it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from textwrap import fill
from threading import Lock
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:  # matplotlib takes half a second to load; only who draws pays for it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE, PAPER = "#1d2b2a", "#586665", "#d5dedb", "#fdfdfb"
ACCENT, TINT, WARM, COOL = "#0b6e66", "#a9d3cb", "#b45309", "#3b5b92"
LEVEL_COLOURS = ("#0a5c55", "#3f938a", "#8cc4bb", "#d3e8e3", "#e0a458")
HEAT = ("#e3f0ec", "#b9dcd4", "#80bdb2", "#3e978c", "#0c6b62")
HATCH = "#eef2f0"

_NAMES = {
    INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "paper", HATCH: "hatch",
    ACCENT: "accent", TINT: "tint", WARM: "warm", COOL: "cool",
    **{colour: f"level-{n}" for n, colour in enumerate(LEVEL_COLOURS)},
    **{colour: f"heat-{n}" for n, colour in enumerate(HEAT)},
}  # fmt: skip

WIDTH = 4.4
"""Inches; narrow enough that letters stay readable when the page is 360 pixels wide."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.2,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "hatch.color": RULE,
    "hatch.linewidth": 0.8,
    "lines.solid_capstyle": "round",
}


_ONE_AT_A_TIME = Lock()
"""The style of matplotlib belongs to the whole process; two threads must not set it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One drawing. title and note stand beside it; alt says in words what it shows, for who cannot see it.

    paint: draws on an empty figure. height: in inches.
    """

    key: str
    title: str
    note: str
    alt: str
    paint: "Callable[[Figure], None]"
    height: float = 3.0

    def svg(self) -> str:
        """An `<svg>` element for a page; the same report gives the same bytes."""
        raw = self._drawn("svg", title=False).decode()
        return _for_page(raw, self)

    def png(self) -> bytes:
        """A picture for a chat, title included, 880 pixels wide."""
        return self._drawn("png", title=True)

    def _drawn(self, kind: str, *, title: bool) -> bytes:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        with _ONE_AT_A_TIME, mpl.rc_context(_STYLE | {"svg.hashsalt": self.key}):
            engine = ConstrainedLayoutEngine(w_pad=0.08 if title else 0.03, h_pad=0.06)
            figure = Figure(figsize=(WIDTH, self.height + (0.75 if title else 0)), layout=engine)
            self.paint(figure)
            if title:
                figure.suptitle(self.title, x=0.02, ha="left", fontsize=10.5, fontweight="bold", color=INK)
                figure.supxlabel(fill(self.note, 70), x=0.02, ha="left", fontsize=8, color=MUTED)
            sheet = BytesIO()
            face = PAPER if title else "none"
            metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
            figure.savefig(sheet, format=kind, dpi=200, facecolor=face, metadata=metadata)
        return sheet.getvalue()


def _for_page(raw: str, plot: Plot) -> str:
    """Only the element itself, with a title and a description, named colours, and the fonts of the page."""
    body = raw[raw.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.S)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r"font: (?:(\w+) )?([\d.]+)px [^;\"]*", _font, body)
    body = re.sub(r"font-family: [^;\"]*; ?", "", body)
    for colour, name in _NAMES.items():
        body = body.replace(colour, f"var(--{name},{colour})")
    box = re.search(r'viewBox="[^"]*"', body)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{box.group() if box else ""} role="img" aria-labelledby="{plot.key}-t {plot.key}-d">'
        f'<title id="{plot.key}-t">{escape(plot.title)}</title><desc id="{plot.key}-d">{escape(plot.alt)}</desc>'
    )
    return re.sub(r"\s*\n\s*", "\n", opening + body[body.index(">") + 1 :]).strip()


def _font(match: "re.Match[str]") -> str:
    weight = f"font-weight:{match[1]};" if match[1] else ""
    return f"{weight}font-size:{match[2]}px"


def bare(axes: "Axes", *, grid: bool = True) -> "Axes":
    """Take away every line that says nothing; leave faint ones to read heights by."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(length=0, labelsize=8.4)
    if grid:
        axes.grid(axis="y", color=RULE, linewidth=0.6)
        axes.set_axisbelow(True)
    return axes


def whole_numbers(axes: "Axes") -> None:
    """Read heights by at most four whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=2))


def say(axes: "Axes", x: float, y: float, text: str, colour: str = INK, **more: Any) -> None:
    """Write on the drawing itself, so that no legend is needed."""
    axes.text(x, y, text, color=colour, fontsize=more.pop("fontsize", 8.5), **more)
