"""Run by Alembic: on the connection that `storage.open_store` hands over, or on `-x url=…` from the command line.

alembic -c migrations/alembic.ini -x url=sqlite:///ander.db upgrade head
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from storage import schema
from storage.columns import Moment


def plain(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations spell a column out in the database's own words: they must still work when ours have changed."""
    return "sa.BigInteger()" if kind == "type" and isinstance(thing, Moment) else False


def run(connection: Connection) -> None:
    """All migrations that are due, in the transaction of whoever called (or of their own)."""
    context.configure(
        connection=connection,
        target_metadata=schema.metadata,
        render_item=plain,
        transactional_ddl=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Take the connection handed over, or make one."""
    given = context.config.attributes.get("connection")
    if given is not None:
        return run(given)
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not url:
        raise SystemExit("say which record: alembic -c migrations/alembic.ini -x url=sqlite:///ander.db …")
    with create_engine(url, poolclass=NullPool).begin() as connection:
        return run(connection)


main()
