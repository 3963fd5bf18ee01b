"""The record: what Ander was told and made of it, in SQLite."""

from storage.opening import open_store

__all__ = ["open_store"]
