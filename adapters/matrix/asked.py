"""What Ander asked, and what people choose: buttons are numbers under a message, and their tokens travel inside it.

So nothing has to be remembered: whoever answers, and whenever, the question itself tells what its numbers mean.
"""

from collections.abc import Sequence

from adapters.matrix.account import Account, content_of
from adapters.matrix.translate import Chosen
from adapters.matrixtalk import channel_of
from adapters.untrusted import Raw, child, items, words
from bot.events import ButtonPressed, Event
from bot.model import OutgoingId
from bot.outgoing import Button

KEY = "org.ander.said"
"""The part of our messages that is for ourselves."""


def mark(id: OutgoingId, part: int, parts: int, buttons: Sequence[Button] = (), person: str | None = None) -> Raw:
    """What one of the `parts` events of a message carries: whose it is, and what its numbers mean, for whom."""
    made: Raw = {"id": id, "part": part, "parts": parts}
    if buttons:
        made["buttons"] = [button.token for button in buttons]
    if person:
        made["for"] = person
    return {KEY: made}


def marked(raw: Raw) -> Raw:
    """What `mark` wrote; empty for messages that are none of ours."""
    return child(content_of(raw), KEY)


async def understand(account: Account, chosen: Chosen) -> Sequence[Event]:
    """The button that was meant; what else the words mean when there was none. Raises TransportError."""
    question = await _question(account, chosen)
    tokens = items(marked(question), "buttons") if question else []
    if question is None or question.get("sender") != account.session.user or not 0 < chosen.number <= len(tokens):
        return chosen.instead
    asked = words(marked(question), "for", 400)
    if asked and asked != chosen.person:
        return ()
    return (
        ButtonPressed(
            event=chosen.event,
            person=chosen.person,
            channel=channel_of(chosen.room),
            button=str(tokens[chosen.number - 1]),
            at=chosen.at,
            text=chosen.text,
        ),
    )


async def _question(account: Account, chosen: Chosen) -> Raw | None:
    if chosen.message:
        return await account.event(chosen.room, chosen.message)
    said = await account.own_messages(chosen.room, limit=20)
    return next((one for one in said if items(marked(one), "buttons")), None)
