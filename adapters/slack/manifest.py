"""The app manifest: with it a workspace makes its own Ander in one go (api.slack.com/apps → From a manifest). Pure."""

import json
from typing import Any

from adapters.slack import paths, scopes
from adapters.slack.interactions import ANSWERS, SAVE

COMMAND = "/ander"


def manifest(*, url: str = "", many: bool = False, invite: bool = True, pin: bool = True) -> dict[str, Any]:
    """`url`: the public address for HTTP; empty for Socket Mode. `many`: other workspaces may install it, which takes
    an address in either mode. `invite` and `pin` as in the settings: their scopes are left out when they are off."""
    events: dict[str, Any] = {"bot_events": sorted([*scopes.EVENTS, *(scopes.ORGANISATION if many else ())])}
    interactivity: dict[str, Any] = {"is_enabled": True}
    command = _command()
    if url:
        events["request_url"] = interactivity["request_url"] = command["url"] = url + paths.EVENTS
    oauth: dict[str, Any] = {"scopes": {"bot": scopes.wanted(invite=invite, pin=pin)}}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": _display(),
        "features": _features(command),
        "oauth_config": oauth | ({"redirect_urls": [url + paths.REDIRECT]} if many else {}),
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": many,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": many,
        },
    }


def _command() -> dict[str, Any]:
    return {
        "command": COMMAND,
        "description": "Search, see what waits, your settings",
        "usage_hint": "help | search WORDS | open | me",
        "should_escape": True,
    }


def _features(command: dict[str, Any]) -> dict[str, Any]:
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "Ander", "always_online": True},
        "shortcuts": [
            _shortcut(SAVE, "Save as know-how", "Keep this message, so that others find it"),
            _shortcut(ANSWERS, "This answers it", "Mark this message as the answer"),
        ],
        "slash_commands": [command],
    }


def _display() -> dict[str, str]:
    return {
        "name": "Ander",
        "description": "Keeps what colleagues teach each other, and finds somebody outside who knows",
        "long_description": (
            "Ander reads along in the channels it is invited to. It keeps the questions, the answers and what people "
            "know, so that colleagues find them again, and looks for somebody outside the group when nobody there has "
            "an answer. It keeps quiet unless it helps, shows nobody what they may not read, and runs on a machine of "
            "your own."
        ),
        "background_color": "#2c3e50",
    }


def _shortcut(id: str, name: str, description: str) -> dict[str, str]:
    return {"name": name, "type": "message", "callback_id": id, "description": description}


def as_json(made: dict[str, Any]) -> str:
    """For the page where Slack asks for it."""
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"
