"""What becomes of an invitation while people talk: the ander replies, their words help, somebody writes back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot import notices, telling
from bot.accounts import ids_of
from bot.anders.invitation import State, Step, steps, take
from bot.events import ChannelId, MessageId, PersonId
from bot.hearing import Heard
from bot.language import language
from bot.model import EvidenceKind, EvidenceRow, InvitationRow, Item, ItemKind, Ref
from bot.outgoing import Audience, Body, Outgoing, Target
from bot.permission import may_be_asked
from bot.ports import Transaction
from bot.quoting import quote
from bot.world import World

_TOOK_PART = (State.ANSWERED, State.HELPFUL)


async def follow(tx: Transaction, heard: Sequence[Heard], world: World) -> None:
    """Replies in the thread of a question somebody was invited to: theirs count as their answer, others' are
    brought to them when they answered from elsewhere."""
    for one in heard:
        root = one.posted.thread or one.posted.reply_to
        question = await _question(tx, one.posted.channel, root)
        if question is not None:
            for row in await tx.invitations(question=question.ref):
                await _follow(tx, row, one, question, world)


async def _question(tx: Transaction, channel: ChannelId, root: MessageId | None) -> Item | None:
    if root is None:
        return None
    ref = Ref(channel, root)
    item = (await tx.items([ref])).get(ref)
    return item if item is not None and item.kind is ItemKind.QUESTION else None


async def _follow(tx: Transaction, row: InvitationRow, heard: Heard, question: Item, world: World) -> None:
    if await _same_human(tx, row.person, heard.posted.author):
        if Step.ANSWER in steps(row):
            await tx.put_invitation(take(row, Step.ANSWER, heard.posted.at))
    elif row.state in _TOOK_PART and row.person not in await tx.members(question.ref.channel):
        await _bring(tx, row, heard, question, world)


async def _same_human(tx: Transaction, one: PersonId, other: PersonId) -> bool:
    return one == other or other in await ids_of(tx, one)


async def _bring(tx: Transaction, row: InvitationRow, heard: Heard, question: Item, world: World) -> None:
    if not await may_be_asked(tx, row.person, question.ref):
        return
    people = await tx.people([row.person, heard.posted.author])
    author = people.get(heard.posted.author)
    channel = (await tx.channels([question.ref.channel])).get(question.ref.channel)
    reply = quote(
        heard.reading.masked, author=author.name if author else "?", channel=channel, at=heard.posted.at, ref=heard.ref
    )
    body = notices.relayed_reply(language(people.get(row.person), None), reply=reply, invitation=row.id)
    await _tell(tx, row, "relayed-reply", str(heard.ref), body, world.clock())


async def thank(tx: Transaction, credited: Iterable[EvidenceRow], world: World) -> None:
    """Whose words turned out to help: when an invitation brought them, it was a helpful one, and they hear so."""
    for evidence in credited:
        if evidence.kind is EvidenceKind.HELPFUL and evidence.about is not None:
            for row in await tx.invitations(question=evidence.about, person=evidence.person):
                await _thank(tx, row, world)


async def _thank(tx: Transaction, row: InvitationRow, world: World) -> None:
    question = (await tx.items([row.question])).get(row.question)
    if question is None or Step.HELP not in steps(row):
        return
    await tx.put_invitation(take(row, Step.HELP, world.clock()))
    people = await tx.people([row.person, question.author])
    asker = people.get(question.author)
    name = asker.name if asker else "?"
    channel = (await tx.channels([question.ref.channel])).get(question.ref.channel)
    shown = quote(question.text, author=name, channel=channel, at=question.at, ref=question.ref)
    body = notices.thanks(language(people.get(row.person), None), asker=name, question=shown)
    await _tell(tx, row, "thanks", row.id, body, world.clock())
    await telling.ask(tx, row, question, world)


async def _tell(tx: Transaction, row: InvitationRow, purpose: str, key: str, body: Body, now: datetime) -> None:
    target = Target(audience=Audience.DIRECT, person=row.person)
    await tx.put_out([Outgoing(purpose=purpose, target=target, key=key, body=body, due_at=now, about=(row.question,))])
