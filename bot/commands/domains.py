"""`domains` and `offer`: what the communities care about, and who would like to help with it."""

from collections import Counter

from bot.commands.asked import Asked, visible_communities
from bot.commands.reply import Reply, say
from bot.commands.showing import find_domain
from bot.locale import texts
from bot.model import Community, Domain, EvidenceKind, EvidenceRow
from bot.outgoing import BodyPart, Heading, Text
from bot.permission import seen
from bot.quoting import name, shown

_COUNTED = 2000
"""Filed items that are looked at for the count of one community."""


async def answer(asked: Asked) -> Reply:
    """The domains of the communities in which the person may read something, with what they may read of it."""
    _ = texts(asked.lang).gettext
    parts = await listed(asked)
    if not parts:
        return say(asked.lang, _("There are no domains here yet. A facilitator makes one with `domain add`."))
    return say(asked.lang, *parts, _("`offer DOMAIN` tells me that you would like to help with one."))


async def listed(asked: Asked) -> list[BodyPart]:
    """Community by community; nothing when there are none to see."""
    found = await visible(asked)
    communities = await asked.tx.communities()
    parts: list[BodyPart] = []
    for key in dict.fromkeys(domain.community for domain in found):
        parts += await _community(asked, communities[key], [d for d in found if d.community == key])
    return parts


async def _community(asked: Asked, community: Community, domains: list[Domain]) -> list[BodyPart]:
    counts = await _counts(asked, community)
    lines = [_line(asked, domain, counts[domain.key]) for domain in domains]
    return [Heading(text=name(community.name)), Text(text="\n".join(lines))]


def _line(asked: Asked, domain: Domain, count: int) -> str:
    kept = texts(asked.lang).ngettext("{n} kept", "{n} kept", count).format(n=count)
    about = f" — {shown(domain.description, 160)}" if domain.description else ""
    return f"• {name(domain.name)} (`{domain.key}`){about}" + (f" · {kept}" if count else "")


async def _counts(asked: Asked, community: Community) -> Counter[str]:
    """Only what the person may read is counted: a number must not betray a hidden item."""
    filed = await asked.tx.filed(community.id, _COUNTED)
    theirs = await seen(asked.tx, asked.person.id, filed)
    return Counter(item.domain or "" for item in filed if item.ref in theirs)


async def visible(asked: Asked) -> list[Domain]:
    """The living domains of the communities in which the person may read something."""
    seen = await visible_communities(asked)
    return [d for d in await asked.tx.domains() if d.community in seen and not d.merged_into]


async def offer(asked: Asked) -> Reply:
    """Remember that the person would like to help with a domain."""
    _ = texts(asked.lang).gettext
    seen = await visible_communities(asked)
    domains = [d for d in await asked.tx.domains() if d.community in seen]
    domain = find_domain(domains, asked.words)
    if domain is None:
        return say(
            asked.lang,
            _("Which domain? `domains` shows them; then for instance `offer {example}`.").format(
                example=_example(domains)
            ),
        )
    await asked.tx.add_evidence([_offer(asked, domain)])
    return say(
        asked.lang,
        _("Thank you! When somebody from another group has a question about {domain}, I may ask you.").format(
            domain=name(domain.name)
        ),
        _("Never more often than you want: `me` shows your settings."),
    )


def _example(domains: list[Domain]) -> str:
    return domains[0].key if domains else "wiki"


def _offer(asked: Asked, domain: Domain) -> EvidenceRow:
    return EvidenceRow(
        person=asked.person.id,
        kind=EvidenceKind.OFFER,
        community=domain.community,
        domain=domain.key,
        at=asked.now,
    )
