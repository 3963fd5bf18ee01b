"""Somebody pressed a button under something Ander said."""

from bot.buttons import (
    ChangeSettings,
    Choice,
    ConsentChoice,
    ForgetChoice,
    InvitationChoice,
    OpenMore,
    Run,
    SearchHelped,
    SearchMore,
    SearchOpened,
    SuggestionChoice,
    TellChoice,
    parse,
)
from bot.commands import call, data, invitations, me, search, suggestions, waiting
from bot.commands.asked import Asked, who_asks
from bot.commands.reply import Reply
from bot.errors import NotAllowed
from bot.events import ButtonPressed
from bot.ports import Transaction
from bot.practice.search import Results
from bot.world import World


async def press(event: ButtonPressed, tx: Transaction, world: World, found: Results | None = None) -> Reply | None:
    """What the press does and says; None when the button is none of ours. `found`: what was looked up for it.

    A token proves nothing: each choice checks again who pressed and what they may do and see.
    """
    choice = parse(event.button)
    if choice is None:
        return None
    asked = await who_asks(event, tx, world, found)
    try:
        return await _act(asked, choice, event)
    except NotAllowed:
        return call.refused(asked)


async def _act(asked: Asked, choice: Choice, event: ButtonPressed) -> Reply:
    match choice:
        case InvitationChoice():
            return await invitations.choose(asked, choice, event.text)
        case SuggestionChoice():
            return await suggestions.choose(asked, choice)
        case ConsentChoice():
            return await suggestions.consent(asked, choice)
        case TellChoice():
            return await suggestions.tell(asked, choice)
        case ForgetChoice():
            return await data.forget_now(asked, choice)
        case SearchMore() | SearchOpened() | SearchHelped():
            return await _act_on_result(asked, choice)
        case OpenMore():
            return await waiting.page(asked.about(choice.domain), choice.offset)
        case Run():
            return await call.run(asked.about(f"{choice.words} {event.text}".strip()))
        case ChangeSettings():
            return await me.change(asked, event.answers)


async def _act_on_result(asked: Asked, choice: SearchMore | SearchOpened | SearchHelped) -> Reply:
    match choice:
        case SearchMore():
            return await search.more(asked, choice)
        case SearchOpened():
            return await search.opened(asked, choice)
        case SearchHelped():
            return await search.helped(asked, choice)
