"""The weekly ander moment: each community's liveliest subject gets one or two people from elsewhere."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bot.anders import moment as ander_moment
from bot.anders.choose import Ranked
from bot.anders.moment import Talk
from bot.asking import ask, survey
from bot.events import ChannelKind
from bot.jobs.invitations import draft_for, reach
from bot.jobs.questions import query_of, vector_of
from bot.model import Community, Item, ItemKind, Occasion, Status, Vector
from bot.ports import Transaction
from bot.world import World

LEASE = timedelta(minutes=5)


async def hold_due(world: World, rng: np.random.Generator) -> None:
    """Once a week each community's liveliest subject gets one or two people from elsewhere."""
    async with world.store.snapshot() as tx:
        communities = list((await tx.communities()).values())
    for community in communities:
        await _hold_moment(community, world, rng)


async def _hold_moment(community: Community, world: World, rng: np.random.Generator) -> None:
    now = world.clock()
    job = f"moment:{community.id}"
    period = ander_moment.due_period(now, ZoneInfo(community.timezone), world.config.moment_settings(community.id))
    async with world.store.snapshot() as tx:
        if await tx.job_done(job, period):
            return
        met = await _meet(tx, community, world, rng)
    async with world.store.transaction() as tx:
        claim = await tx.claim_job(job, period, now, now + LEASE)
        if claim is None:
            return
        if met is not None:
            centre, chosen = met
            already = await tx.invitations(question=centre.ref)
            reached = await reach(tx, chosen, centre.ref)
            await draft_for(tx, centre, community, reached, already, world, Occasion.MOMENT)
        await tx.finish_job(claim, now)


async def _meet(
    tx: Transaction, community: Community, world: World, rng: np.random.Generator
) -> tuple[Item, tuple[Ranked, ...]] | None:
    """The week's liveliest subject in a public channel, and who to bring in; None when the week was quiet."""
    now = world.clock()
    settings = world.config.ander_settings
    items = await tx.items_since(community.id, now - timedelta(days=7))
    channels = await tx.channels({item.ref.channel for item in items})
    items = [item for item in items if channels[item.ref.channel].kind is ChannelKind.PUBLIC]
    if not items:
        return None
    subject = ander_moment.liveliest(*await _talks(tx, items, world), settings)
    if subject is None:
        return None
    centre = next(item for item in items if item.ref == subject.centre.ref)
    field = await survey(tx, world.embedder.model, now)
    choice = ask(field, await query_of(tx, centre, world), settings, now=now, rng=rng)
    return centre, ander_moment.pick(choice, field.candidates(), settings.moment_people)


async def _talks(tx: Transaction, items: Sequence[Item], world: World) -> tuple[list[Talk], NDArray[np.float32]]:
    threads = await tx.threads([item.ref for item in items])
    rows: list[Vector] = []
    talks: list[Talk] = []
    for item in items:
        answers = threads[item.ref].answers if item.ref in threads else ()
        rows.append(await vector_of(tx, item, world))
        talks.append(
            Talk(
                ref=item.ref,
                at=item.at,
                people=frozenset({item.author, *(answer.author for answer in answers)}),
                replies=len(answers),
                row=len(rows) - 1,
                domain=item.domain,
                open=item.kind is ItemKind.QUESTION and item.status is Status.OPEN,
            )
        )
    return talks, np.stack(rows)
