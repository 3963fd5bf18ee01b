"""The workspaces Ander serves: one, by the token in the environment, or all that installed it (`oauth.py`)."""

from typing import Protocol

from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow

from adapters.slack.api import Api, Session
from adapters.slack.workspace import Workspace, meet
from adapters.untrusted import Raw, child, plain_id
from bot.errors import TransportError


class Workspaces(Protocol):
    """Which there are, and how they come and go. `flow`: how they install Ander, None where they cannot."""

    flow: AsyncOAuthFlow | None

    async def open(self, session: Session) -> list[Workspace]:
        """All that are installed now. Raises TransportError, permanent when nothing but a new installation helps."""
        ...

    async def find(self, team: str, enterprise: str | None) -> Workspace | None:
        """One that came since; None when Ander is not installed there."""
        ...

    async def gone(self, team: str) -> None:
        """Ander was removed there. Raises TransportError(permanent=True) when it was the only one."""
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...


class OneWorkspace:
    """The workspace of one bot token; ids are Slack's own."""

    flow: AsyncOAuthFlow | None = None

    def __init__(self, token: str, base: str) -> None:
        self._token, self._base = token, base

    async def open(self, session: Session) -> list[Workspace]:
        """See `Workspaces`."""
        return [await meet(Api(self._give, base=self._base, session=session))]

    async def find(self, team: str, enterprise: str | None) -> Workspace | None:  # noqa: ARG002
        """There is no other."""
        return None

    async def gone(self, team: str) -> None:
        """See `Workspaces`."""
        raise TransportError(
            f"Ander was removed from the Slack workspace {team}. Install the app again and put its new bot token into "
            "SLACK_BOT_TOKEN.",
            permanent=True,
        )

    async def close(self) -> None:
        """Nothing is open."""

    async def _give(self) -> str:
        return self._token


def team_of(body: Raw) -> tuple[str | None, str | None]:
    """The team that a payload is for, and its organisation. In a channel that two workspaces share the payload says for
    which of them Ander hears it."""
    for authorization in body.get("authorizations") or ():
        if isinstance(authorization, dict) and (team := plain_id(authorization.get("team_id"))):
            return team, plain_id(authorization.get("enterprise_id"))
    view, user = child(body, "view"), child(body, "user")
    candidates = (
        body.get("team_id"),
        child(body, "team").get("id"),
        view.get("app_installed_team_id"),
        view.get("team_id"),
        user.get("team_id"),
    )
    team = next((found for one in candidates if (found := plain_id(one))), None)
    return team, plain_id(body.get("enterprise_id")) or plain_id(child(body, "enterprise").get("id"))
