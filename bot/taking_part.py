"""When an ander takes part: their words become an answer, others' words find their way back, and thanks reach them.

Called in the transaction that took something in, with the messages it touched. Does nothing for the many messages
that no invitation has to do with.
"""

from collections.abc import Collection
from dataclasses import replace

from bot import notices
from bot.anders.invitation import State, Step, steps, take
from bot.commands.asked import language
from bot.model import AnswerLink, EvidenceKind, EvidenceRow, InvitationRow, Item, Message, Ref, Status
from bot.outgoing import Audience, Outgoing, Target
from bot.permission import may_read
from bot.ports import Transaction
from bot.quoting import quote
from bot.world import World

SURE = 0.5
"""A link at least this probable says that the ander's words are an answer."""

CARRIED = "ander-"
"""Ids of messages that Ander carried into a thread for somebody begin with this."""

_MISSED = frozenset({State.ACCEPTED, State.SENT, State.DECLINED, State.EXPIRED})
"""Who was asked and then simply speaks up has answered, whatever they pressed."""


async def follow(tx: Transaction, touched: Collection[Ref], world: World) -> None:
    """Bring the invitations up to date after messages were posted, marked or changed at `touched`."""
    for ref in touched:
        message = await tx.message(ref)
        if message is None:
            continue
        for row in await _invitations(tx, message):
            await _follow(tx, message, row, world)


async def _invitations(tx: Transaction, message: Message) -> list[InvitationRow]:
    """Those for the question that the message belongs to: its thread's, or what it answers."""
    root = Ref(message.ref.channel, message.thread or message.ref.id)
    questions = {root, message.ref} | {link.question for link in await tx.questions_of([message.ref])}
    found = [row for question in sorted(questions) for row in await tx.invitations(question=question)]
    return [row for row in found if row.sent_at is not None]


async def _follow(tx: Transaction, message: Message, row: InvitationRow, world: World) -> None:
    if message.author == row.person and row.state in _MISSED and row.sent_at and message.at >= row.sent_at:
        row = take(row, Step.ANSWER, world.clock())
        await tx.put_invitation(row)
    if Step.HELP in steps(row):
        question = (await tx.items([row.question])).get(row.question)
        if question is not None and await _helped(tx, question, row):
            await thank(tx, row, question, world)
    if message.author != row.person and not message.ref.id.startswith(CARRIED):
        await _carry_back(tx, message, row, world)


async def _helped(tx: Transaction, question: Item, row: InvitationRow) -> bool:
    """The question is solved, and the ander is among those who answered it."""
    if question.status is not Status.RESOLVED:
        return False
    return any(item.author == row.person for item in await answers(tx, question))


async def answers(tx: Transaction, question: Item) -> list[Item]:
    """What surely answers a question."""
    links: list[AnswerLink] = [
        link for link in await tx.links_of([question.ref]) if not link.rejected and link.confidence >= SURE
    ]
    return list((await tx.items([link.answer for link in links])).values())


async def thank(tx: Transaction, row: InvitationRow, question: Item, world: World) -> None:
    """The ander's words helped: remember it, and let them know."""
    await tx.put_invitation(take(row, Step.HELP, world.clock()))
    theirs = [item for item in await answers(tx, question) if item.author == row.person]
    await tx.add_evidence([helpful(item, question, world) for item in theirs])
    await tx.put_out([await _thanks(tx, row, question, world)])


async def _thanks(tx: Transaction, row: InvitationRow, question: Item, world: World) -> Outgoing:
    """Quotes the question only where the ander may read it; a consent to be asked does not last for ever."""
    people = await tx.people([row.person, question.author])
    asker = people[question.author].name if question.author in people else "?"
    channel = (await tx.channels([question.ref.channel])).get(question.ref.channel)
    open_to_them = await may_read(tx, row.person, question.ref)
    said = quote(question.text, author=asker, channel=channel, at=question.at) if open_to_them else None
    return Outgoing(
        purpose="thanks",
        target=Target(audience=Audience.DIRECT, person=row.person),
        key=row.id,
        body=notices.thanks(language(people.get(row.person), None), asker=asker, question=said),
        due_at=world.clock(),
        about=(question.ref,) if open_to_them else (),
    )


def helpful(item: Item, question: Item, world: World) -> EvidenceRow:
    """That what its author wrote at `item` helped with the question."""
    return EvidenceRow(
        person=item.author,
        kind=EvidenceKind.HELPFUL,
        community=question.community,
        domain=question.domain,
        at=world.clock(),
        item=item.ref,
        about=question.ref,
    )


async def _carry_back(tx: Transaction, message: Message, row: InvitationRow, world: World) -> None:
    """Somebody wrote in the thread of an ander who answers from elsewhere: tell them, if they may read it there.
    The asker's consent is about the question; others did not give theirs."""
    root = Ref(row.question.channel, message.thread or message.ref.id)
    said = await tx.thread_messages(root, 200)
    away = any(m.author == row.person and m.ref.id.startswith(CARRIED) for m in said)
    if not away or not await may_read(tx, row.person, message.ref):
        return
    people = await tx.people([row.person, message.author])
    author = people[message.author].name if message.author in people else "?"
    channel = (await tx.channels([row.question.channel])).get(row.question.channel)
    reply = quote(message.text, author=author, channel=channel, at=message.at)
    body = notices.relayed_reply(language(people.get(row.person), None), reply=reply, invitation=row.id)
    target = Target(audience=Audience.DIRECT, person=row.person)
    key, about = str(message.ref), (row.question,)
    await tx.put_out(
        [Outgoing(purpose="carried", target=target, key=key, body=body, due_at=world.clock(), about=about)]
    )


def solved(question: Item, world: World) -> Item:
    """The question after its asker said that it is solved."""
    return replace(question, status=Status.RESOLVED, resolved_at=question.resolved_at or world.clock(), look_at=None)
