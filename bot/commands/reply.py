"""What a command or a button gets back."""

from dataclasses import dataclass

from bot.events import PersonId
from bot.model import Ref
from bot.outgoing import Body, BodyPart, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to one person. `private`: for them alone; if not, the others in the channel hear it as well where the
    platform cannot whisper and all of them may read what it shows. `about`: the items it shows, whose permission the
    sender asks again. `forgot`: these accounts were erased in this transaction; after the commit the caller scrubs
    the store and the search plane, drops what it remembers of them, and keeps no trace of this last message."""

    body: Body
    private: bool = True
    about: tuple[Ref, ...] = ()
    forgot: tuple[PersonId, ...] = ()


def say(lang: str, *parts: BodyPart | str, about: tuple[Ref, ...] = (), private: bool = True) -> Reply:
    """A reply, private unless said otherwise; a plain string becomes a paragraph."""
    made = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    return Reply(body=Body(lang=lang, parts=made), about=about, private=private)
