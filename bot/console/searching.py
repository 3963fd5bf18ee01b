"""`ander search`: what a person would find, as data and for the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich.console import Console

from bot import permission
from bot.console.looking import Legend
from bot.errors import InputError
from bot.events import PersonId
from bot.practice.search import as_row, parse_query, search
from bot.world import World

Row = Mapping[str, object]


async def find(world: World, text: str, person: PersonId, limit: int) -> list[Row]:
    """What `person` finds, best first. Raises InputError when nobody knows the person."""
    query = replace(parse_query(text, person, world.clock()), limit=limit)
    async with world.store.snapshot() as tx:
        if person not in await tx.people([person]):
            raise InputError(f"Nobody known is {person}. Write the id of the platform, like --as slack:U123.")
        results = await search(tx, world.plane, world.embedder, permission, query, second=world.second)
    return [as_row(hit, world.link(hit.thread.item.ref)) for hit in results.hits]


def show(rows: Sequence[Row], legend: Legend, console: Console) -> None:
    """For the terminal."""
    if not rows:
        console.print("Nothing found.")
    for row in rows:
        console.print(f"[bold]{legend.text(str(row['question'] or row['answer']), 200)}[/]")
        if row["question"] and row["answer"]:
            console.print(f"  → {legend.text(str(row['answer']), 300)}")
        facts = [legend.place(str(row["channel"])), legend.name(str(row["author"])), str(row["domain"] or "")]
        console.print(f"  [dim]{' · '.join(fact for fact in facts if fact)}[/]\n")
