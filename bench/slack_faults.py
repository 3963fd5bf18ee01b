"""Nothing lost, nothing doubled, against the fake Slack (docs/slack-fake.md).

`python -m bench.slack_faults kills --kills 300` kills the real process (`ander run`) with kill -9 while people talk.
`python -m bench.slack_faults seeds --seeds 1000` plays a story per seed in this process, with duplicates, reordering,
redelivery, broken sockets, 429, 5xx, timeouts, and answers that are lost or late, by the seed's own schedule.
Both count in the record and on Slack, and end with exit code 1 when anything is lost or doubled.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.slack.schedules import Played, play, template
from tests.slack.tally import Tally
from tests.slack.torment import torment


def main() -> None:
    """Run one of the two and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.slack_faults", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kills = kinds.add_parser("kills")
    kills.add_argument("--kills", type=int, default=300)
    kills.add_argument("--seed", type=int, default=0)
    kills.add_argument("--longest", type=float, default=2.0, help="seconds that a process lives at most, connected")
    kills.add_argument("--pause", type=float, default=0.2, help="seconds between two things that people do, on average")
    kills.add_argument("--http", action="store_true", help="Slack speaks over HTTP instead of through sockets")
    seeds = kinds.add_parser("seeds")
    seeds.add_argument("--seeds", type=int, default=1000)
    seeds.add_argument("--first", type=int, default=0)
    seeds.add_argument("--at-once", type=int, default=4, help="how many stories are told beside each other")
    asked = parser.parse_args()
    logging.basicConfig(level="ERROR")
    whole = _kills(asked) if asked.kind == "kills" else _seeds(asked.first, asked.seeds, asked.at_once)
    sys.exit(0 if whole else 1)


def _kills(asked: argparse.Namespace) -> bool:
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        settings = {"kills": asked.kills, "seed": asked.seed, "longest": asked.longest, "pause": asked.pause}
        came = asyncio.run(torment(Path(folder), **settings, http=asked.http))
    print(
        f"{came.kills} kills in {time.perf_counter() - start:.0f} s; {came.given_up} events were given up by Slack "
        f"and had to be caught up with; Ander was asked {came.asked} times; exit code {came.exit_code}"
    )
    show(came.tally)
    if came.exit_code:
        print(came.last_words)
    return came.tally.whole and not came.exit_code


def _seeds(first: int, count: int, at_once: int) -> bool:
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        played, broken = asyncio.run(_play(Path(folder), range(first, first + count), at_once))
    bad = [one for one in played if not one.tally.whole]
    for one in bad:
        print(f"seed {one.seed}: {len(one.faults)} faults, {one.restarts} restarts, posts too early: {one.hasty}")
        show(one.tally)
    faults = Counter(fault for one in played for fault in one.faults)
    print(f"{count} seeds in {time.perf_counter() - start:.0f} s; {sum(faults.values()):,} faults:")
    for fault, times in faults.most_common():
        print(f"  {times:6,} × {fault}")
    print(f"{sum(one.restarts for one in played):,} restarts in the midst of it")
    tallies = [one.tally for one in played]
    print(
        f"{sum(one.said for one in tallies):,} messages said, {sum(one.sent for one in tallies):,} sent, "
        f"{sum(one.unknown for one in tallies)} left as unknown, {sum(one.dead for one in tallies)} dead, "
        f"{sum(one.waiting for one in tallies)} waiting, {sum(one.buried for one in tallies)} buried"
    )
    print(f"seeds with anything lost or doubled: {len(bad)}; that did not end: {len(broken)}")
    return not (bad or broken)


async def _play(folder: Path, seeds: Sequence[int], at_once: int) -> tuple[list[Played], list[int]]:
    """What came of each seed, and the seeds whose story did not come to its end."""
    empty, turns = template(folder / "empty.db"), asyncio.Semaphore(at_once)
    played, broken = list[Played](), list[int]()

    async def one(seed: int) -> None:
        async with turns:
            try:
                played.append(await play(folder / str(seed), seed, empty=empty))
            except Exception as wrong:
                print(f"seed {seed} did not end: {type(wrong).__name__}: {wrong}", flush=True)
                broken.append(seed)
            shutil.rmtree(folder / str(seed), ignore_errors=True)
        if (done := len(played) + len(broken)) % 100 == 0:
            print(f"{done} of {len(seeds)}", file=sys.stderr, flush=True)

    await asyncio.gather(*map(one, seeds))
    return played, broken


def show(tally: Tally) -> None:
    """Print a tally."""
    print(
        f"  said {tally.said:,}: lost {len(tally.lost)}, stale {len(tally.stale)}, kept {len(tally.kept)}, "
        f"unheard {len(tally.unheard)}, unanswered {len(tally.unanswered)}, buried {tally.buried}\n"
        f"  sent {tally.sent:,}: missing {len(tally.missing)}, doubled {len(tally.doubled)}, unknown {tally.unknown}, "
        f"dead {tally.dead}, waiting {tally.waiting}"
    )
    for name in ("lost", "stale", "kept", "unheard", "unanswered", "missing", "doubled"):
        if found := getattr(tally, name):
            print(f"    {name}: {', '.join(found[:5])}")


if __name__ == "__main__":
    main()
