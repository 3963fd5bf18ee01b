"""Several workspaces with one Ander: they install it themselves, and no token lies on disk in clear."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
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
from adapters.slack.workspaces import OneWorkspace
from bot.errors import ConfigError, TransportError
from bot.events import ChannelId, MessageId, PersonId
from bot.model import Ref
from bot.ports import Store
from tests.core.fakes import Clock
from tests.slack.fake import ALL_SCOPES, AppSettings, Channel, Organisation, Slack, Team, User
from tests.slack.fake.installing import issue_whole
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


async def install(slack: Slack, who: User, port: int, whole: Organisation | None = None) -> str:
    """Follow "Add to Slack" to its end, for one's workspace or the whole organisation; returns the last page."""
    async with aiohttp.ClientSession() as browser:
        base = f"http://127.0.0.1:{port}"
        page = await (await browser.get(f"{base}/slack/install")).text()
        start = page.index(f"{slack.state.base}/oauth/v2/authorize")
        authorize = page[start : page.index('"', start)].replace("&amp;", "&")
        back = urlsplit(slack.approves(who, authorize, whole=whole))
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
    for team in (slack.home, other):  # it begins at once, before anything happens there
        await life.caught_up(team.id)
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


# ── a whole organisation ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """An organisation of two workspaces, with somebody and a channel in each; Ander is installed for all of it."""

    whole: Organisation
    teams: tuple[Team, Team]
    people: tuple[User, User]
    channels: tuple[Channel, Channel]


@pytest.fixture
async def grid(slack: Slack, life: Life) -> Grid:
    """Ander is invited into both channels, and its notice stands there."""
    teams = (slack.home, slack.team("Other"))
    whole = slack.organisation("Grid", *teams)
    people = (slack.user("eva", team=teams[0]), slack.user("ann", team=teams[1]))
    help, care = slack.channel("help", people[0]), slack.channel("care", people[1], team=teams[1])
    assert life.chat.port is not None
    await install(slack, people[0], life.chat.port, whole)
    for team, channel in zip(teams, (help, care), strict=True):
        await life.caught_up(team.id)
        await slack.joins(slack.bot(team), channel)
    await life.settle()
    return Grid(whole=whole, teams=teams, people=people, channels=(help, care))


def place(team: Team, channel: Channel) -> ChannelId:
    return ChannelId(f"slack:{team.id}/{channel.id}")


async def test_an_organisation_installs_it_once_for_all_its_workspaces(slack: Slack, life: Life, grid: Grid) -> None:
    assert [len(slack.from_app(one)) for one in grid.channels] == [1, 1]
    life.clock.forward(minutes=1)
    for person, team, channel in zip(grid.people, grid.teams, grid.channels, strict=True):
        said = await slack.says(person, channel, f"Who has the key of {team.name}?")
        await life.settle()
        async with life.world.store.snapshot() as tx:
            assert await tx.message(Ref(place(team, channel), MessageId(said.ts)))
        await slack.types_command(person, channel, "help")
        await slack.says(person, slack.direct(person), "me")
        await life.settle()
        assert "search" in slack.whispers(person)[-1].text
        assert len(slack.letters(person)) == 1
        assert await life.chat.is_member(PersonId(f"slack:{team.id}/{person.id}"), place(team, channel))
    await slack.opens_home(grid.people[1])
    await life.settle()
    assert slack.home_of(grid.people[1]) is not None
    bots = [one for one in slack.state.tokens.values() if one.kind == "bot"]
    assert [one.team for one in bots] == [grid.whole.id]  # there is no other token it could have used
    asked = {args.get("team_id") for method, args in slack.server.calls if method == "users.list"}
    assert asked == {team.id for team in grid.teams}


async def test_what_was_missed_in_an_organisation_is_caught_up_with(slack: Slack, life: Life, grid: Grid) -> None:
    before = [await life.listener.bookmark(f"heard:{team.id}") for team in grid.teams]
    await life.end()
    slack.state.app.events = frozenset()  # nothing of it is told
    said = [await slack.says(who, where, "Missed?") for who, where in zip(grid.people, grid.channels, strict=True)]
    asked = await slack.says(grid.people[1], slack.direct(grid.people[1]), "domains")
    life.clock.forward(minutes=1)
    life.running = asyncio.create_task(life.chat.run(life.listener))
    for team, mark in zip(grid.teams, before, strict=True):
        await life.caught_up(team.id, mark)
    async with life.world.store.snapshot() as tx:
        for team, channel, one in zip(grid.teams, grid.channels, said, strict=True):
            assert await tx.message(Ref(place(team, channel), MessageId(one.ts)))
    await life.settle()
    assert [one.ts > asked.ts for one in slack.letters(grid.people[1])] == [True]


async def test_a_channel_that_workspaces_of_an_organisation_share_is_left_out(
    slack: Slack, life: Life, grid: Grid
) -> None:
    both = slack.channel("both", grid.people[0])
    both.of_several = True
    await slack.joins(slack.bot(), both)
    await life.settle()
    assert slack.from_app(both) == []
    assert not await life.has(await slack.says(grid.people[0], both, "Does it listen here?"))


async def test_an_organisation_removes_it_and_its_token_is_forgotten(
    slack: Slack, life: Life, grid: Grid, tmp_path: Path
) -> None:
    await slack.uninstalls(grid.whole)
    await life.settle()
    store = ManyWorkspaces(MANY, secrets_for(slack), tmp_path)
    assert await store.vault.installed() == []
    await store.close()
    for team, channel in zip(grid.teams, grid.channels, strict=True):
        with pytest.raises(TransportError, match="not in that Slack workspace"):
            await life.chat.is_member(PersonId(f"slack:{team.id}/U1"), place(team, channel))
    assert life.running is not None
    assert not life.running.done()


async def test_one_workspace_of_an_organisation_leaves_and_comes_back(slack: Slack, life: Life, grid: Grid) -> None:
    (home, other), (eva, ann) = grid.teams, grid.people
    await slack.withdraws(grid.whole, other)
    await life.settle()
    with pytest.raises(TransportError, match="not in that Slack workspace"):
        await life.chat.is_member(PersonId(f"slack:{other.id}/{ann.id}"), place(other, grid.channels[1]))
    assert await life.chat.is_member(PersonId(f"slack:{home.id}/{eva.id}"), place(home, grid.channels[0]))
    before = await life.listener.bookmark(f"heard:{other.id}")
    life.clock.forward(minutes=1)
    await slack.grants(grid.whole, other)
    await life.caught_up(other.id, before)
    assert await life.chat.is_member(PersonId(f"slack:{other.id}/{ann.id}"), place(other, grid.channels[1]))


async def test_the_token_of_an_organisation_is_renewed(slack: Slack, life: Life, grid: Grid, tmp_path: Path) -> None:
    vault = life.chat._workspaces.vault  # type: ignore[attr-defined] # ManyWorkspaces has one
    first = await vault.async_find_bot(enterprise_id=grid.whole.id, team_id=None, is_enterprise_install=True)
    first.bot_token_expires_at = int(time.time()) + 600
    await vault.async_save_bot(first)
    for space in await life.chat._workspaces.open(lambda: None):
        assert await space.api.ask("auth.test")
    second = await vault.async_find_bot(enterprise_id=grid.whole.id, team_id=None, is_enterprise_install=True)
    assert second.bot_token != first.bot_token
    assert second.is_enterprise_install


async def test_the_token_of_an_organisation_is_not_for_one_workspace(slack: Slack) -> None:
    whole = slack.organisation("Grid", slack.home)
    token = issue_whole(slack.state, whole.id, slack.admin.id, ALL_SCOPES).value
    with pytest.raises(TransportError, match='workspaces = "many"'):
        await OneWorkspace(token, slack.url).open(lambda: None)


async def test_what_happens_elsewhere_in_an_organisation_does_not_end_one_workspace(slack: Slack) -> None:
    one = OneWorkspace(slack.install(slack.home), slack.url)
    await one.open(lambda: None)
    assert await one.gone(None, "E1") == await one.gone("T1", "E1") == frozenset()
    with pytest.raises(TransportError, match="removed from the Slack workspace"):
        await one.gone(slack.home.id, "E1")


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
