"""views.*: modals and the Home tab."""

import json

from tests.slack.fake import blocks, shapes
from tests.slack.fake.calls import METHODS, Call
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Json, View
from tests.slack.fake.state import State

MOST = 250_000
"""Characters of a view's JSON."""


def content(call: Call, kind: str) -> Json:
    """The argument `view`, checked."""
    view = call.data("view")
    if not isinstance(view, dict) or view.get("type") != kind:
        raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] view must be a {kind}"]})
    check(view)
    return view


def check(view: Json) -> None:
    """Raises what Slack says of a view that breaks a limit."""
    if len(json.dumps(view)) > MOST:
        raise Refused("view_too_large")
    if problems := blocks.problems_in_view(view):
        raise Refused("invalid_arguments", response_metadata={"messages": problems})


def new_view(state: State, kind: str, content: Json, user: str, team: str, under: View | None = None) -> View:
    """A view before a person, on top of another one perhaps."""
    id = state.new_id("V")
    view = View(
        id=id,
        team=team,
        user=user,
        kind="home" if kind == "home" else "modal",
        content=kept(state, content),
        hash=f"{state.seconds()}.{state.secret(8)}",
        root=under.root if under else id,
        previous=under.id if under else None,
    )
    state.views[id] = view
    state.changed()
    return view


def kept(state: State, content: Json) -> Json:
    """The view as Slack keeps it: each block with an id."""
    return content | {"blocks": blocks.with_ids(content["blocks"], lambda: state.secret(5))}


def replace(state: State, view: View, content: Json) -> View:
    """Other content in the same view."""
    view.content = kept(state, content)
    view.hash = f"{state.seconds()}.{state.secret(8)}"
    state.changed()
    return view


def _answer(call: Call, view: View) -> Json:
    return {"view": shapes.view(view, call.state.app.id, call.state.installs[view.team].bot_id)}


@METHODS.add("views.open")
def open_(call: Call) -> Json:
    """A modal, for somebody who just pressed something."""
    view = content(call, "modal")
    trigger = call.state.take_trigger(call.needed("trigger_id"), call.token.team)
    return _answer(call, new_view(call.state, "modal", view, trigger.user, call.token.team))


@METHODS.add("views.push")
def push(call: Call) -> Json:
    """A modal on top of the one in which something was pressed; three at most."""
    view = content(call, "modal")
    trigger = call.state.take_trigger(call.needed("trigger_id"), call.token.team)
    below = call.state.views.get(trigger.view or "")
    if below is None or below.kind != "modal":
        raise Refused("not_found")
    depth = sum(one.root == below.root and one.open for one in call.state.views.values())
    if depth >= 3:
        raise Refused("push_limit_reached")
    return _answer(call, new_view(call.state, "modal", view, trigger.user, call.token.team, below))


@METHODS.add("views.update")
def update(call: Call) -> Json:
    """Other content in an open modal."""
    view = content(call, "modal")
    known = call.state.views.get(call.needed("view_id"))
    if known is None or not known.open or known.team != call.token.team:
        raise Refused("not_found")
    if call.text("hash") not in (None, known.hash):
        raise Refused("hash_conflict")
    return _answer(call, replace(call.state, known, view))


@METHODS.add("views.publish")
def publish(call: Call) -> Json:
    """The Home tab of a person."""
    view, user = content(call, "home"), call.needed("user_id")
    call.state.user_for(call.token, user)
    homes = (one for one in call.state.views.values() if one.kind == "home" and one.user == user)
    known = next((one for one in homes if one.team == call.token.team), None)
    if known is None:
        return _answer(call, new_view(call.state, "home", view, user, call.token.team))
    if call.text("hash") not in (None, known.hash):
        raise Refused("hash_conflict")
    return _answer(call, replace(call.state, known, view))
