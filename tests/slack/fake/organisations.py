"""Enterprise Grid: one install for a whole organisation, one token for all its workspaces that granted the app access,
after https://docs.slack.dev/enterprise-grid and the reference of oauth.v2.access.
"""

from collections.abc import Iterable
from dataclasses import replace

from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Install, Json, Organisation, Token, User
from tests.slack.fake.state import State

TEAM_NEEDED = frozenset({"conversations.list", "users.conversations", "users.list"})
"""Methods that want to know of which workspace, when the token is an organisation's."""
_ANYWHERE = frozenset({"auth.revoke", "auth.teams.list", "auth.test", "files.getUploadURLExternal"})


def install(state: State, organisation: Organisation, installer: str, scopes: Iterable[str]) -> Install:
    """The app for all of it, with one bot user; it is in no workspace before that is granted."""
    granted = frozenset(scopes)
    known = state.installs.get(organisation.id)
    if known is None:
        known = Install(
            team=organisation.id,
            bot_user=state.new_id("U"),
            bot_id=state.new_id("B"),
            scopes=granted,
            installer=installer,
            enterprise=organisation.id,
        )
        state.installs[organisation.id] = known
        state.users[known.bot_user] = User(
            id=known.bot_user, team="", name=state.app.name, real_name=state.app.name.title(), bot_id=known.bot_id
        )
    known.scopes, known.active, known.installer = granted, True, installer
    for team in organisation.granted:
        grant(state, organisation, team)
    return known


def grant(state: State, organisation: Organisation, team: str) -> None:
    """The app may be in a workspace too."""
    if team not in organisation.granted:
        organisation.granted.append(team)
    if whole := state.installs.get(organisation.id):
        state.installs[team] = replace(whole, team=team)


def withdraw(state: State, organisation: Organisation, team: str) -> None:
    """It may not any more, and is out of its channels."""
    organisation.granted.remove(team)
    state.installs[team].active = False
    for channel in state.channels.values():
        if channel.team == team and state.installs[team].bot_user in channel.members and channel.type != "im":
            channel.members.remove(state.installs[team].bot_user)


def within(state: State, token: Token, method: str, args: Json) -> Token:
    """A token in the workspace that a call concerns; another is refused. A team's own token stays what it is."""
    organisation = state.organisations.get(token.team)
    if organisation is None or method in _ANYWHERE:
        return token
    team = _team_of(state, args)
    if team is None and method in TEAM_NEEDED:
        raise Refused("missing_argument", argument="team_id")
    if team is None:
        return token
    if team not in organisation.granted:
        raise Refused("team_access_not_granted")
    return replace(token, team=team)


def _team_of(state: State, args: Json) -> str | None:
    if args.get("team_id"):
        return str(args["team_id"])
    for name in ("channel", "channel_id"):
        if channel := state.channels.get(str(args.get(name))):
            return channel.team
    for name in ("user", "users", "user_id"):
        user = state.users.get(str(args.get(name)).partition(",")[0])
        if user and user.team:
            return user.team
    trigger = state.triggers.get(str(args.get("trigger_id")))
    view = state.views.get(str(args.get("view_id")))
    return trigger.team if trigger else view.team if view else None
