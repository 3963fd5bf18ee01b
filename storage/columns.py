"""Column types that mean the same on every database, and what a column may tell about people."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, LargeBinary, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

BigInt = BigInteger().with_variant(Integer, "sqlite")
"""64 bits everywhere; SQLite counts up by itself only in a column that it calls INTEGER."""


class Moment(TypeDecorator[datetime]):
    """An aware time as whole microseconds since 1970, UTC: exact, and sorted as time is."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 # the signature is SQLAlchemy's
        """Raises TypeError for a time without a zone: it would be somebody's guess."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else EPOCH + timedelta(microseconds=value)


class About(StrEnum):
    """What a column of text or bytes may tell about people. Every such column must say it: a test looks.

    PERSON: holds a person's id. OWN: the words or settings of the row's own person. QUOTES: may hold words of, or
    name, anybody: never exported, searched through by `forget`. NOBODY: keys, states, places.
    """

    PERSON = "person"
    OWN = "own"
    QUOTES = "quotes"
    NOBODY = "nobody"


def key(name: str) -> Column[str]:
    """Part of the primary key; about nobody."""
    return Column(name, String, primary_key=True, info={"about": About.NOBODY})


def person_key(name: str = "person") -> Column[str]:
    """A person's id as part of the primary key."""
    return Column(name, String, primary_key=True, info={"about": About.PERSON})


def person(name: str = "person", *, nullable: bool = False) -> Column[str]:
    """A person's id."""
    return Column(name, String, nullable=nullable, info={"about": About.PERSON})


def word(name: str, *, about: About = About.NOBODY, nullable: bool = False) -> Column[str]:
    """A short text: a key, a state, a name."""
    return Column(name, String, nullable=nullable, info={"about": about})


def prose(name: str, *, about: About, nullable: bool = False) -> Column[str]:
    """A text of any length, or JSON."""
    return Column(name, Text, nullable=nullable, info={"about": about})


def blob(name: str, *, about: About) -> Column[bytes]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=False, info={"about": about})


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A time."""
    return Column(name, Moment, nullable=nullable)


def flag(name: str, *, nullable: bool = False) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> Column[int]:
    """A whole number."""
    return Column(name, BigInteger, nullable=nullable)


def counter(name: str) -> Column[int]:
    """A primary key that the database counts up and never uses twice (see `sqlite_autoincrement`)."""
    return Column(name, BigInt, primary_key=True, autoincrement=True)


def share(name: str) -> Column[float]:
    """A number between 0 and 1."""
    return Column(name, Double, nullable=False)


def columns_about(table: Any, about: About) -> list[str]:
    """The names of a table's columns that are declared so."""
    return [column.name for column in table.columns if column.info.get("about") is about]
