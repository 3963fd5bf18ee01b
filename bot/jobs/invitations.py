"""The invitations: drafted for a moment that suits the person, sent, and let go when nobody replies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import notices
from bot.accounts import ids_of
from bot.anders.choose import Ranked
from bot.anders.hours import after_hours, calendar_of, is_working, next_moment
from bot.anders.invitation import State, Step, draft, take
from bot.asking import Field, survey
from bot.language import language
from bot.model import Community, InvitationRow, Item, Occasion, Person, Ref, Status
from bot.outgoing import Audience, Outgoing, Target
from bot.permission import may_be_asked
from bot.ports import Transaction
from bot.quoting import quote
from bot.world import World


async def reach(tx: Transaction, chosen: Sequence[Ranked], question: Ref) -> list[Ranked]:
    """Those of the chosen who may be asked, each at the first of their accounts where they may: the one they want to
    be asked at before any other."""
    reached: list[Ranked] = []
    for one in chosen:
        allowed = [id for id in await ids_of(tx, one.person) if await may_be_asked(tx, id, question)]
        reached += [replace(one, person=allowed[0])] if allowed else []
    return reached


async def draft_for(
    tx: Transaction,
    question: Item,
    community: Community,
    chosen: Sequence[Ranked],
    already: Sequence[InvitationRow],
    world: World,
    occasion: Occasion = Occasion.QUESTION,
) -> None:
    """Draft an invitation for each of the chosen; see `reach`."""
    settings = world.config.ander_settings
    people = await tx.people([one.person for one in chosen])
    rows = [
        draft(
            question=question.ref,
            person=one.person,
            community=community.id,
            due_at=one.moment,
            until=after_hours(one.moment, settings.wait_hours, calendar_of(people[one.person], settings)),
            evidence=one.evidence,
            occasion=occasion,
            already=already,
        )
        for one in chosen
    ]
    await tx.add_invitations(rows)


async def send_due(world: World) -> None:
    """Invitations whose moment has come, unless the question needs nobody any more."""
    now = world.clock()
    async with world.store.snapshot() as tx:
        due = [row for row in await tx.invitations(states=[State.DUE]) if row.due_at <= now]
        field = await survey(tx, world.embedder.model, now) if due else None
    for row in due:
        async with world.store.transaction() as tx:
            await _send(tx, row, field, world)


async def _send(tx: Transaction, row: InvitationRow, field: Field | None, world: World) -> None:
    now = world.clock()
    current = await tx.invitation(row.id)
    if field is None or current is None or current.state != State.DUE:
        return
    person = (await tx.people([row.person])).get(row.person)
    question = (await tx.items([row.question])).get(row.question)
    if person is None or question is None or not await _still(tx, current, person, question):
        await tx.put_invitation(take(current, Step.WITHDRAW, now))
    elif (later := _later(person, now, world)) is not None:
        await tx.put_invitation(_put_off(current, person, later, world))
    else:
        await _compose(tx, current, question, field, world)
        await tx.put_invitation(take(current, Step.SEND, now))


async def _still(tx: Transaction, row: InvitationRow, person: Person, question: Item) -> bool:
    """Whether there is still something to join, and the person may and wants to be asked."""
    willing = person.active and person.invitations and person.opted_out_at is None
    return _needs_somebody(row, question) and willing and await may_be_asked(tx, person.id, question.ref)


def _later(person: Person, now: datetime, world: World) -> datetime | None:
    """When it suits the person better than now; None when now is fine."""
    calendar = calendar_of(person, world.config.ander_settings)
    paused = person.paused_until is not None and person.paused_until > now
    if not paused and is_working(now, calendar):
        return None
    return next_moment(max(now, person.paused_until or now), calendar)


def _put_off(row: InvitationRow, person: Person, later: datetime, world: World) -> InvitationRow:
    settings = world.config.ander_settings
    until = after_hours(later, settings.wait_hours, calendar_of(person, settings))
    return replace(row, due_at=later, until=until)


def _needs_somebody(row: InvitationRow, question: Item) -> bool:
    """An ander moment is for what is lively, answered or not; other invitations are for what waits."""
    waits = question.status is Status.OPEN and question.first_reply_at is None
    return not question.hidden and (row.occasion is Occasion.MOMENT or waits)


async def _compose(tx: Transaction, row: InvitationRow, question: Item, field: Field, world: World) -> None:
    person = (await tx.people([row.person]))[row.person]
    asker = (await tx.people([question.author])).get(question.author)
    channel = (await tx.channels([question.ref.channel])).get(question.ref.channel)
    community = (await tx.communities())[row.community]
    lang = language(person, community)
    body = notices.invitation(
        lang,
        invitation=row.id,
        question=quote(
            question.text,
            author=asker.name if asker else "?",
            channel=channel,
            at=question.at,
            ref=question.ref,
            link=world.link(question.ref),
        ),
        asker=asker.name if asker else "?",
        community=community.name,
        why=field.reason(row, lang, question=question.text, now=world.clock()),
        occasion=row.occasion,
    )
    target = Target(audience=Audience.DIRECT, person=row.person)
    await tx.put_out(
        [
            Outgoing(
                purpose="invitation",
                target=target,
                key=row.id,
                body=body,
                due_at=world.clock(),
                about=(question.ref,),
            )
        ]
    )


async def expire_due(world: World) -> None:
    """Invitations nobody replied to in time; the next look at their question may find somebody else."""
    now = world.clock()
    async with world.store.snapshot() as tx:
        over = [row for row in await tx.invitations(states=[State.DUE, State.SENT]) if row.until <= now]
    for row in over:
        async with world.store.transaction() as tx:
            current = await tx.invitation(row.id)
            if current is not None and current.state in (State.DUE, State.SENT):
                await tx.put_invitation(take(current, Step.EXPIRE, now))
