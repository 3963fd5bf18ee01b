"""Small helpers so that the same statements run on SQLite and on PostgreSQL."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, FromClause, String, Table, bindparam, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from bot.events import ChannelId, MessageId
from bot.model import Ref

T = TypeVar("T")

PARAMETERS = 900
"""At most so many bound values in a list: SQLite once stopped at 999."""

PAIRS = 2000
"""At most so many references in one statement: they travel as one value."""

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


class _RefIn(FunctionElement[Any]):
    """`(channel, id) IN (…)` with all pairs in one JSON value.

    With the pairs written out as VALUES SQLite before 3.41 reads the whole table; this way it uses the index, and
    the statement is the same however many pairs there are.
    """

    name = "ref_in"
    type = NullType()  # called Boolean it would be compared with 1, and SQLite would not see through that
    inherit_cache = True


@compiles(_RefIn, "sqlite")
def _ref_in_sqlite(element: _RefIn, compiler: SQLCompiler, **more: Any) -> str:
    channel, id, pairs = (compiler.process(clause, **more) for clause in element.clauses)
    picked = "json_extract(value, '$[0]'), json_extract(value, '$[1]')"
    return f"({channel}, {id}) IN (SELECT {picked} FROM json_each({pairs}))"  # noqa: S608 # no values in it


@compiles(_RefIn, "postgresql")
def _ref_in_postgresql(element: _RefIn, compiler: SQLCompiler, **more: Any) -> str:
    channel, id, pairs = (compiler.process(clause, **more) for clause in element.clauses)
    source = f"jsonb_array_elements(CAST({pairs} AS jsonb)) AS pair"
    return f"({channel}, {id}) IN (SELECT pair->>0, pair->>1 FROM {source})"  # noqa: S608 # no values in it


class _Listed(FunctionElement[Any]):
    """All values of a group as one JSON array: a row per group instead of one per value."""

    name = "listed"
    type = JSON()
    inherit_cache = True


@compiles(_Listed, "sqlite")
def _listed_sqlite(element: _Listed, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **more)})"


@compiles(_Listed, "postgresql")
def _listed_postgresql(element: _Listed, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_agg({compiler.process(element.clauses, **more)})"


def listed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column's values in each group, as a list."""
    return _Listed(column)


def ref_in(table: FromClause, refs: Sequence[Ref], prefix: str = "") -> ColumnElement[bool]:
    """Whether a row's (channel, id) is among `refs`; at most PAIRS of them."""
    return _ref_in(table, literal(pairs(refs), String), prefix)


def ref_in_given(table: FromClause, prefix: str = "") -> ColumnElement[bool]:
    """The same for a statement made once: `refs` is given with it each time, as `pairs`."""
    return _ref_in(table, bindparam("refs", type_=String), prefix)


def pairs(refs: Sequence[Ref]) -> str:
    """References as one value."""
    return json.dumps(refs)


def _ref_in(table: FromClause, refs: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    return _RefIn(table.c[f"{prefix}channel"], table.c[f"{prefix}id"], refs)


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
