"""Nothing lost, nothing doubled: a small share of what `bench/slack_faults.py` does at length."""

import logging
from pathlib import Path

import pytest

from tests.slack.schedules import play
from tests.slack.torment import torment

SEEDS = range(6)
KILLS = 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets of a server stopped midway
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_goes_wrong_nothing_is_lost_and_nothing_doubled(
    seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    played = await play(tmp_path / str(seed), seed)
    assert played.faults
    assert played.tally.whole, played.tally
    assert (played.tally.dead, played.tally.waiting, played.tally.buried) == (0, 0, 0)
    assert played.tally.said > 10


@pytest.mark.timeout(300)
async def test_the_process_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    came = await torment(tmp_path, kills=KILLS, seed=1, longest=1.0)
    assert came.tally.whole, came.tally
    assert (came.tally.dead, came.tally.waiting, came.tally.buried) == (0, 0, 0)
    assert came.tally.said > 20
    assert came.exit_code == 0
