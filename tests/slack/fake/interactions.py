"""The payloads of commands, presses, shortcuts and modals, after https://docs.slack.dev/reference/interaction-payloads."""

from collections.abc import Iterator

from tests.slack.fake import blocks, shapes
from tests.slack.fake.model import Channel, Json, Message, User, View
from tests.slack.fake.responding import ephemeral_of
from tests.slack.fake.state import State


def command(state: State, user: User, team: str, channel: Channel, name: str, text: str) -> Json:
    """A slash command, as form fields."""
    return {
        "token": state.app.verification,
        "team_id": team,
        "team_domain": state.teams[team].domain,
        "channel_id": channel.id,
        "channel_name": _plain_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": state.app.id,
        "is_enterprise_install": str(state.installs[team].enterprise is not None).lower(),
        "response_url": state.new_response_url(user, team, channel.id),
        "trigger_id": state.new_trigger(user, team),
    } | {f"enterprise_{name}": value for name, value in (shapes.enterprise(state, team) or {}).items()}


def _plain_name(channel: Channel) -> str:
    return {"im": "directmessage", "group": "privategroup"}.get(channel.type, channel.name)


def _common(state: State, user: User, team: str, kind: str) -> Json:
    return {
        "type": kind,
        "token": state.app.verification,
        "api_app_id": state.app.id,
        "team": shapes.team(state.teams[team]),
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "enterprise": shapes.enterprise(state, team),
        "is_enterprise_install": state.installs[team].enterprise is not None,
        "trigger_id": state.new_trigger(user, team),
    }


def press_in_message(
    state: State, user: User, team: str, message: Message, button: Json, values: Json | None = None
) -> Json:
    """Somebody pressed a button under a message, ephemeral or not."""
    channel = state.channels[message.channel]
    ephemeral = ephemeral_of(state, message) is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _common(state, user, team, "block_actions") | {
        "container": container,
        "channel": {"id": channel.id, "name": _plain_name(channel)},
        "state": {"values": values or {}},
        "response_url": state.new_response_url(user, team, channel.id, message, message.thread_ts),
        "actions": [_action(state, button)],
    }
    if not ephemeral:
        payload["message"] = shapes.message(message, channel)
    return payload


def press_in_view(state: State, user: User, view: View, button: Json, values: Json | None = None) -> Json:
    """Somebody pressed a button in a modal or in the Home tab."""
    shape = shapes.view(view, state.app.id, state.installs[view.team].bot_id)
    shape["state"] = {"values": values or {}}
    payload = _common(state, user, view.team, "block_actions")
    payload["trigger_id"] = state.new_trigger(user, view.team, view.id)
    return payload | {
        "container": {"type": "view", "view_id": view.id},
        "view": shape,
        "actions": [_action(state, button)],
    }


def _action(state: State, button: Json) -> Json:
    kept: Json = {key: button[key] for key in ("block_id", "text", "value", "style", "url") if key in button}
    action_id = button.get("action_id") or state.secret(5)
    return {"type": "button", "action_id": action_id, **kept, "action_ts": state.ts()}


def message_shortcut(state: State, user: User, team: str, message: Message, callback: str) -> Json:
    """Somebody chose the app's entry in a message's menu."""
    channel = state.channels[message.channel]
    return _common(state, user, team, "message_action") | {
        "action_ts": state.ts(),
        "callback_id": callback,
        "channel": {"id": channel.id, "name": _plain_name(channel)},
        "message_ts": message.ts,
        "message": shapes.message(message, channel),
        "response_url": state.new_response_url(user, team, channel.id, None, message.thread_ts),
    }


def global_shortcut(state: State, user: User, team: str, callback: str) -> Json:
    """Somebody chose the app's entry in the big menu."""
    return _common(state, user, team, "shortcut") | {"action_ts": state.ts(), "callback_id": callback}


def submission(state: State, user: User, view: View, values: Json) -> Json:
    """Somebody sent a modal off."""
    shape = shapes.view(view, state.app.id, state.installs[view.team].bot_id)
    shape["state"] = {"values": values}
    return _common(state, user, view.team, "view_submission") | {"view": shape, "response_urls": []}


def closing(state: State, user: User, view: View) -> Json:
    """Somebody closed a modal that wants to know of it."""
    shape = shapes.view(view, state.app.id, state.installs[view.team].bot_id)
    payload = _common(state, user, view.team, "view_closed") | {"view": shape, "is_cleared": False}
    del payload["trigger_id"]
    return payload


# ── finding and filling in ────────────────────────────────────────────────────────────────────────────────────


def find_button(content: list[Json] | None, wanted: str) -> Json:
    """The one button whose label, value or action_id is `wanted`, else whose label begins with it."""
    found = list(blocks.buttons(content or []))
    exact = [one for one in found if wanted in (one["text"]["text"], one.get("value"), one.get("action_id"))]
    near = [one for one in found if one["text"]["text"].startswith(wanted)]
    chosen = exact or near
    labels = [one["text"]["text"] for one in found]
    assert len(chosen) == 1, f"{len(chosen)} buttons are {wanted!r}; there are {labels}"
    return chosen[0]


def fill_in(view: View, values: Json) -> Json:
    """The state of a modal when a person filled in `values` (by action_id or block_id) and left the rest as it was.

    Raises AssertionError where Slack's client would not let the person send it.
    """
    filled: Json = {}
    left = dict(values)
    for block, element in _elements(view):
        key = next((one for one in (element["action_id"], block["block_id"]) if one in left), None)
        entry = _entry(element, left.pop(key) if key else None)
        wanting = block["type"] == "input" and not block.get("optional") and _is_empty(entry)
        assert not wanting, f"{block['block_id']} must be filled in"
        filled.setdefault(block["block_id"], {})[element["action_id"]] = entry
    assert not left, f"the modal has no {sorted(left)}"
    return filled


def _elements(view: View) -> Iterator[tuple[Json, Json]]:
    for block in view.content["blocks"]:
        inside = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
        for element in inside:
            if element and element.get("type") not in ("button", "image", "mrkdwn", "plain_text"):
                yield block, {"action_id": block["block_id"]} | element


def _entry(element: Json, value: object) -> Json:
    kind = element["type"]
    if kind in ("checkboxes", "multi_static_select"):
        wanted = value if isinstance(value, list) else None
        chosen = element.get("initial_options", []) if wanted is None else [_option(element, one) for one in wanted]
        return {"type": kind, "selected_options": chosen}
    if kind in ("static_select", "radio_buttons", "overflow"):
        chosen = element.get("initial_option") if value is None else _option(element, value)
        return {"type": kind, "selected_option": chosen}
    for ending, name in (
        ("users_select", "user"),
        ("conversations_select", "conversation"),
        ("channels_select", "channel"),
    ):
        if kind.endswith(ending):
            return {"type": kind, f"selected_{name}": value or element.get(f"initial_{name}")}
    if kind in ("datepicker", "timepicker"):
        name = kind.removesuffix("picker")
        return {"type": kind, f"selected_{name}": value or element.get(f"initial_{name}")}
    return {"type": kind, "value": element.get("initial_value") if value is None else value}


def _option(element: Json, value: object) -> Json:
    groups = element.get("option_groups", [])
    options = element.get("options", []) + [one for group in groups for one in group["options"]]
    found = [one for one in options if value in (one.get("value"), one["text"]["text"])]
    assert len(found) == 1, f"no option {value!r} among {[one.get('value') for one in options]}"
    option: Json = found[0]
    return option


def _is_empty(entry: Json) -> bool:
    return all(not value for key, value in entry.items() if key != "type")
