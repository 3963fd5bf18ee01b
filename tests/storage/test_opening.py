"""Opening a record: what is made, what is refused, and with which sentence."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from bot.errors import StoreBusy, StoreError
from storage import migrating, open_store, schema, sqlite
from tests.storage.examples import NOW, who


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_new_record_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "ander.db"
    store = await open_store(url_of(path))
    async with store.transaction() as tx:
        await tx.forget(who("eva"), NOW)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["ander.db", "ander.db-shm", "ander.db-wal", "ander.db.key"]
    assert {mode(file) for file in files} == {0o600}
    assert mode(path.parent) == 0o700
    await store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["ander.db", "ander.db.key"]


async def test_open_to_others_is_closed_again(store_url: str) -> None:
    path = Path(store_url.partition("///")[2])
    os.chmod(path, 0o644)  # noqa: PTH101
    await (await open_store(store_url)).close()
    assert mode(path) == 0o600


async def test_the_key_is_kept_beside_the_record(tmp_path: Path) -> None:
    path = tmp_path / "ander.db"
    for remembered in (set(), {who("eva")}):
        store = await open_store(url_of(path))
        async with store.transaction() as tx:
            assert await tx.forgotten([who("eva")]) == remembered
            await tx.forget(who("eva"), NOW)
        await store.close()
    (tmp_path / "ander.db.key").unlink()
    with pytest.raises(StoreError, match="key"):
        await open_store(url_of(path))


@pytest.mark.parametrize("content", ["", "zz", "abcd"])
async def test_a_damaged_key(tmp_path: Path, content: str) -> None:
    (tmp_path / "ander.db.key").write_text(content)
    with pytest.raises(StoreError, match=r"ander\.db\.key"):
        await open_store(url_of(tmp_path / "ander.db"))


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "mysql://host/ander"]
)
async def test_urls_that_name_no_record(url: str) -> None:
    with pytest.raises(StoreError):
        await open_store(url)


async def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleagues, this is not a database at all.")
    with pytest.raises(StoreError, match=r"letter\.txt is not a database of Ander"):
        await open_store(url_of(path))
    assert path.read_text().startswith("Dear")


async def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE songs (id)")
    conn.close()
    with pytest.raises(StoreError, match="not a database of Ander"):
        await open_store(url_of(path))


async def test_a_torn_record(store_url: str) -> None:
    path = Path(store_url.partition("///")[2])
    os.truncate(path, os.stat(path).st_size // 2)  # noqa: PTH116
    with pytest.raises(StoreError, match=r"damaged.*backup"):
        await open_store(store_url)


async def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        await open_store(url_of(tmp_path))


async def test_a_newer_record(store_url: str) -> None:
    path = Path(store_url.partition("///")[2])
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.close()
    with pytest.raises(StoreError, match=r"newer version of Ander \(revision 9999\)"):
        await open_store(store_url)


async def test_held_by_another_process(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 1)
    monkeypatch.setattr(sqlite, "WRITER", tuple(p for p in sqlite.WRITER if "busy" not in p))
    other = sqlite3.connect(store_url.partition("///")[2], isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="Another process holds"):
        await open_store(store_url)
    other.execute("ROLLBACK")
    other.close()
    await (await open_store(store_url)).close()


def test_the_migrations_make_the_schema(store_url: str) -> None:
    engine = create_engine(store_url.replace("+aiosqlite", ""), poolclass=NullPool)
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.REVISION


def test_what_was_closed_stays_closed_when_the_record_is_brought_up_to_date(tmp_path: Path) -> None:
    """Until revision 0003 the past of a channel was closed as a whole."""
    path = tmp_path / "old.db"
    config = migrating.scripts()
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0003")
        for id, closed in (("open", False), ("closed", True)):
            _fill(conn, "channels", id=id, past_closed=closed)
            for table in ("messages", "items"):
                _fill(conn, table, channel=id, id="1", text="words")
    migrating.migrate(path, "0003")
    with engine.connect() as conn:
        for table in ("messages", "items"):
            rows = conn.execute(text(f"SELECT channel, past_closed, text FROM {table} ORDER BY channel"))  # noqa: S608
            assert [tuple(row) for row in rows] == [("closed", 1, "words"), ("open", 0, "words")]


def _fill(conn: Connection, name: str, **values: object) -> None:
    """A row of a table as it was then: what it must hold and is not given is 0."""
    columns = inspect(conn).get_columns(name)
    row = {c["name"]: 0 for c in columns if not c["nullable"] and c["default"] is None} | values
    names = ", ".join(row)
    conn.execute(text(f"INSERT INTO {name} ({names}) VALUES ({', '.join(f':{key}' for key in row)})"), row)  # noqa: S608


def test_the_newest_migration_is_named_in_the_schema() -> None:
    assert ScriptDirectory.from_config(migrating.scripts()).get_current_head() == schema.REVISION


def test_there_is_no_silent_way_back(store_url: str) -> None:
    config = migrating.scripts()
    engine = create_engine(store_url.replace("+aiosqlite", ""), poolclass=NullPool)
    with engine.connect() as conn:
        config.attributes["connection"] = conn
        with pytest.raises(NotImplementedError, match="backup"):
            command.downgrade(config, "base")


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ander.db"
    sqlite.prepare(path)
    monkeypatch.setattr(sqlite, "WRITER", (*sqlite.WRITER, "PRAGMA max_page_count=12"))
    with pytest.raises(StoreError, match="no room"):
        migrating.migrate(path, None)
    assert sqlite.peek(path) is None
