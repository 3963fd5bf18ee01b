"""How the app comes into a team, and out of it."""

from collections.abc import Iterable
from datetime import timedelta

from tests.slack.fake import organisations
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Install, Token, User
from tests.slack.fake.state import State

LIFE = timedelta(hours=12)
"""Of a token, when tokens rotate."""


def issue(state: State, team: str, installer: str, scopes: Iterable[str]) -> Token:
    """Install the app (again), with its bot user; returns a new token with all scopes granted so far."""
    known = state.installs.get(team)
    granted = frozenset(scopes) | (known.scopes if known and known.active else frozenset())
    if known is None:
        known = Install(
            team=team, bot_user=state.new_id("U"), bot_id=state.new_id("B"), scopes=granted, installer=installer
        )
        state.installs[team] = known
        state.users[known.bot_user] = User(
            id=known.bot_user, team=team, name=state.app.name, real_name=state.app.name.title(), bot_id=known.bot_id
        )
    known.scopes, known.active, known.installer = granted, True, installer
    return _new_token(state, known)


def issue_whole(state: State, organisation: str, installer: str, scopes: Iterable[str]) -> Token:
    """Install the app for a whole organisation."""
    return _new_token(state, organisations.install(state, state.organisations[organisation], installer, scopes))


def rotate(state: State, refresh: str) -> Token:
    """A new token for a refresh token, which is good once. The old token lives on until it expires."""
    old = next((one for one in state.tokens.values() if one.refresh == refresh and not one.revoked), None)
    if old is None:
        raise Refused("invalid_refresh_token")
    old.refresh = None
    return _new_token(state, state.installs[old.team])


def _new_token(state: State, install: Install) -> Token:
    rotating = state.app.rotation
    token = Token(
        value=f"{'xoxe.xoxb' if rotating else 'xoxb'}-{len(state.tokens) + 1}-{state.secret()}",
        kind="bot",
        team=install.team,
        user=install.bot_user,
        scopes=install.scopes,
        expires=state.clock() + LIFE if rotating else None,
        refresh=f"xoxe-1-{state.secret()}" if rotating else None,
    )
    state.tokens[token.value] = token
    return token


def app_token(state: State, team: str, scopes: Iterable[str] = ("connections:write",)) -> Token:
    """A token of the app itself, for Socket Mode."""
    value = f"xapp-1-{state.app.id}-{state.secret()}"
    token = Token(value=value, kind="app", team=team, user="", scopes=frozenset(scopes))
    state.tokens[token.value] = token
    return token


def uninstall(state: State, team: str) -> None:
    """The app is removed (of a team, or of an organisation by its id): its tokens are dead, it leaves every channel,
    and hears that."""
    install = state.installs[team]
    for token in state.tokens.values():
        if token.team == team and token.kind == "bot":
            token.revoked = True
    gone = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [install.bot_user]}, "event_ts": state.ts()}
    state.emit(gone, team, None)
    state.emit({"type": "app_uninstalled", "event_ts": state.ts()}, team, None)
    for one in state.installs.values():
        if one is install or (install.team == install.enterprise and one.enterprise == install.enterprise):
            one.active = False
    for channel in state.channels.values():
        if install.bot_user in channel.members and channel.type != "im":
            channel.members.remove(install.bot_user)
    state.changed()
