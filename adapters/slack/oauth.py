"""Several workspaces with one Ander: they install it by themselves, and their tokens lie encrypted on disk.

Who installs is led by Bolt's OAuth flow; what comes of it lies in `slack.db` in the data folder, in the tables of
slack_sdk, with every token sealed by a key that only the environment holds.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.slack import paths, scopes
from adapters.slack.api import Api, Session, SlackRefused, no_session
from adapters.slack.ids import Ids
from adapters.slack.settings import BASE, Secrets, SlackSection
from adapters.slack.workspace import Workspace, meet
from adapters.untrusted import plain_id
from bot.errors import ConfigError, TransportError

log = logging.getLogger(__name__)

FILE = "slack.db"
STATE_SECONDS = 600
REREAD_SECONDS = 30.0
"""How long a token is used before it is looked up again: another process may have renewed it."""
RENEW_MINUTES = 60
_SEALED = ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token", "incoming_webhook_url")
Holder = TypeVar("Holder", Bot, Installation)


def new_key() -> str:
    """A key for ANDER_SLACK_KEY."""
    return Fernet.generate_key().decode()


def seal_of(keys: Sequence[str]) -> MultiFernet:
    """Encrypts with the first key, decrypts with any. Raises ConfigError when one is no key."""
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as wrong:
        raise ConfigError("ANDER_SLACK_KEY is no key. Make one with `ander slack key`, and keep it.") from wrong


class Vault(AsyncInstallationStore):
    """An installation store in which no token lies in clear. `came` is set when somebody installed Ander."""

    def __init__(self, store: AsyncSQLAlchemyInstallationStore, seal: MultiFernet, came: asyncio.Event) -> None:
        self._store, self._seal, self._came = store, seal, came

    async def async_save(self, installation: Installation) -> None:
        """See AsyncInstallationStore."""
        await self._store.async_save(self._sealed(installation))
        self._came.set()

    async def async_save_bot(self, bot: Bot) -> None:
        """See AsyncInstallationStore."""
        await self._store.async_save_bot(self._sealed(bot))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """See AsyncInstallationStore. Raises TransportError when it was sealed with a key that is gone."""
        found = await self._store.async_find_bot(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return self._opened(found) if found else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """See AsyncInstallationStore. Raises as above."""
        found = await self._store.async_find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            is_enterprise_install=is_enterprise_install,
        )
        return self._opened(found) if found else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """See AsyncInstallationStore."""
        await self._store.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """See AsyncInstallationStore."""
        await self._store.async_delete_installation(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)

    async def installed(self) -> list[tuple[str | None, str | None]]:
        """(enterprise, team) of every installation; no team for a whole organisation."""
        columns = self._store.bots.c
        wanted = select(columns.enterprise_id, columns.team_id).where(columns.client_id == self._store.client_id)
        async with self._store.engine.connect() as connection:
            return [(row[0], row[1]) for row in await connection.execute(wanted.distinct())]

    async def forget(self, enterprise: str | None, team: str | None) -> None:
        """Wipe an installation and its tokens."""
        await self._store.async_delete_bot(enterprise_id=enterprise, team_id=team)
        await self._store.async_delete_installation(enterprise_id=enterprise, team_id=team)

    def _sealed(self, holder: Holder) -> Holder:
        return _mapped(holder, lambda text: self._seal.encrypt(text.encode()).decode())

    def _opened(self, holder: Holder) -> Holder:
        try:
            return _mapped(holder, lambda text: self._seal.decrypt(text).decode())
        except InvalidToken as lost:
            raise TransportError(
                "The Slack tokens on disk were sealed with another key than ANDER_SLACK_KEY holds. Put the old key "
                "behind the new one, with a comma between.",
                permanent=True,
            ) from lost


def _mapped(holder: Holder, change: Callable[[str], str]) -> Holder:
    copy = type(holder)(**holder.to_dict_for_copying())
    for name in _SEALED:
        if value := getattr(copy, name, None):
            setattr(copy, name, change(value))
    return copy


class Tokens:
    """The token of one installation, renewed before it expires."""

    def __init__(self, vault: Vault, rotator: AsyncTokenRotator, enterprise: str | None, team: str | None) -> None:
        self._vault, self._rotator = vault, rotator
        self._enterprise, self._team = enterprise, team
        self._lock = asyncio.Lock()
        self._token, self._read_at = "", 0.0

    async def give(self) -> str:
        """The token now. Raises TransportError(permanent=True) when Ander is no longer installed there."""
        async with self._lock:
            if not self._token or time.monotonic() - self._read_at > REREAD_SECONDS:
                self._token, self._read_at = await self._read(), time.monotonic()
            return self._token

    async def _read(self) -> str:
        bot = await self._vault.async_find_bot(
            enterprise_id=self._enterprise, team_id=self._team, is_enterprise_install=self._team is None
        )
        if bot is None:
            raise TransportError("Ander is no longer installed in that Slack workspace", permanent=True)
        try:
            renewed = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=RENEW_MINUTES)
        except SlackTokenRotationError as refused:
            log.warning("a Slack token could not be renewed: %s", type(refused).__name__)
            return bot.bot_token
        if renewed is None:
            return bot.bot_token
        await self._vault.async_save_bot(renewed)
        return renewed.bot_token


class ManyWorkspaces:
    """Every workspace and organisation that installed Ander; ids carry the team."""

    def __init__(self, section: SlackSection, secrets: Secrets, folder: Path) -> None:
        """Raises ConfigError when a key is none."""
        self._engine = _engine(folder)
        self._store = AsyncSQLAlchemyInstallationStore(client_id=secrets.client_id, engine=self._engine)
        self._states = AsyncSQLAlchemyOAuthStateStore(expiration_seconds=STATE_SECONDS, engine=self._engine)
        self.came = asyncio.Event()
        self.vault = Vault(self._store, seal_of(secrets.keys), self.came)
        self._secrets = secrets
        self._session: Session = no_session
        self._whole: dict[str, str] = {}
        """Team → the organisation by whose installation it is served."""
        web = AsyncWebClient(base_url=secrets.base)
        self._rotator = AsyncTokenRotator(client_id=secrets.client_id, client_secret=secrets.client_secret, client=web)
        self.flow: AsyncOAuthFlow | None = AsyncOAuthFlow(client=web, settings=self._settings(section))

    def _settings(self, section: SlackSection) -> AsyncOAuthSettings:
        base = self._secrets.base
        return AsyncOAuthSettings(
            client_id=self._secrets.client_id,
            client_secret=self._secrets.client_secret,
            scopes=scopes.wanted(invite=section.invite, pin=section.pin),
            user_scopes=[],
            authorization_url=None if base == BASE else base.removesuffix("api/") + "oauth/v2/authorize",
            redirect_uri=section.url + paths.REDIRECT,
            install_path=paths.INSTALL,
            redirect_uri_path=paths.REDIRECT,
            installation_store=self.vault,
            installation_store_bot_only=True,
            state_store=self._states,
            state_expiration_seconds=STATE_SECONDS,
        )

    async def open(self, session: Session) -> list[Workspace]:
        """See `Workspaces`. One whose token is no good is left out and told of; the others are served."""
        self._session = session
        await self._store.create_tables()  # type: ignore[no-untyped-call] # slack_sdk
        await self._states.create_tables()  # type: ignore[no-untyped-call] # slack_sdk
        found: list[Workspace] = []
        for enterprise, team in await self.vault.installed():
            try:
                found += await self._meet(enterprise, team)
            except TransportError as failed:
                log.warning("the Slack workspace %s is left out: %s", team or enterprise, failed)
        return found

    async def find(self, team: str, enterprise: str | None) -> Workspace | None:
        """See `Workspaces`."""
        for holder in [(enterprise, team), (None, team), (enterprise, None)]:
            if holder != (None, None) and holder in await self.vault.installed():
                return next((one for one in await self._meet(*holder) if one.ids.team == team), None)
        return None

    async def gone(self, team: str | None, enterprise: str | None) -> frozenset[str]:
        """See `Workspaces`. Its tokens are wiped; those of an organisation when Slack does not take them any more."""
        out = {team} if team else set()
        for holder in await self.vault.installed():
            if holder[1] == team is not None:
                await self.vault.forget(*holder)
            elif holder == (enterprise, None) and not await self._is_good(*holder):
                await self.vault.forget(*holder)
                out |= {one for one, whole in self._whole.items() if whole == enterprise}
        log.warning("Ander was removed from the Slack workspace %s", team or enterprise)
        return frozenset(out)

    async def _is_good(self, enterprise: str | None, team: str | None) -> bool:
        """Whether Slack takes the token of an installation. Raises TransportError when Slack is only in trouble."""
        try:
            await self._api(Tokens(self.vault, self._rotator, enterprise, team).give).ask("auth.test")
        except SlackRefused:
            return False
        return True

    async def close(self) -> None:
        """See `Workspaces`."""
        await self._engine.dispose()

    async def _meet(self, enterprise: str | None, team: str | None) -> list[Workspace]:
        tokens = Tokens(self.vault, self._rotator, enterprise, team)
        api = self._api(tokens.give)
        if team is not None:
            return [await meet(api, carry=True)]
        spaces = [space async for space in self._teams(api, tokens.give)]
        self._whole |= {space.ids.team: enterprise or "" for space in spaces}
        return spaces

    async def _teams(self, api: Api, token: Callable[[], Awaitable[str]]) -> AsyncIterator[Workspace]:
        """The workspaces of an organisation that Ander was added to: one token, and each list asks for its team."""
        whole = await meet(api, carry=True)
        async for page in api.pages("auth.teams.list", "teams"):
            for raw in page:
                if isinstance(raw, dict) and (team := plain_id(raw.get("id"))):
                    mine = self._api(token, {"team_id": team})
                    ids = Ids(team, True)
                    yield Workspace(api=mine, ids=ids, user=whole.user, bot=whole.bot, url=whole.url, alone=False)

    def _api(self, token: Callable[[], Awaitable[str]], defaults: dict[str, str] | None = None) -> Api:
        return Api(token, base=self._secrets.base, session=self._session, defaults=defaults)


def _engine(folder: Path) -> AsyncEngine:
    """The file is ours alone from its first byte; no connection stays open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    path.touch(mode=0o600)
    return create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)
