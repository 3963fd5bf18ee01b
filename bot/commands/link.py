"""`link`: somebody has accounts on two platforms, and says so with a one-time code. Never by guess.

Linked accounts are one person to who chooses an ander: one history, one limit, asked at one place. What each of them
may read stays its own.
"""

import hashlib
import secrets
from dataclasses import replace
from datetime import timedelta

from bot.accounts import wish
from bot.commands.asked import Asked
from bot.commands.me import OFF
from bot.commands.reply import Reply, say
from bot.errors import NotAllowed
from bot.locale import texts
from bot.model import LinkCode, Person

_VALID = timedelta(minutes=15)
_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like each other."""
_LENGTH = 10


async def answer(asked: Asked) -> Reply:
    """Give a code, take one, or (`link off`) let the accounts go their own ways again. Raises NotAllowed for somebody
    the platform told us nothing of."""
    if not await asked.tx.accounts(asked.person.id):
        raise NotAllowed("nobody we know")
    words = asked.words.strip()
    if not words:
        return await _give(asked)
    if words.lower() in OFF:
        return await _part(asked)
    return await _take(asked, words)


async def _give(asked: Asked) -> Reply:
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    kept = LinkCode(hash=_hash(code), person=asked.person.id, until=asked.now + _VALID)
    await asked.tx.put_link_code(kept)
    _ = texts(asked.lang).gettext
    return say(
        asked.lang,
        _("Say this to me with your other account, within a quarter of an hour:"),
        f"`link {code[:5]}-{code[5:]}`",
        _("Keep it to yourself: whoever says it first is taken for you. I then ask you things at that account only."),
    )


async def _take(asked: Asked, words: str) -> Reply:
    _ = texts(asked.lang).gettext
    giver = await asked.tx.take_link_code(_hash(words), asked.now)
    theirs = [one for one in await asked.tx.accounts(giver) if one.id != asked.person.id] if giver else []
    if not theirs:
        return say(asked.lang, _("I don't know that code. Say `link` with your other account for a new one."))
    await _join(asked, [*await asked.tx.accounts(asked.person.id), *theirs])
    return say(asked.lang, _("Linked: to me you are one person now, and I ask you things here. `link off` undoes it."))


async def _join(asked: Asked, accounts: list[Person]) -> None:
    """The one that spoke last is where they are asked from now on; a wish to be left alone, said at any, holds at
    all."""
    for account in accounts:
        await asked.tx.put_settings(replace(account, main=asked.person.id))
    await wish(
        asked.tx,
        asked.person,
        opted_out_at=min((one.opted_out_at for one in accounts if one.opted_out_at), default=None),
        paused_until=max((one.paused_until for one in accounts if one.paused_until), default=None),
        invitations=all(one.invitations for one in accounts),
    )


async def _part(asked: Asked) -> Reply:
    await wish(asked.tx, asked.person, main=None)
    return say(asked.lang, texts(asked.lang).gettext("Your accounts are separate again."))


def _hash(code: str) -> str:
    plain = "".join(sign for sign in code.upper() if sign in _SIGNS)
    return hashlib.sha256(plain.encode()).hexdigest()
