"""Several workspaces with one Ander: they install it themselves, and no token lies on disk in clear."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store.models.installation import Installation

from adapters.slack.client import Slack as Chat
from adapters.slack.oauth import FILE, ManyWorkspaces, new_key
from adapters.slack.settings import Secrets, SlackSection
from bot.errors import ConfigError, TransportError
from bot.events import ChannelId, PersonId
from bot.ports import Store
from tests.core.fakes import Clock
from tests.slack.fake import ALL_SCOPES, AppSettings, Slack, User
from tests.slack.living import Life, living, secrets_of

URL = "https://ander.example.org"
MANY = SlackSection(mode="socket", workspaces="many", port=0, url=URL)


def now() -> Clock:
    """The real moment: the stores of slack_sdk look at no other."""
    return Clock(datetime.now(UTC))


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack(app=AppSettings(scopes=ALL_SCOPES, rotation=True), installed=False) as running:
        yield running


def secrets_for(slack: Slack, *keys: str) -> Secrets:
    return replace(secrets_of(slack), bot_token="", keys=keys or (new_key(),))


async def install(slack: Slack, who: User, port: int) -> str:
    """Follow "Add to Slack" to its end; returns the last page."""
    async with aiohttp.ClientSession() as browser:
        base = f"http://127.0.0.1:{port}"
        page = await (await browser.get(f"{base}/slack/install")).text()
        start = page.index("https://slack.com/oauth/v2/authorize")
        authorize = page[start : page.index('"', start)].replace("&amp;", "&")
        back = urlsplit(slack.approves(who, authorize))
        state = parse_qs(back.query)["state"][0]
        cookie = {"Cookie": f"slack-app-oauth-state={state}"}
        return await (await browser.get(f"{base}{back.path}?{back.query}", headers=cookie)).text()


@pytest.fixture
async def life(slack: Slack, store: Store, tmp_path: Path) -> AsyncIterator[Life]:
    clock = now()
    secrets = secrets_for(slack)
    chat = Chat(MANY, secrets, ManyWorkspaces(MANY, secrets, tmp_path), settling=0.0, pause=0.05)
    async with living(slack, store, tmp_path, clock, chat=chat) as made:
        made.running = asyncio.create_task(chat.run(made.listener))
        await asyncio.wait_for(chat.listening.wait(), 10)
        yield made


async def test_two_workspaces_install_it_and_are_kept_apart(slack: Slack, life: Life, tmp_path: Path) -> None:
    other = slack.team("Other")
    eva, ann = slack.user("eva"), slack.user("ann", team=other)
    assert life.chat.port is not None
    for who in (eva, ann):
        await install(slack, who, life.chat.port)
    help = slack.channel("help", eva)
    care = slack.channel("care", ann, team=other)
    await slack.joins(slack.bot(), help)
    await slack.joins(slack.bot(other), care)
    await life.settle()
    assert [len(slack.from_app(one)) for one in (help, care)] == [1, 1]
    await slack.types_command(ann, care, "help")
    await life.settle()
    assert "search" in slack.whispers(ann)[-1].text
    async with life.world.store.snapshot() as tx:
        channels, people = await tx.channels(), await tx.people()
    assert set(channels) == {f"slack:{slack.home.id}/{help.id}", f"slack:{other.id}/{care.id}"}
    assert f"slack:{other.id}/{ann.id}" in people
    assert await life.chat.is_member(
        PersonId(f"slack:{slack.home.id}/{eva.id}"), ChannelId(f"slack:{slack.home.id}/{help.id}")
    )


async def test_no_token_lies_in_clear_and_nobody_else_may_look(slack: Slack, life: Life, tmp_path: Path) -> None:
    assert life.chat.port is not None
    await install(slack, slack.user("eva"), life.chat.port)
    path = tmp_path / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_bytes()
    secrets = [one.value for one in slack.state.tokens.values() if one.kind == "bot"]
    secrets += [one.refresh for one in slack.state.tokens.values() if one.refresh]
    assert len(secrets) >= 2
    assert not [one for one in secrets if one.encode() in kept]
    assert b"xoxb-" not in kept
    assert b"xoxe" not in kept


async def test_one_workspace_leaves_and_the_other_stays(slack: Slack, life: Life) -> None:
    other = slack.team("Other")
    eva, ann = slack.user("eva"), slack.user("ann", team=other)
    assert life.chat.port is not None
    for who in (eva, ann):
        await install(slack, who, life.chat.port)
    care = slack.channel("care", ann, slack.bot(other), team=other)
    help = slack.channel("help", eva, slack.bot())
    await slack.types_command(eva, help, "help")
    await slack.uninstalls(slack.home)
    await slack.settled()
    await slack.types_command(ann, care, "help")
    await life.settle()
    assert "search" in slack.whispers(ann)[-1].text
    assert life.running is not None
    assert not life.running.done()


async def test_an_installation_nobody_began_is_refused(slack: Slack, life: Life) -> None:
    async with aiohttp.ClientSession() as browser:
        forged = f"http://127.0.0.1:{life.chat.port}/slack/oauth_redirect?code=x&state=made-up"
        answer = await browser.get(forged, headers={"Cookie": "slack-app-oauth-state=made-up"})
    assert answer.status == 401


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
async def test_a_token_is_renewed_before_it_expires(
    slack: Slack, tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        await _renew(slack, tmp_path)
    finally:
        monkeypatch.undo()
        time.tzset()


async def installed(slack: Slack, many: ManyWorkspaces) -> Installation:
    """An installation as it is kept after somebody agreed."""
    flow = many.flow
    assert flow is not None
    url = await flow.build_authorize_url("state", AsyncBoltRequest(body=""))
    back = slack.approves(slack.user("eva"), url)
    installation = await flow.run_installation(parse_qs(urlsplit(back).query)["code"][0])
    assert installation is not None
    await many.vault.async_save(installation)
    return installation


async def _renew(slack: Slack, folder: Path) -> None:
    secrets = secrets_for(slack)
    many = ManyWorkspaces(MANY, secrets, folder)
    await many.open(lambda: None)
    installation = await installed(slack, many)
    (space,) = await many.open(lambda: None)
    assert await space.api.ask("auth.test")
    first = await many.vault.async_find_bot(enterprise_id=None, team_id=slack.home.id)
    assert first is not None
    assert first.bot_token == installation.bot_token  # still good: not renewed too early
    first.bot_token_expires_at = int(time.time()) + 600
    await many.vault.async_save_bot(first)
    (space,) = await many.open(lambda: None)
    second = await many.vault.async_find_bot(enterprise_id=None, team_id=slack.home.id)
    assert second is not None
    assert second.bot_token != first.bot_token
    assert await space.api.ask("auth.test")
    await many.close()


async def test_a_key_that_is_none_or_lost_is_told(slack: Slack, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ander slack key"):
        ManyWorkspaces(MANY, secrets_for(slack, "no key"), tmp_path)
    old, new = new_key(), new_key()
    many = ManyWorkspaces(MANY, secrets_for(slack, old), tmp_path)
    await many.open(lambda: None)
    await installed(slack, many)
    lost = ManyWorkspaces(MANY, secrets_for(slack, new), tmp_path)
    with pytest.raises(TransportError, match="another key"):
        await lost.vault.async_find_bot(enterprise_id=None, team_id=slack.home.id)
    both = ManyWorkspaces(MANY, secrets_for(slack, new, old), tmp_path)
    assert await both.vault.async_find_bot(enterprise_id=None, team_id=slack.home.id)
