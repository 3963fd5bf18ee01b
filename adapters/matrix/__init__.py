"""Matrix as a chat platform: one account on one homeserver."""

from pathlib import Path

from adapters.matrix.backing import back_up
from adapters.matrix.client import Matrix, load
from adapters.matrix.listing import Listed, list_rooms, rooms_table
from adapters.matrix.login import login
from adapters.matrix.settings import MatrixSection


def open_matrix(settings: MatrixSection, data: Path) -> Matrix:
    """The chat of the account that logged in. Raises ConfigError when none did."""
    return Matrix(settings, settings.state_folder(data))


__all__ = ["Listed", "Matrix", "MatrixSection", "back_up", "list_rooms", "load", "login", "open_matrix", "rooms_table"]
