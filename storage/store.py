"""The record (`bot.ports.Store`): one writer whose commits are shared, and readers that never wait for it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreError
from storage.privacy import Ledger
from storage.sqlite import Writer, begin_reading, explain
from storage.transaction import Work, finish
from storage.turns import Turns


class Record:
    """What `open_store` returns."""

    def __init__(self, *, path: Path, writer: Writer, readers: AsyncEngine, ledger: Ledger) -> None:
        self._path = path
        self._writer = writer
        self._turns = Turns(writer)
        self._readers = readers
        self._ledger = ledger

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        async with self._turns.seat() as seat:
            work = self._work(self._writer.conn)
            try:
                yield work
            finally:
                work.end()
                seat.trouble = work.trouble

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Work]:
        conn = await self._reader()
        work = self._work(conn)
        try:
            yield work
        finally:
            work.end()
            await finish(conn.close())

    async def _reader(self) -> AsyncConnection:
        conn = self._readers.connect()
        try:
            await finish(begin_reading(conn))
        except BaseException as wrong:  # also when cancelled: a connection that nobody closes is never used again
            await finish(conn.close())
            if isinstance(wrong, (SQLAlchemyError, sqlite3.Error)):
                raise self._explain(wrong) from wrong
            raise
        return conn

    def _work(self, conn: AsyncConnection) -> Work:
        return Work(conn, self._ledger, self._explain)

    def _explain(self, wrong: BaseException) -> StoreError:
        return explain(wrong, self._path)

    async def scrub(self) -> None:
        await self._turns.alone(self._writer.wipe)

    async def close(self) -> None:
        await self._turns.close()
        await self._readers.dispose()
        await self._writer.close()  # last, because whoever closes last tidies up, and readers may not
