"""The workspaces Ander serves: one, by the token in the environment, or all that installed it (`oauth.py`)."""

import asyncio
from typing import Protocol

from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow

from adapters.slack.api import Api, Session
from adapters.slack.workspace import Workspace, meet
from adapters.untrusted import Raw, child, items, plain_id
from bot.errors import TransportError


class Workspaces(Protocol):
    """Which there are, and how they come and go. `flow`: how they install Ander, None where they cannot; `came` is set
    when one did."""

    flow: AsyncOAuthFlow | None
    came: asyncio.Event

    async def open(self, session: Session) -> list[Workspace]:
        """All that are installed now. Raises TransportError, permanent when nothing but a new installation helps."""
        ...

    async def find(self, team: str, enterprise: str | None) -> Workspace | None:
        """One that came since; None when Ander is not installed there."""
        ...

    async def gone(self, team: str | None, enterprise: str | None) -> frozenset[str]:
        """Ander was removed from a team, or from a whole organisation; gives the teams that it is out of. Raises
        TransportError, permanent when there is no other."""
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...


class OneWorkspace:
    """The workspace of one bot token; ids are Slack's own."""

    flow: AsyncOAuthFlow | None = None

    def __init__(self, token: str, base: str) -> None:
        self._token, self._base = token, base
        self._team = ""
        self.came = asyncio.Event()

    async def open(self, session: Session) -> list[Workspace]:
        """See `Workspaces`."""
        space = await meet(Api(self._give, base=self._base, session=session))
        if _is_organisation(space.ids.team):
            raise TransportError(
                'SLACK_BOT_TOKEN is for a whole organisation. Put `workspaces = "many"` under [slack], and install '
                "Ander at its address.",
                permanent=True,
            )
        self._team = space.ids.team
        return [space]

    async def find(self, team: str, enterprise: str | None) -> Workspace | None:  # noqa: ARG002
        """There is no other."""
        return None

    async def gone(self, team: str | None, enterprise: str | None) -> frozenset[str]:  # noqa: ARG002
        """See `Workspaces`. What happens elsewhere in an organisation is none of its business."""
        if team != self._team:
            return frozenset()
        raise TransportError(
            f"Ander was removed from the Slack workspace {team}. Install the app again and put its new "
            "bot token into SLACK_BOT_TOKEN.",
            permanent=True,
        )

    async def close(self) -> None:
        """Nothing is open."""

    async def _give(self) -> str:
        return self._token


def team_of(body: Raw) -> tuple[str | None, str | None]:
    """The team that a payload is for, and its organisation; no team for news of a whole organisation. In a channel that
    two workspaces share the payload says for which of them Ander hears it."""
    authorization = next((one for one in items(body, "authorizations") if isinstance(one, dict)), {})
    view, user = child(body, "view"), child(body, "user")
    for_one = None if authorization.get("is_enterprise_install") is True else authorization.get("team_id")
    candidates = (
        for_one,
        body.get("context_team_id"),
        authorization.get("team_id"),
        body.get("team_id"),
        child(body, "team").get("id"),
        view.get("app_installed_team_id"),
        view.get("team_id"),
        user.get("team_id"),
    )
    team = next((found for one in candidates if (found := plain_id(one)) and not _is_organisation(found)), None)
    return team, _enterprise_of(body, authorization)


def _enterprise_of(body: Raw, authorization: Raw) -> str | None:
    candidates = (
        authorization.get("enterprise_id"),
        body.get("enterprise_id"),
        child(body, "enterprise").get("id"),
        body.get("context_enterprise_id"),
    )
    return next((found for one in candidates if (found := plain_id(one))), None)


def _is_organisation(id: str) -> bool:
    """Slack gives an organisation's id where there is no one team."""
    return id.startswith("E")
