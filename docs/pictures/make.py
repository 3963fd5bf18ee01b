"""Makes the pictures of the README anew: plays the demo, then photographs a report and a scene with chromium.

    python docs/pictures/make.py

Needs chromium on the path; the demo is played in a folder of its own, which is gone afterwards.
"""

import asyncio
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from PIL import Image
from rich.console import Console

from adapters.terminal.client import Terminal
from adapters.terminal.stage import TerminalStage
from bot.__main__ import open_world
from bot.app import App
from bot.demo.clock import DemoClock
from bot.demo.play import play
from bot.demo.script import load_script, recent_start
from bot.demo.setting import prepare
from bot.reading import load_reader

HERE = Path(__file__).parent
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--blink-settings=preferredColorScheme=1",
)
REPORT = "zorg"
SCENE = "A question that nobody in the group can answer"


class SceneStage(TerminalStage):
    """Prints one scene on the console that records, everything else nowhere."""

    def __init__(self, recording: Console) -> None:
        self._recording, self._nowhere = recording, Console(file=StringIO(), width=80)
        super().__init__(self._nowhere)
        self._plain = False

    def scene(self, title: str) -> None:
        """The wanted scene goes to the recording."""
        self._console = self._recording if title == SCENE else self._nowhere
        super().scene(title)

    def chapter(self, title: str) -> None:
        """Here the scene is over."""
        self._console = self._nowhere
        super().chapter(title)

    def count(self, text: str) -> None:
        """Here too."""
        self._console = self._nowhere
        super().count(text)


async def perform(folder: Path) -> Console:
    """Play the demo in `folder`; returns the console with the scene on it."""
    script, terminal = load_script(recent_start(datetime.now(UTC))), Terminal()
    clock = DemoClock(script.starts)
    recording = Console(record=True, width=80, file=StringIO(), force_terminal=True, color_system="truecolor")
    async with open_world(prepare(folder), clock=clock, chats={"terminal": terminal}) as world:
        app = App(world, load_reader())
        await play(app, world, clock, script, SceneStage(recording), sent=lambda: terminal.sent, lang="en")
    return recording


def photograph(page: Path, picture: Path, width: int, height: int) -> None:
    """The top of a page as a small PNG."""
    with tempfile.TemporaryDirectory() as profile:
        size = f"--window-size={width},{height}"
        shot = f"--screenshot={picture}"
        command = ["chromium", *FLAGS, f"--user-data-dir={profile}", size, shot, page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 # our own words only
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


def terminal_page(recording: Console, folder: Path) -> tuple[Path, int, int]:
    """The recording as a page of its own, with its width and height in pixels."""
    svg = recording.export_svg(title="ander demo")
    box = svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0]
    width, height = (int(float(side)) for side in box.split())
    page = folder / "terminal.html"
    style = f"<style>body{{margin:0;background:#fff}}svg{{width:{width}px;height:{height}px;display:block}}</style>"
    page.write_text(f"<!doctype html><meta charset=utf-8>{style}{svg}", encoding="utf-8")
    return page, width, height


def main() -> None:
    """Both pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        recording = asyncio.run(perform(folder))
        report = folder / "report.html"
        words = ["--config", str(folder / "config.toml"), "report", REPORT, "--lang", "en", "--html", str(report)]
        subprocess.run([sys.executable, "-m", "bot", *words], check=True, capture_output=True)  # noqa: S603
        photograph(report, HERE / "report.png", 1000, 1400)
        page, width, height = terminal_page(recording, folder)
        photograph(page, HERE / "terminal.png", width, height)


if __name__ == "__main__":
    main()
