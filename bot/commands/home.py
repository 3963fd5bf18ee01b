"""Ander's own page: who may need you, what waits for an answer, what the communities care about, your settings."""

from bot import notices
from bot.anders.invitation import State
from bot.buttons import Run, button
from bot.commands import domains, me, waiting
from bot.commands.asked import Asked, who_asks
from bot.commands.reply import Reply
from bot.commands.showing import as_quote, names_for
from bot.events import HomeOpened
from bot.locale import texts
from bot.model import InvitationRow, Item, Ref
from bot.outgoing import Body, BodyPart, Buttons, Heading, Text
from bot.permission import may_be_asked
from bot.ports import Transaction
from bot.world import World

_INVITATIONS = 3


async def welcome(event: HomeOpened, tx: Transaction, world: World) -> Reply:
    """The page as it is for this person now."""
    asked = await who_asks(event, tx, world)
    invited, about = await _invitations(asked)
    open_questions = await waiting.page(asked, 0)
    parts = (
        *_greeting(asked),
        *invited,
        *open_questions.body.parts,
        *await domains.listed(asked),
        *me.show(asked).body.parts,
    )
    return Reply(body=Body(lang=asked.lang, parts=parts), about=(*about, *open_questions.about))


def _greeting(asked: Asked) -> tuple[BodyPart, ...]:
    _ = texts(asked.lang).gettext
    find = button(_("Search"), Run(words="search"), _("What are you looking for?"))
    more = button(_("What you can ask me"), Run(words="help"))
    return (
        Text(text=_("I read along quietly, keep what colleagues teach each other, and look for somebody who knows.")),
        Buttons(buttons=(find, more)),
    )


async def _invitations(asked: Asked) -> tuple[list[BodyPart], tuple[Ref, ...]]:
    """Questions this person was asked to look at, as far as they still wait and may be shown."""
    rows = await asked.tx.invitations(person=asked.person.id, states=[State.SENT, State.ACCEPTED])
    items = await asked.tx.items([row.question for row in rows])
    shown = [(row, items[row.question]) for row in rows if await _waits(asked, row, items)][-_INVITATIONS:]
    if not shown:
        return [], ()
    names = await names_for(asked, [item for _row, item in shown])
    parts: list[BodyPart] = [Heading(text=texts(asked.lang).gettext("Somebody may need you"))]
    for row, item in shown:
        parts += [as_quote(asked, item, names), notices.invitation_buttons(asked.lang, row.id)]
    return parts, tuple(item.ref for _row, item in shown)


async def _waits(asked: Asked, row: InvitationRow, items: dict[Ref, Item]) -> bool:
    item = items.get(row.question)
    return item is not None and not item.hidden and await may_be_asked(asked.tx, row.person, row.question)
