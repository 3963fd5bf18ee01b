"""`ander search`, `open`, `domains`, `anders`: what lies in the practice, as data and as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.asking import Query, ask, survey
from bot.errors import InputError
from bot.events import ChannelId, MessageId
from bot.jobs.questions import query_of
from bot.model import CommunityId, Domain, Item, Part, Ref, parse_ref
from bot.ports import Transaction
from bot.practice.domains import Unfiled, suggest_domains
from bot.practice.filing import open_index
from bot.quoting import shown
from bot.world import World

STALE = timedelta(days=30)
"""When the newest thing known is older than this the record is history, and is looked at as of its own end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open question."""

    id: str
    question: str
    domain: str | None
    channel: str
    author: str
    ts: float
    link: str | None


async def waiting(tx: Transaction, world: World, community: CommunityId | None, limit: int) -> list[Waiting]:
    """Questions that wait, newest first."""
    return [
        Waiting(
            id=str(item.ref),
            question=item.text,
            domain=item.domain,
            channel=item.ref.channel,
            author=item.author,
            ts=item.at.timestamp(),
            link=world.link(item.ref),
        )
        for item in await tx.open_questions(community=community, limit=limit)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody who could be asked."""

    person: str
    score: float
    why: str
    evidence: tuple[str, ...]


async def anders(
    tx: Transaction, world: World, question: str, community: CommunityId | None, *, limit: int, lang: str
) -> list[Named]:
    """Who would be asked about `question` (a text, or the id of a question), best first; nobody is asked.

    On a record that ended long ago time stands still at its end. Without a community nobody is an insider.
    """
    now = await as_of(tx, world)
    query = await _query(tx, world, question, community, now)
    field = await survey(tx, world.embedder.model, now)
    settings = world.config.ander_settings
    ranked = ask(field, query, settings, now=now, rng=None).ranked[:limit]
    return [
        Named(
            person=one.person,
            score=round(one.score, 4),
            why=field.why(one, lang, question=query.text, now=now, named=True),
            evidence=tuple(map(str, one.evidence)),
        )
        for one in ranked
    ]


async def as_of(tx: Transaction, world: World) -> datetime:
    """Now; or just after the newest evidence when all of it is old."""
    now = world.clock()
    newest = await tx.newest_evidence()
    return now if newest is None or now - newest < STALE else newest + timedelta(minutes=1)


async def _query(tx: Transaction, world: World, question: str, community: CommunityId | None, now: datetime) -> Query:
    item = await find_item(tx, question)
    if item is not None:
        return await query_of(tx, replace(item, community=community or item.community), world)
    vector = np.asarray((await world.embedder.embed([question]))[0], dtype=np.float32)
    nowhere = Ref(ChannelId("console:"), MessageId("question"))
    return Query(text=question, vector=vector, community=community or CommunityId(""), at=now, ref=nowhere)


async def find_item(tx: Transaction, text: str) -> Item | None:
    """The item whose id this is; None for any other text."""
    try:
        ref = parse_ref(text.strip())
    except ValueError:
        return None
    return (await tx.items([ref])).get(ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A domain that could be made."""

    name: str
    keywords: tuple[str, ...]
    size: int
    lang: str | None
    examples: tuple[str, ...]


async def suggestions(tx: Transaction, world: World, community: CommunityId, limit: int) -> list[Suggested]:
    """Domains that what lies unfiled would make, with key words and examples."""
    items = await tx.unfiled(community, 20_000)
    vectors = await tx.vectors([item.ref for item in items], Part.OWN, world.embedder.model)
    known = [Unfiled(ref=i.ref, text=i.text, lang=i.lang, vector=vectors[i.ref]) for i in items if i.ref in vectors]
    domains = await tx.domains(community)
    existing = (await open_index(domains, world.embedder)).domains if domains else ()
    found = suggest_domains(known, existing, k_max=limit, rng=np.random.default_rng(0))
    texts = {item.ref: shown(item.text, 100) for item in items}
    return [
        Suggested(
            name=one.name,
            keywords=one.keywords,
            size=one.size,
            lang=one.lang,
            examples=tuple(texts[ref] for ref in one.examples),
        )
        for one in found
    ]


async def community_named(tx: Transaction, name: str) -> CommunityId:
    """The community by its key or name. Raises InputError that lists those there are."""
    known = await tx.communities()
    for key, community in known.items():
        if name.lower() in (key.lower(), community.name.lower()):
            return key
    listed = ", ".join(sorted(known)) or "none yet; run `ander import` first"
    raise InputError(f'There is no community "{name}". Known: {listed}.')


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """What people call the ids: for the terminal, where nobody reads ids."""

    names: Mapping[str, str]
    places: Mapping[str, str]

    def text(self, text: str, limit: int) -> str:
        """What somebody wrote, short, with names for mentions."""
        return escape(shown(" ".join(text.split()), limit, self.names))

    def place(self, channel: str) -> str:
        """A channel as people write it."""
        return escape("#" + self.places.get(channel, channel).removeprefix("#"))

    def name(self, person: str) -> str:
        """A person's name."""
        return escape(self.names.get(person, person))


async def legend(tx: Transaction) -> Legend:
    """The names of everybody and every place."""
    people, channels = await tx.people(), await tx.channels()
    return Legend(
        names={person.id: person.name for person in people.values()},
        places={channel.id: channel.name for channel in channels.values()},
    )


def waiting_table(rows: Sequence[Waiting], legend: Legend) -> Table:
    """Open questions for the terminal."""
    table = Table("since", "channel", "question", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for row in rows:
        since = f"{datetime.fromtimestamp(row.ts).astimezone():%Y-%m-%d}"
        table.add_row(since, legend.place(row.channel), legend.text(row.question, 120))
    return table


def anders_table(rows: Sequence[Named], legend: Legend) -> Table:
    """Who would be asked, for the terminal."""
    table = Table("score", "person", "why", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(f"{row.score:.2f}", legend.name(row.person), legend.text(row.why, 200))
    return table


def domains_table(rows: Sequence[Domain]) -> Table:
    """Domains for the terminal."""
    table = Table("community", "key", "name", "about", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for row in rows:
        merged = f"→ {row.merged_into}" if row.merged_into else row.description
        table.add_row(row.community, row.key, row.name, merged)
    return table


def as_data(rows: Sequence[Waiting | Named | Domain | Suggested]) -> list[dict[str, object]]:
    """Rows for --json."""
    return [asdict(row) for row in rows]


def show_suggestions(community: str, rows: Sequence[Suggested], console: Console) -> None:
    """Suggested domains for the terminal, with the words and questions they come from."""
    console.print(f"[bold]{escape(community)}[/]" + ("" if rows else ": too little is unfiled to suggest anything."))
    for row in rows:
        console.print(f"  [bold]{escape(row.name)}[/] [dim]({row.size}: {escape(', '.join(row.keywords))})[/]")
        for example in row.examples[:3]:
            console.print(f"    “{escape(example)}”")
