"""Our ids and Slack's. Nobody outside this package looks inside ours.

With one workspace ours are Slack's with "slack:" before them, the same as an import makes, so that imported history and
live talk are one. With several workspaces they carry the team as well ("slack:T1/U2"), for Slack promises unique ids
within a team only.
"""

from dataclasses import dataclass

from bot.events import ChannelId, EventId, PersonId, WorkspaceId

PLATFORM = "slack"


@dataclass(frozen=True, slots=True)
class Ids:
    """Makes our ids for one team. `carry`: whether they carry it."""

    team: str
    carry: bool = False

    @property
    def prefix(self) -> str:
        """What stands before Slack's own id."""
        return f"{PLATFORM}:{self.team}/" if self.carry else f"{PLATFORM}:"

    @property
    def workspace(self) -> WorkspaceId:
        """Ours for the team itself."""
        return WorkspaceId(f"{PLATFORM}:{self.team}")

    def person(self, user: str) -> PersonId:
        """Ours for a user or a bot."""
        return PersonId(self.prefix + user)

    def channel(self, channel: str) -> ChannelId:
        """Ours for a channel."""
        return ChannelId(self.prefix + channel)

    def event(self, *parts: str) -> EventId:
        """Ours for something that happened: the same however and however often it is told."""
        return EventId(":".join((PLATFORM, self.team, *parts)))


def bare(id: str) -> str:
    """Slack's own id of "slack:U2" or "slack:T1/U2"."""
    return id.removeprefix(f"{PLATFORM}:").rpartition("/")[2]


def team_of(id: str) -> str | None:
    """The team that an id carries, None when it carries none."""
    team, slash, _ = id.removeprefix(f"{PLATFORM}:").rpartition("/")
    return team if slash else None
