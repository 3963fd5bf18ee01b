"""users.*: who is who."""

from tests.slack.fake import shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.methods.conversations import listed, type_for, types
from tests.slack.fake.model import Json
from tests.slack.fake.state import SLACKBOT


@METHODS.add("users.info", "users:read")
def info(call: Call) -> Json:
    """One person."""
    user = call.state.user_for(call.token, call.needed("user", "user_not_found"))
    return {"user": shapes.user(user, call.token.team, locale=call.flag("include_locale"))}


@METHODS.add("users.list", "users:read")
def list_(call: Call) -> Json:
    """Everybody of the team, and the strangers it shares channels with."""
    team = call.token.team
    shared = {id for one in call.state.channels.values() if team in one.teams for id in one.members}
    known = [one for one in call.state.users.values() if one.team == team or one.id in shared or one.id == SLACKBOT]
    page, meta = call.page(known)
    members = [shapes.user(one, team, locale=call.flag("include_locale")) for one in page]
    return {"members": members, "cache_ts": call.state.seconds(), "response_metadata": meta}


@METHODS.add("users.conversations", "channels:read", "groups:read", "im:read", "mpim:read")
def conversations(call: Call) -> Json:
    """The channels that a person is in, the app itself by default; of others only what the app shares or is public."""
    wanted, team, me = types(call), call.token.team, call.token.user
    user = call.state.user_for(call.token, call.text("user") or me)
    known = [
        one
        for one in call.state.channels.values()
        if team in one.teams
        and user.id in one.members
        and type_for(one, team) in wanted
        and (not one.is_private(team) or me in one.members)
        and not (call.flag("exclude_archived") and one.archived)
    ]
    return listed(call, known, counts=False)
