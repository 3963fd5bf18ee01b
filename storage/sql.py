"""Small helpers so that the same statements run on SQLite and on PostgreSQL."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Table, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import ChannelId, MessageId
from bot.model import Ref

T = TypeVar("T")

PARAMETERS = 900
"""At most so many bound values in a list: SQLite once stopped at 999."""

PAIRS = PARAMETERS // 2

Upsert = sqlite.Insert
"""PostgreSQL's has the same methods; one of the two must be named for the type checker."""


def upsert(conn: AsyncConnection, table: Table) -> Upsert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update` in this database's dialect."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)  # type: ignore[return-value] # the same methods, no common base
    return sqlite.insert(table)


def replace(conn: AsyncConnection, table: Table, *, keep: Collection[str] = ()) -> Upsert:
    """Insert, or overwrite every column outside the primary key and `keep`."""
    insert = upsert(conn, table)
    keys = list(table.primary_key.columns)
    fixed = {column.name for column in keys} | set(keep)
    fresh = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in fixed}
    return insert.on_conflict_do_update(index_elements=keys, set_=fresh)


def chunks(values: Iterable[T], size: int = PARAMETERS) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def ref_in(table: FromClause, refs: Sequence[Ref], prefix: str = "") -> ColumnElement[bool]:
    """Whether a row's (channel, id) is among `refs`; at most PAIRS of them."""
    return tuple_(table.c[f"{prefix}channel"], table.c[f"{prefix}id"]).in_([tuple(ref) for ref in refs])


def is_ref(table: FromClause, ref: Ref, prefix: str = "") -> ColumnElement[bool]:
    """Whether a row's (channel, id) is `ref`."""
    return (table.c[f"{prefix}channel"] == ref.channel) & (table.c[f"{prefix}id"] == ref.id)


def ref(channel: str, id: str) -> Ref:
    """A Ref of two columns."""
    return Ref(ChannelId(channel), MessageId(id))


def maybe_ref(channel: str | None, id: str | None) -> Ref | None:
    """A Ref of two columns that may be empty."""
    return None if channel is None or id is None else ref(channel, id)


async def run_many(conn: AsyncConnection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    """One statement, many rows; nothing at all for no rows."""
    if rows:
        await conn.execute(statement, rows)
