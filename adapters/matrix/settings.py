"""`[matrix]` in the configuration: which account, who may invite it. Secrets never stand here."""

from pathlib import Path

from pydantic import Field, field_validator

from bot.config import Section


class MatrixSection(Section):
    """`[matrix]`"""

    homeserver: str = Field(min_length=1)
    """Its address: "https://matrix.example.org"."""
    user: str = Field(pattern=r"^@[^\s:]+:[^\s]+$")
    """Ander's own account: "@ander:example.org"."""
    folder: str = ""
    """Where its device, token and keys are kept; empty: `matrix` in the data folder."""
    invites: tuple[str, ...] = ()
    """Who may invite Ander: ids or patterns like "@*:example.org"."""
    invites_from: str = ""
    """A room whose members may invite Ander too: its id."""
    bots: tuple[str, ...] = ()
    """Accounts that are no people: ids or patterns like "@*-bot:example.org"."""

    @field_validator("homeserver")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError(f'"{value}" is no address; write it like "https://matrix.example.org"')
        return value.rstrip("/")

    def state_folder(self, data: Path) -> Path:
        """The folder of the device, its token and its keys."""
        return data / (self.folder or "matrix")
