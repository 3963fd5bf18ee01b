"""The story of the week: an exchange that helped is told in the report only when everybody in it says yes."""

from bot import notices
from bot.events import PersonId
from bot.language import language
from bot.model import InvitationRow, Item, Telling
from bot.outgoing import Audience, Outgoing, Target
from bot.permission import may_be_told
from bot.ports import Transaction
from bot.quoting import quote
from bot.world import World


async def ask(tx: Transaction, row: InvitationRow, question: Item, world: World) -> None:
    """After an invitation helped: ask asker and ander, each by themselves and once, whether it may be told. Only what
    was said in public, and in the clear, can be."""
    channel = (await tx.channels([question.ref.channel])).get(question.ref.channel)
    if not may_be_told(channel, past_closed=question.past_closed):
        return
    asked = await tx.tellings(question.ref)
    for person in {question.author, row.person} - asked.keys():
        await _ask(tx, person, question, row, world)


async def _ask(tx: Transaction, person: PersonId, question: Item, row: InvitationRow, world: World) -> None:
    people = await tx.people([person, question.author])
    community = (await tx.communities()).get(row.community)
    channel = (await tx.channels([question.ref.channel])).get(question.ref.channel)
    asker = people.get(question.author)
    shown = quote(question.text, author=asker.name if asker else "?", channel=channel, at=question.at, ref=question.ref)
    body = notices.may_be_told(
        language(people.get(person), community),
        question=question.ref,
        shown=shown,
        community=community.name if community else "",
    )
    now, target = world.clock(), Target(audience=Audience.DIRECT, person=person)
    await tx.put_tellings([Telling(question=question.ref, person=person, asked_at=now)])
    await tx.put_out(
        [
            Outgoing(
                purpose="telling", target=target, key=str(question.ref), body=body, due_at=now, about=(question.ref,)
            )
        ]
    )
