"""`ander check`: a preflight over configuration, record, index and embedder, with what to mend."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from bot.console import letters
from bot.finding import Finding
from bot.world import World


async def check(world: World) -> list[Finding]:
    """Look at everything; raises only what opening the world raises."""
    return [
        await _record(world),
        await _index(world),
        await _embedder(world),
        await _channels(world),
        await _letters(world),
        _folder(world),
        *[found for chat in world.chats.values() for found in await chat.check()],
    ]


async def _record(world: World) -> Finding:
    async with world.store.snapshot() as tx:
        people, channels = len(await tx.people()), len(await tx.channels())
    return Finding(what="record", well=True, detail=f"readable; {people} people, {channels} channels")


async def _index(world: World) -> Finding:
    behind = await world.plane.catch_up()
    return Finding(what="search index", well=True, detail="up to date" if not behind else f"took in {behind} changes")


async def _embedder(world: World) -> Finding:
    rows = await world.embedder.embed(["een zin", "a sentence"])
    well = rows.shape == (2, world.embedder.dim)
    return Finding(what="embedder", well=well, detail=f"{world.embedder.model}, {world.embedder.dim} dimensions")


async def _channels(world: World) -> Finding:
    """Channels that the file names but nobody has seen are usually typing errors."""
    async with world.store.snapshot() as tx:
        known = {channel.community for channel in (await tx.channels()).values()}
    missing = [key for key, section in world.config.communities.items() if section.channels and key not in known]
    if not missing:
        return Finding(what="communities", well=True, detail=f"{len(world.config.communities)} in the configuration")
    return Finding(
        what="communities",
        well=False,
        detail=f"no channel seen yet for {', '.join(missing)}",
        do="Compare the names under `channels` with those on the platform, or import their history.",
    )


async def _letters(world: World) -> Finding:
    async with world.store.snapshot() as tx:
        stuck = Counter(f"{one.way} {one.state}" for one in await letters.letters(tx))
    if not stuck:
        return Finding(what="letters", well=True, detail="nothing is stuck")
    meanings = {
        "in dead": "{n} events could not be taken in",
        "out dead": "{n} messages could not be sent",
        "out unknown": "{n} messages may have been sent, or not",
    }
    return Finding(
        what="letters",
        well=False,
        detail="; ".join(meanings[kind].format(n=n) for kind, n in sorted(stuck.items())),
        do="`ander letters` lists them, `ander letters --again` tries again what is safe to.",
    )


def _folder(world: World) -> Finding:
    mode = world.config.data.stat().st_mode & 0o077
    if not mode:
        return Finding(what="data folder", well=True, detail=f"{world.config.data}, closed to others")
    return Finding(
        what="data folder",
        well=False,
        detail=f"{world.config.data} can be opened by others on this machine",
        do=f"chmod 700 {world.config.data}",
    )


def show(findings: Sequence[Finding], console: Console) -> None:
    """For the terminal."""
    for one in findings:
        mark = "[green]✓[/]" if one.well else "[red]✗[/]"
        console.print(f"{mark} {escape(one.what)}: {escape(one.detail)}")
        if one.do:
            console.print(f"    → {escape(one.do)}")
