"""kill -9 of the real process, again and again, while people talk."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

from tests.slack.crowd import Crowd
from tests.slack.fake import ALL_SCOPES, AppSettings, Pace, Slack
from tests.slack.process import Ander
from tests.slack.tally import Tally, tally

PACE = Pace(ack=3.0, alone=1.5, retries=(0.0, 0.5, 1.0))
"""Hurried, so that some events are given up while the process is down, and have to be caught up with."""


LAST_SECONDS = 300.0
"""How long it may take to catch up in the end, and to say what there is to say at a message a second per channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Torment:
    """What came of it. `given_up`: events that Slack stopped delivering; `last_words`: the end of its log."""

    kills: int
    given_up: int
    asked: int
    exit_code: int
    last_words: str
    tally: Tally


async def torment(
    folder: Path, *, kills: int, seed: int, longest: float = 2.0, pause: float = 0.1, http: bool = False
) -> Torment:
    """Kill a process so many times, each time up to `longest` seconds after it connected; then let it catch up."""
    rng, app = random.Random(seed), AppSettings(socket_mode=not http, scopes=ALL_SCOPES)
    async with Slack(pace=PACE, app=app) as slack:
        people = [slack.user(f"person{number}") for number in range(6)]
        channels = [
            slack.channel("help", *people, slack.bot()),
            slack.channel("night-shift", *people, slack.bot()),
            slack.channel("board", *people, slack.bot(), type="group"),
        ]
        crowd = Crowd(slack, rng, people, channels)
        ander = Ander(slack, folder)
        await ander.start()
        await ander.listens(*(one.id for one in channels))
        enough = asyncio.Event()
        talking = asyncio.create_task(_talk(crowd, pause, enough))
        for _ in range(kills):
            await asyncio.sleep(rng.uniform(0, longest))
            await ander.kill()
            await ander.start()
        enough.set()
        await talking
        await slack.settled(60)
        await asyncio.gather(*crowd.calls)
        standing = {place for place, token in crowd.story.messages.items() if token is not None}
        await ander.quiet(standing, LAST_SECONDS)
        code = await ander.stop()
        return Torment(
            kills=kills,
            given_up=len([one for one in slack.deliveries.lost if one.kind == "events_api"]),
            asked=crowd.asked,
            exit_code=code,
            last_words=ander.log.read_text()[-4000:],
            tally=tally(ander.record, slack, crowd.story),
        )


async def _talk(crowd: Crowd, pause: float, enough: asyncio.Event) -> None:
    while not enough.is_set():
        await asyncio.sleep(crowd.rng.expovariate(1 / pause))
        await crowd.turn()
