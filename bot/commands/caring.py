"""`domain add|rename|merge|describe`: a facilitator looks after the domains of their community.

Domains are merged within one community only: what people from a private community filed can so never end up under
a heading that others read. Who may see an item keeps following its channel in any case.
"""

from dataclasses import replace

from bot.commands.asked import Asked, facilitated
from bot.commands.reply import Reply, say
from bot.commands.showing import find_domain, slug
from bot.locale import texts
from bot.model import By, Community, Domain
from bot.quoting import name, shown

_AT_ONCE = 100_000
_DESCRIPTION = 400
_INTO = (" into ", " naar ", " in ", " -> ", " → ")


async def answer(asked: Asked) -> Reply:
    """Do what the first word says. Raises NotAllowed when the person is no facilitator here."""
    community = await facilitated(asked)
    what, _space, rest = asked.words.strip().partition(" ")
    rest = rest.strip()
    match what.lower():
        case "add" | "nieuw" | "voeg-toe":
            return await _add(asked, community, rest)
        case "rename" | "hernoem":
            return await _rename(asked, community, rest)
        case "merge" | "voeg-samen":
            return await _merge(asked, community, rest)
        case "describe" | "beschrijf":
            return await _describe(asked, community, rest)
        case _:
            return _how(asked)


def _how(asked: Asked) -> Reply:
    _ = texts(asked.lang).gettext
    lines = (
        _("`domain add Wound care: dressing, healing, material`"),
        _("`domain rename wound-care: Wounds`"),
        _("`domain merge wounds into wound-care`"),
        _("`domain describe wound-care: dressing, healing, material`"),
    )
    return say(asked.lang, _("Like this:"), "\n".join(f"• {line}" for line in lines))


async def _add(asked: Asked, community: Community, rest: str) -> Reply:
    _ = texts(asked.lang).gettext
    title, _colon, description = (piece.strip() for piece in rest.partition(":"))
    key = slug(title)
    if not key:
        return _how(asked)
    taken = await asked.tx.domains(community.id)
    if any(d.key == key for d in taken) or find_domain(taken, title):
        return say(asked.lang, _("There is a domain like that already: `{key}`.").format(key=key))
    made = Domain(community=community.id, key=key, name=name(title), description=shown(description, _DESCRIPTION))
    await asked.tx.put_domains([made])
    return say(asked.lang, _("New domain: {name} (`{key}`).").format(name=made.name, key=key))


async def _rename(asked: Asked, community: Community, rest: str) -> Reply:
    old, new = await _named(asked, community, rest)
    if old is None or not new:
        return _how(asked)
    await asked.tx.put_domains([replace(old, name=name(new))])
    _ = texts(asked.lang).gettext
    return say(asked.lang, _("`{key}` is now called {name}.").format(key=old.key, name=name(new)))


async def _describe(asked: Asked, community: Community, rest: str) -> Reply:
    domain, words = await _named(asked, community, rest)
    if domain is None or not words:
        return _how(asked)
    await asked.tx.put_domains([replace(domain, description=shown(words, _DESCRIPTION))])
    return say(
        asked.lang,
        texts(asked.lang).gettext("Described {name}. New questions are filed by it.").format(name=name(domain.name)),
    )


async def _named(asked: Asked, community: Community, rest: str) -> tuple[Domain | None, str]:
    """The domain before the colon (or the first word), and what follows."""
    first, colon, words = rest.partition(":")
    if not colon:
        first, _space, words = rest.partition(" ")
    return find_domain(await asked.tx.domains(community.id), first), words.strip()


async def _merge(asked: Asked, community: Community, rest: str) -> Reply:
    _ = texts(asked.lang).gettext
    gap = next((gap for gap in _INTO if gap in rest), None)
    if gap is None:
        return _how(asked)
    domains = await asked.tx.domains(community.id)
    source, target = (find_domain(domains, side) for side in rest.split(gap, 1))
    if source is None or target is None or source.key == target.key:
        return say(
            asked.lang,
            _("I need two different domains of {community}; `domains` shows them.").format(
                community=name(community.name)
            ),
        )
    await _move(asked, source, target)
    await asked.tx.put_domains(
        [replace(d, merged_into=target.key) for d in domains if source.key in (d.key, d.merged_into)]
    )
    # how many moved along is not told: some may lie where this facilitator cannot read
    return say(asked.lang, _("{old} is now part of {new}.").format(old=name(source.name), new=name(target.name)))


async def _move(asked: Asked, source: Domain, target: Domain) -> None:
    filed = await asked.tx.filed(source.community, _AT_ONCE)
    moving = [replace(item, domain=target.key, domain_by=By.PERSON) for item in filed if item.domain == source.key]
    await asked.tx.put_items(moving)
