"""What every test may ask for: an empty record of its own, and a moment to call now."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ports import Store
from storage import migrating, open_store, sqlite

pytest_plugins = ("tests.matrix.fixtures",)

KEY = b"the key of the tests' ledger...."


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with the newest schema, made once; a copy of it opens in some milliseconds."""
    path = tmp_path_factory.mktemp("template") / "ander.db"
    sqlite.prepare(path)
    migrating.migrate(path, None)
    return path


@pytest.fixture
def store_url(_template: Path, tmp_path: Path) -> str:
    """The url of an empty record."""
    path = tmp_path / "record" / "ander.db"
    path.parent.mkdir()
    shutil.copy(_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, store_url: str) -> AsyncIterator[Store]:
    """An empty record; PostgreSQL joins here."""
    opened = await open_store(store_url, key=KEY)
    yield opened
    await opened.close()


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning."""
    return datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
