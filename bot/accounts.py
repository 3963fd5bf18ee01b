"""One human, several accounts: what they wish holds for all of them, what is kept is shown and erased for all."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.events import PersonId
from bot.model import Person
from bot.ports import People, Transaction


async def ids_of(tx: People, person: PersonId) -> list[PersonId]:
    """All linked accounts, the main one first; the given one alone when there are no others or it is unknown."""
    return [account.id for account in await tx.accounts(person)] or [person]


async def wish(tx: People, person: Person, **changes: Any) -> Person:
    """Change settings (fields of Person) at all accounts of a human; returns this one as it is now."""
    changed = [replace(account, **changes) for account in await tx.accounts(person.id) or [person]]
    for account in changed:
        await tx.put_settings(account)
    return next((account for account in changed if account.id == person.id), person)


async def export(tx: Transaction, person: PersonId) -> dict[str, list[dict[str, object]]]:
    """Everything about them, table by table; see `Privacy.export`."""
    found: dict[str, list[dict[str, object]]] = {}
    for id in await ids_of(tx, person):
        for table, rows in (await tx.export(id)).items():
            found[table] = found.get(table, []) + rows
    return found


async def forget(tx: Transaction, person: PersonId, now: datetime) -> dict[PersonId, int]:
    """Erase them everywhere; returns how many rows went with each account. See `Privacy.forget`."""
    return {id: await tx.forget(id, now) for id in await ids_of(tx, person)}
