"""Slack: client (connect, acknowledge, send), translate (pure: payload → event), render (pure: body → blocks)."""

from collections.abc import Mapping
from pathlib import Path

from adapters.slack.client import Slack
from adapters.slack.settings import SlackSection, demand, read_secrets
from adapters.slack.workspaces import OneWorkspace, Workspaces

__all__ = ["Slack", "SlackSection", "open_slack"]


def open_slack(section: SlackSection, env: Mapping[str, str], data: Path) -> Slack:
    """The chat that the settings describe; connects when it is used. Raises ConfigError for a secret that lacks."""
    secrets = read_secrets(env)
    demand(section, secrets)
    workspaces: Workspaces = OneWorkspace(secrets.bot_token, secrets.base)
    return Slack(section, secrets, workspaces)
