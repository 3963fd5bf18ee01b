"""Open questions whose patience has run out: look for an ander, ask the asker first, or leave them be."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from bot import notices
from bot.anders.hours import Calendar, after_hours, calendar
from bot.anders.invitation import OPEN
from bot.anders.patience import Look, Travel, look, look_at
from bot.asking import Field, Query, ask, survey
from bot.jobs.invitations import draft_for, reach
from bot.language import language
from bot.model import Community, CommunityId, Consent, Item, Part, Ref, Vector
from bot.outgoing import Audience, Outgoing, Target
from bot.ports import Transaction
from bot.quoting import quote
from bot.world import World

BATCH = 50


async def look_at_due(world: World, rng: np.random.Generator) -> None:
    """Open questions whose patience has run out: look for an ander, or ask the asker first, or leave them be."""
    now = world.clock()
    async with world.store.snapshot() as tx:
        due = await tx.due_questions(now, BATCH)
        field = await survey(tx, world.embedder.model, now) if due else None
    for question in due:
        async with world.store.transaction() as tx:
            await _look(tx, question.ref, field, world, rng)


async def _look(tx: Transaction, ref: Ref, field: Field | None, world: World, rng: np.random.Generator) -> None:
    question = (await tx.items([ref])).get(ref)
    channel = (await tx.channels([ref.channel])).get(ref.channel)
    communities = await tx.communities()
    if question is None or channel is None or question.community not in communities or field is None:
        return
    community = communities[question.community]
    settings = world.config.ander_settings
    consent = await tx.consent(ref)
    travel = Travel(
        channel=channel.kind, consent_asked=consent is not None, consent=consent.granted if consent else None
    )
    hours = calendar(community.timezone, settings)
    match look(question, travel, _moment(question, hours, world), hours, settings):
        case Look.LEAVE:
            await tx.put_items([replace(question, look_at=None)])
        case Look.WAIT:
            await tx.put_items([replace(question, look_at=_later(community, world))])
        case Look.ASK_CONSENT:
            await _ask_consent(tx, question, community, world)
        case Look.CHOOSE:
            await _choose(tx, question, community, field, world, rng)


def _moment(question: Item, hours: Calendar, world: World) -> datetime:
    """Now; for a question that a facilitator wants looked at before its time, the end of its patience."""
    now = world.clock()
    patience = look_at(question.at, hours, world.config.ander_settings)
    wished = question.look_at is not None and question.look_at < patience
    return max(now, patience) if wished else now


def _later(community: Community, world: World) -> datetime:
    settings = world.config.ander_settings
    return after_hours(world.clock(), settings.patience_hours, calendar(community.timezone, settings))


async def _ask_consent(tx: Transaction, question: Item, community: Community, world: World) -> None:
    people = await tx.people([question.author])
    channel = (await tx.channels([question.ref.channel]))[question.ref.channel]
    asker = people.get(question.author)
    shared = quote(
        question.text, author=asker.name if asker else "?", channel=channel, at=question.at, ref=question.ref
    )
    await tx.put_out(
        [
            Outgoing(
                purpose="consent",
                target=Target(
                    audience=Audience.WHISPER,
                    channel=question.ref.channel,
                    thread=question.thread or question.ref.id,
                    person=question.author,
                ),
                key=str(question.ref),
                body=notices.consent_request(language(asker, community), question=question.ref, shared=shared),
                due_at=world.clock(),
                about=(question.ref,),
            )
        ]
    )
    await tx.put_consent(Consent(question=question.ref, person=question.author, asked_at=world.clock()))
    await tx.put_items([replace(question, look_at=_later(community, world))])


async def _choose(
    tx: Transaction, question: Item, community: Community, field: Field, world: World, rng: np.random.Generator
) -> None:
    """Invite, unless somebody is thinking about it already; and look again after as long, while nobody replied.

    Whoever may read the question anyway comes first. When nobody who may touches it, and somebody elsewhere does (on
    another platform, say), the asker is asked.
    """
    already = await tx.invitations(question=question.ref)
    if not any(row.state in OPEN for row in already):
        query = await query_of(tx, question, world)
        fresh = field.after(await tx.invitations())
        chosen = ask(fresh, query, world.config.ander_settings, now=world.clock(), rng=rng).ranked
        reachable = await reach(tx, chosen, question.ref)
        if chosen and not reachable and await tx.consent(question.ref) is None:
            return await _ask_consent(tx, question, community, world)
        await draft_for(tx, question, community, reachable[: world.config.anders.invite], already, world)
    await tx.put_items([replace(question, look_at=_later(community, world))])
    return None


async def query_of(tx: Transaction, question: Item, world: World) -> Query:
    """The question, in search of somebody."""
    answers = await tx.threads([question.ref])
    present = {answer.author for thread in answers.values() for answer in thread.answers}
    return Query(
        text=question.text,
        vector=await vector_of(tx, question, world),
        community=question.community or CommunityId(""),
        at=question.at,
        ref=question.ref,
        domain=question.domain,
        present=frozenset(present | {question.author}),
    )


async def vector_of(tx: Transaction, item: Item, world: World) -> Vector:
    """The vector of an item's own words, made now if it is not stored."""
    known = await tx.vectors([item.ref], Part.OWN, world.embedder.model)
    if item.ref in known:
        return known[item.ref]
    return np.asarray((await world.embedder.embed([item.text]))[0], dtype=np.float32)
