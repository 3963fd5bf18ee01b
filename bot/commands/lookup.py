"""What a search finds, before its answer is written: a slow one must not keep everybody else from the record."""

from bot.buttons import Run, SearchMore, parse
from bot.commands import search
from bot.commands.asked import who_asks
from bot.commands.words import LONGEST_CALL, split
from bot.events import ButtonPressed, CommandCalled
from bot.ports import Transaction
from bot.practice.search import Results
from bot.world import World


def seeks(event: CommandCalled | ButtonPressed) -> bool:
    """Whether it asks for a search at all."""
    return _sought(event) is not None


async def look_up(event: CommandCalled | ButtonPressed, tx: Transaction, world: World) -> Results:
    """What it looks for, for `answer` or `press`, which hold it against the record again. Changes nothing. Raises
    TransportError when a remote embedder does not answer."""
    words, offset = _sought(event) or ("", 0)
    return await search.find(await who_asks(event, tx, world), words, offset)


def _sought(event: CommandCalled | ButtonPressed) -> tuple[str, int] | None:
    """The words of a query, and how many results were shown already."""
    if isinstance(event, CommandCalled):
        return _of(event.text[:LONGEST_CALL])
    match parse(event.button):
        case SearchMore() as choice:
            return choice.query, choice.offset
        case Run() as choice:
            return _of(f"{choice.words} {event.text}".strip())
    return None


def _of(text: str) -> tuple[str, int] | None:
    command, words = split(text)
    return (words, 0) if command == "search" else None
