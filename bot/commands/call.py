"""Somebody calls a command: find out which, do it, and always say something."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from bot.commands import caring, data, domains, guide, history, invite, link, me, report, search, settings, waiting
from bot.commands.asked import Asked, who_asks
from bot.commands.reply import Reply, say
from bot.commands.words import LONGEST_CALL, split
from bot.errors import NotAllowed
from bot.events import CommandCalled
from bot.locale import texts
from bot.ports import Transaction
from bot.practice.search import Results
from bot.world import World

Command = Callable[[Asked], Awaitable[Reply]]

_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "help": guide.answer,
        "search": search.answer,
        "open": waiting.answer,
        "domains": domains.answer,
        "offer": domains.offer,
        "me": me.answer,
        "pause": me.pause,
        "my-data": data.answer,
        "forget-me": data.forget,
        "opt-out": me.leave_out,
        "opt-in": me.read_again,
        "report": report.answer,
        "domain": caring.answer,
        "invite": invite.answer,
        "settings": settings.answer,
        "history": history.answer,
        "link": link.answer,
    }
)


async def answer(call: CommandCalled, tx: Transaction, world: World, found: Results | None = None) -> Reply:
    """What Ander says to a command, in the person's language; what it changes is changed in `tx`. `found`: what was
    looked up for it.

    Never silent: an unknown word gets a suggestion, and what somebody may not do the same sentence as what does
    not exist. Raises StoreError only.
    """
    asked = await who_asks(call, tx, world, found)
    try:
        return await run(asked.about(call.text[:LONGEST_CALL]))
    except NotAllowed:
        return refused(asked)


async def run(asked: Asked) -> Reply:
    """Do what `asked.words` say. Raises NotAllowed."""
    command, words = split(asked.words)
    if command is None:
        return guide.unknown(asked.about(words))
    return await _COMMANDS[command](asked.about(words))


def refused(asked: Asked) -> Reply:
    """The same for what is not there and for what is not theirs."""
    return say(asked.lang, texts(asked.lang).gettext("I can't do that for you here. `help` shows what I can do."))
