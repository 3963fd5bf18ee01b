"""Opening Slack as the settings describe it. Loads everything that speaks to Slack."""

from collections.abc import Mapping
from pathlib import Path

from adapters.slack.client import Slack
from adapters.slack.oauth import ManyWorkspaces
from adapters.slack.settings import SlackSection, demand, read_secrets
from adapters.slack.workspaces import OneWorkspace, Workspaces


def open_slack(section: SlackSection, env: Mapping[str, str], data: Path, *, serves: bool = True) -> Slack:
    """The chat that the settings describe; connects when it is used. `serves`: see `Slack`. Raises ConfigError for a
    secret that lacks."""
    secrets = read_secrets(env)
    demand(section, secrets)
    workspaces: Workspaces
    if section.workspaces == "many":
        workspaces = ManyWorkspaces(section, secrets, data)
    else:
        workspaces = OneWorkspace(secrets.bot_token, secrets.base)
    return Slack(section, secrets, workspaces, serves=serves)
