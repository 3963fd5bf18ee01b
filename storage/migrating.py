"""Bringing the record to the newest schema, with Alembic, all or nothing."""

import importlib.util
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.errors import StoreError
from storage import sqlite


def scripts() -> Config:
    """Alembic's settings: where the migrations lie."""
    found = importlib.util.find_spec("migrations")
    if found is None or not found.submodule_search_locations:
        raise StoreError("The migrations are not installed; install Ander anew.")
    config = Config()
    config.set_main_option("script_location", found.submodule_search_locations[0].replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(path: Path, revision: str | None) -> None:
    """From `revision` (None: empty) to the newest. Raises StoreError for a revision this version does not know."""
    config = scripts()
    if revision is not None:
        _refuse_unknown(config, path, revision)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": sqlite.BUSY_MS / 1000},
    )
    try:
        with engine.connect() as conn:
            for pragma in sqlite.WRITER:
                conn.exec_driver_sql(pragma)
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
            conn.exec_driver_sql("COMMIT")
    except SQLAlchemyError as wrong:
        raise sqlite.explain(wrong, path) from wrong


def _refuse_unknown(config: Config, path: Path, revision: str) -> None:
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError as unknown:
        raise StoreError(
            f"The record {path} was written by a newer version of Ander (revision {revision}). "
            "Install that version, or put back a backup."
        ) from unknown
