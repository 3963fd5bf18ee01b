"""What an administrator can set for Slack: `[slack]` in the file, and secrets in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bot.config import Section
from bot.errors import ConfigError

BASE = "https://slack.com/api/"
"""Where Slack's Web API is."""


def _address(text: str) -> str:
    """A public address of ours: https, without a path's last slash; empty for none."""
    if text and urlsplit(text).scheme != "https":
        raise ValueError(f'"{text}" is no public address; write one like "https://ander.example.org"')
    return text.rstrip("/")


class SlackSection(Section):
    """`[slack]`: when it is there, Ander lives on Slack."""

    mode: Literal["socket", "http"] = "socket"
    """How Slack speaks to Ander: through a socket that Ander opens, or to an address of ours."""
    workspaces: Literal["one", "many"] = "one"
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535)
    url: Annotated[str, AfterValidator(_address)] = ""
    """Where the internet finds `host` and `port`."""
    invite: bool = True
    pin: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """From the environment, under Slack's own names. `keys`: with which tokens of many workspaces are encrypted, the
    first for new ones."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)
    base: str = BASE


def read_secrets(env: Mapping[str, str]) -> Secrets:
    """What the environment holds; what is missing is told by `demand`."""
    base = env.get("SLACK_API_URL", "") or BASE
    return Secrets(
        bot_token=env.get("SLACK_BOT_TOKEN", "").strip(),
        app_token=env.get("SLACK_APP_TOKEN", "").strip(),
        signing_secret=env.get("SLACK_SIGNING_SECRET", "").strip(),
        client_id=env.get("SLACK_CLIENT_ID", "").strip(),
        client_secret=env.get("SLACK_CLIENT_SECRET", "").strip(),
        keys=tuple(key.strip() for key in env.get("ANDER_SLACK_KEY", "").split(",") if key.strip()),
        base=base if base.endswith("/") else f"{base}/",
    )


def demand(section: SlackSection, secrets: Secrets) -> None:
    """Raises ConfigError naming every secret that these settings need and the environment lacks."""
    problems = [f"{name} is not set: {what}" for name, value, what in _needed(section, secrets) if not value]
    problems += _odd(secrets)
    if section.workspaces == "many" and not section.url:
        problems.append("`slack.url` is not set: several workspaces install Ander through its public address")
    if problems:
        raise ConfigError(
            "\n".join(problems)
            + "\ndocs/slack.md tells where to find each; without Slack, take [slack] out of the file."
        )


def _needed(section: SlackSection, secrets: Secrets) -> list[tuple[str, str, str]]:
    needed: list[tuple[str, str, str]] = []
    if section.workspaces == "one":
        needed.append(("SLACK_BOT_TOKEN", secrets.bot_token, "the bot token of the app (xoxb-…)"))
    else:
        needed += [
            ("SLACK_CLIENT_ID", secrets.client_id, "the app's client id"),
            ("SLACK_CLIENT_SECRET", secrets.client_secret, "the app's client secret"),
            ("ANDER_SLACK_KEY", "".join(secrets.keys), "the key that tokens are encrypted with (`ander slack key`)"),
        ]
    if section.mode == "socket":
        needed.append(("SLACK_APP_TOKEN", secrets.app_token, "the app-level token (xapp-…) for Socket Mode"))
    else:
        needed.append(("SLACK_SIGNING_SECRET", secrets.signing_secret, "the signing secret that proves Slack speaks"))
    return needed


def _odd(secrets: Secrets) -> list[str]:
    """Tokens that were mixed up, the commonest mistake."""
    found = []
    if secrets.bot_token.startswith("xapp-"):
        found.append("SLACK_BOT_TOKEN holds an app-level token (xapp-…): that one belongs in SLACK_APP_TOKEN")
    if secrets.app_token.startswith(("xoxb-", "xoxp-")):
        found.append("SLACK_APP_TOKEN holds a bot token (xoxb-…): that one belongs in SLACK_BOT_TOKEN")
    return found
