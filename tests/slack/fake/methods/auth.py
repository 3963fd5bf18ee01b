"""auth.*, apps.*, oauth.*: who calls, how sockets are opened, how the app comes into a workspace."""

from datetime import timedelta

from tests.slack.fake import shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.errors import Refused
from tests.slack.fake.installing import issue, issue_whole, rotate, uninstall
from tests.slack.fake.model import Json, Token


@METHODS.add("auth.test", sort="any")
def test(call: Call) -> Json:
    """Whose token it is."""
    token = call.token
    if token.kind == "app":
        return {"app_name": call.state.app.name, "app_id": call.state.app.id}
    install = call.state.installs[token.team]
    team = call.state.organisations.get(token.team) or call.state.teams[token.team]
    enterprise = install.enterprise or getattr(team, "enterprise", None)
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": call.state.app.name,
        "team_id": team.id,
        "user_id": token.user,
        "bot_id": install.bot_id,
        "is_enterprise_install": install.enterprise is not None,
    } | ({"enterprise_id": enterprise} if enterprise else {})


@METHODS.add("auth.teams.list")
def teams_list(call: Call) -> Json:
    """The workspaces that the app may be in."""
    organisation = call.state.organisations.get(call.token.team)
    teams = organisation.granted if organisation else [call.token.team]
    page, meta = call.page([{"id": one, "name": call.state.teams[one].name} for one in teams])
    return {"teams": page, "response_metadata": meta}


@METHODS.add("auth.revoke")
def revoke(call: Call) -> Json:
    """The token is no longer good; with its last one the app is out."""
    if call.flag("test"):
        return {"revoked": False}
    call.token.revoked = True
    uninstall(call.state, call.token.team)
    return {"revoked": True}


@METHODS.add("apps.connections.open", "connections:write", sort="app")
def connections_open(call: Call) -> Json:
    """A url that opens one socket, once."""
    if not call.state.app.socket_mode:
        raise Refused("socket_mode_not_enabled")
    return {"url": call.sockets.ticket()}


@METHODS.add("oauth.v2.access", sort=None)
def access(call: Call) -> Json:
    """A code or a refresh token for a token."""
    state, app = call.state, call.state.app
    client = call.basic or (call.text("client_id") or "", call.text("client_secret") or "")
    if client[0] != app.client_id:
        raise Refused("invalid_client_id")
    if client[1] != app.client_secret:
        raise Refused("bad_client_secret")
    if call.text("grant_type") == "refresh_token":
        return _granted(call, rotate(state, call.needed("refresh_token")))
    grant = state.codes.pop(call.needed("code", "invalid_code"), None)
    if grant is None or state.clock() - grant["at"] > timedelta(minutes=10):
        raise Refused("invalid_code")
    if (call.text("redirect_uri") or grant["redirect_uri"]) != grant["redirect_uri"]:
        raise Refused("bad_redirect_uri")
    give = issue_whole if grant["team"] in state.organisations else issue
    return _granted(call, give(state, grant["team"], grant["user"], grant["scopes"]))


def _granted(call: Call, token: Token) -> Json:
    whole = call.state.organisations.get(token.team)
    team = None if whole else call.state.teams[token.team]
    install = call.state.installs[token.team]
    answer: Json = {
        "app_id": call.state.app.id,
        "authed_user": {"id": install.installer},
        "scope": ",".join(sorted(token.scopes)),
        "token_type": "bot",
        "access_token": token.value,
        "bot_user_id": token.user,
        "team": {"id": team.id, "name": team.name} if team else None,
        "enterprise": shapes.enterprise(call.state, token.team),
        "is_enterprise_install": whole is not None,
    }
    if token.expires is not None:
        left = int((token.expires - call.state.clock()).total_seconds())
        answer |= {"refresh_token": token.refresh, "expires_in": left}
    return answer
