"""The manifest asks for what Ander needs and no more, and the docs explain each scope."""

import json
from pathlib import Path

import pytest

from adapters.slack import scopes
from adapters.slack.interactions import MARKS
from adapters.slack.manifest import as_json, manifest
from adapters.slack.translate import _EVENTS
from tests.slack.fake import ALL_SCOPES

DOCS = Path(__file__).parents[2] / "docs" / "slack.md"


def test_every_event_has_its_scope_and_every_scope_its_reason() -> None:
    known = {**scopes.NEEDED, **scopes.OPTIONAL}
    assert {scope for scope in scopes.EVENTS.values() if scope} <= known.keys()
    assert all(known.values())


def test_what_is_subscribed_to_is_understood() -> None:
    assert {name.partition(".")[0] for name in scopes.EVENTS} == set(_EVENTS)


def test_socket_mode_needs_no_address() -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in as_json(made)
    assert [one["callback_id"] for one in made["features"]["shortcuts"]] == list(MARKS)
    assert set(made["oauth_config"]["scopes"]["bot"]) <= ALL_SCOPES
    assert json.loads(as_json(made)) == made


def test_over_http_everything_goes_to_one_address() -> None:
    made = manifest(url="https://ander.example.org", many=True)
    said = as_json(made)
    assert made["settings"]["socket_mode_enabled"] is False
    assert said.count("https://ander.example.org/slack/events") == 3
    assert made["oauth_config"]["redirect_urls"] == ["https://ander.example.org/slack/oauth_redirect"]
    assert made["settings"]["token_rotation_enabled"] is True
    assert made["settings"]["org_deploy_enabled"] is True
    assert set(scopes.ORGANISATION) <= set(made["settings"]["event_subscriptions"]["bot_events"])


def test_what_is_switched_off_is_not_asked_for() -> None:
    asked = manifest(invite=False, pin=False)["oauth_config"]["scopes"]["bot"]
    assert not {"pins:write", "channels:write.invites"} & set(asked)


@pytest.mark.parametrize("scope", sorted([*scopes.NEEDED, *scopes.OPTIONAL, scopes.APP]))
def test_the_docs_explain_each_scope(scope: str) -> None:
    assert f"`{scope}`" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["description", "name"])
def test_slack_s_limits_on_texts(text: str) -> None:
    made = manifest()
    assert len(made["display_information"]["description"]) <= 140
    assert 175 <= len(made["display_information"]["long_description"]) <= 4000
    assert all(len(one[text]) <= {"name": 24, "description": 150}[text] for one in made["features"]["shortcuts"])
