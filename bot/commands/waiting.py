"""`open`: questions that wait for an answer, those in one's own domains first."""

from bot.buttons import OpenMore, button
from bot.commands.asked import Asked, visible_communities
from bot.commands.reply import Reply, say
from bot.commands.showing import PAGE, as_quote, facts, find_domain, names_for
from bot.locale import texts
from bot.model import Item
from bot.outgoing import BodyPart, Buttons, Heading, Text
from bot.permission import readable, seen

_MOST = 100


async def answer(asked: Asked) -> Reply:
    """The first five; `open DOMAIN` only those of one domain."""
    return await page(asked, 0)


async def page(asked: Asked, offset: int) -> Reply:
    """Five from `offset` on. `asked.words` may name a domain."""
    _ = texts(asked.lang).gettext
    found = await waiting(asked)
    if not found:
        return say(asked.lang, _("Nothing waits for an answer where you can read. 🌿"))
    shown = found[offset : offset + PAGE]
    parts = await _lines(asked, shown, offset)
    if len(found) > offset + PAGE:
        parts.append(_more(asked, offset + PAGE))
    title = Heading(text=_("Waiting for an answer"))
    return say(asked.lang, title, *parts, about=tuple(item.ref for item in shown))


async def waiting(asked: Asked) -> list[Item]:
    """Other people's open questions that the person may read: own domains first, then newest first."""
    channels = await readable(asked.tx, asked.person.id)
    found = await asked.tx.open_questions(channels=channels, limit=_MOST)
    theirs = await seen(asked.tx, asked.person.id, found)
    others = [item for item in found if item.author != asked.person.id and item.ref in theirs]
    mine = await _own_domains(asked)
    return sorted(await _in_domain(asked, others), key=lambda item: (item.community, item.domain) not in mine)


async def _in_domain(asked: Asked, items: list[Item]) -> list[Item]:
    """Those of the domain that `asked.words` name; all when they name none."""
    if not asked.words.strip():
        return items
    seen = await visible_communities(asked)
    domain = find_domain([d for d in await asked.tx.domains() if d.community in seen], asked.words)
    return [item for item in items if domain and (item.community, item.domain) == (domain.community, domain.key)]


async def _own_domains(asked: Asked) -> set[tuple[str | None, str | None]]:
    """Those in which the person answered, shared or offered something."""
    rows = await asked.tx.evidence()
    return {(row.community, row.domain) for row in rows if row.person == asked.person.id and row.domain}


async def _lines(asked: Asked, shown: list[Item], offset: int) -> list[BodyPart]:
    names = await names_for(asked, shown)
    parts: list[BodyPart] = []
    for number, item in enumerate(shown, offset + 1):
        parts.append(Text(text=f"{number}. {facts(item, names, asked)}"))
        parts.append(as_quote(asked, item, names))
    return parts


def _more(asked: Asked, offset: int) -> Buttons:
    _ = texts(asked.lang).gettext
    return Buttons(buttons=(button(_("More"), OpenMore(offset=offset, domain=asked.words.strip())),))
