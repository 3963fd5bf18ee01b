"""Showing what lies in the practice: items as quotes with names and places, and how long ago it was."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_timedelta

from bot.commands.asked import Asked
from bot.events import ChannelId, PersonId
from bot.locale import texts
from bot.model import Channel, Domain, DomainKey, Item, Person, Ref, Thread
from bot.outgoing import BodyPart, Quote, Text
from bot.quoting import name, quote

SOMEBODY = "?"
PAGE = 5
"""How many results at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the people, channels and domains of some items are called."""

    people: dict[PersonId, Person]
    channels: dict[ChannelId, Channel]
    domains: dict[tuple[str, str], Domain]

    def person(self, id: PersonId) -> str:
        """Their name; "?" for somebody who is gone."""
        known = self.people.get(id)
        return name(known.name) if known else SOMEBODY

    def domain(self, item: Item) -> str:
        """The domain it is filed under now; empty when it is unfiled."""
        found = self.domains.get((item.community or "", item.domain or ""))
        if found and found.merged_into:
            found = self.domains.get((found.community, found.merged_into), found)
        return name(found.name) if found else ""


async def names_for(asked: Asked, items: Collection[Item]) -> Names:
    """The names that showing `items` needs."""
    domains = await asked.tx.domains()
    return Names(
        people=await asked.tx.people(_people(items)),
        channels=await asked.tx.channels({item.ref.channel for item in items}),
        domains={(d.community, d.key): d for d in domains},
    )


def _people(items: Iterable[Item]) -> set[PersonId]:
    return {item.author for item in items}


def as_quote(asked: Asked, item: Item, names: Names, limit: int = 400) -> Quote:
    """The item's words, safe to show."""
    return quote(
        item.text,
        author=names.person(item.author),
        channel=names.channels.get(item.ref.channel),
        at=item.at,
        ref=item.ref,
        link=asked.world.link(item.ref),
        limit=limit,
        names={id: person.name for id, person in names.people.items()},
    )


def facts(item: Item, names: Names, asked: Asked) -> str:
    """One line: the domain, how long ago, how many people it helped."""
    ngettext = texts(asked.lang).ngettext
    helped = ngettext("helped {n} person", "helped {n} people", item.helped).format(n=item.helped)
    parts = (names.domain(item), ago(item.at, asked.now, asked.lang), helped if item.helped else "")
    return " · ".join(part for part in parts if part)


def ago(at: datetime, now: datetime, lang: str) -> str:
    """How long ago, in words: "3 weeks ago"."""
    return format_timedelta(min(at - now, now - now), add_direction=True, locale=lang)


def in_time(at: datetime, now: datetime, lang: str) -> str:
    """How long from now, in words: "in 2 weeks"."""
    return format_timedelta(max(at - now, now - now), add_direction=True, locale=lang)


async def whole(asked: Asked, thread: Thread) -> list[BodyPart]:
    """A question or know-how with all its answers, at length."""
    names = await names_for(asked, [thread.item, *thread.answers])
    answers = [as_quote(asked, answer, names, 1200) for answer in thread.answers[:PAGE]]
    return [as_quote(asked, thread.item, names, 1200), Text(text=facts(thread.item, names, asked)), *answers]


def refs(threads: Sequence[Thread], answers: int = PAGE) -> tuple[Ref, ...]:
    """Every item that is shown of these threads, with so many answers of each."""
    return tuple(item.ref for thread in threads for item in (thread.item, *thread.answers[:answers]))


def find_domain(domains: Sequence[Domain], text: str) -> Domain | None:
    """The domain somebody means by its key or name; one that was merged leads to where it went."""
    wanted = text.strip().casefold()
    found = next((d for d in domains if wanted in (d.key.casefold(), d.name.casefold())), None)
    if found and found.merged_into:
        return next((d for d in domains if (d.community, d.key) == (found.community, found.merged_into)), found)
    return found


def slug(text: str) -> DomainKey:
    """A key from a name: "Wound care" → "wound-care"."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.casefold())
    return DomainKey("-".join(piece for piece in kept.split("-") if piece)[:40])
