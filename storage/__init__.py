"""The record: what Ander was told and made of it, in SQLite."""

from storage.backing import back_up
from storage.opening import open_store

__all__ = ["back_up", "open_store"]
