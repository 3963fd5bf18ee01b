"""A Slack on 127.0.0.1 for tests: strict where Slack is, open to every assertion.

    async with Slack() as slack:
        eva = slack.user("eva")
        help = slack.channel("help", eva, slack.bot())
        await slack.says(eva, help, "Does anybody know …?")
        await slack.settled()

The app speaks to it as to Slack itself, through `slack.url` (a `base_url` of slack_sdk) with `slack.bot_token` and
`slack.app_token`. People act as methods here. What the app put before people is in `slack.said`; how its events fared
in `slack.deliveries`. Where it and Slack may differ stands in docs/slack-fake.md.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.slack.fake import acts, installing, interactions, organisations, responding, shapes
from tests.slack.fake.delivering import Deliveries, Delivery, Kind
from tests.slack.fake.errors import Refused
from tests.slack.fake.faults import Faults, Schedule
from tests.slack.fake.http_line import HttpLine
from tests.slack.fake.limits import Limits
from tests.slack.fake.methods.views import check, new_view
from tests.slack.fake.methods.views import replace as replace_view
from tests.slack.fake.model import Channel, ChannelType, Json, Message, Organisation, Said, Team, User, View
from tests.slack.fake.pace import Pace
from tests.slack.fake.server import Server
from tests.slack.fake.sockets import Sockets
from tests.slack.fake.state import SLACKBOT, AppSettings, State, real_time

ALL_SCOPES = frozenset(
    {"app_mentions:read", "channels:history", "channels:join", "channels:read", "channels:write.invites"}
    | {"chat:write", "commands", "files:write", "groups:history", "groups:read", "groups:write.invites"}
    | {"im:history", "im:read", "im:write", "pins:write", "reactions:read", "reactions:write", "users:read"}
)
"""What Ander's manifest asks for, with everything that is optional."""

T = TypeVar("T")
Spot = Message | View
"""Where a button stands."""


class Slack:
    """One Slack with one app. The first workspace is there from the start, with the app installed unless told
    otherwise."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = real_time,
        pace: Pace | None = None,
        faults: Faults | None = None,
        limits: bool = False,
        app: AppSettings | None = None,
        scopes: Iterable[str] = ALL_SCOPES,
        installed: bool = True,
    ) -> None:
        faults = faults or Faults(seed=0)
        rng = random.Random(faults.seed)
        self.pace = pace or Pace()
        self.schedule = Schedule(faults)
        self.state = State(app or AppSettings(scopes=frozenset(scopes)), clock, rng)
        self.sockets = Sockets(self.state, self.pace, rng)
        self.http = HttpLine(self.state)
        self.limits = Limits(clock, on=limits)
        line = self.sockets if self.state.app.socket_mode else self.http
        self.deliveries = Deliveries(self.state, self.pace, self.schedule, line)
        self.server = Server(self.state, self.sockets, self.limits, self.schedule, self.pace)
        self._changed = asyncio.Event()
        self.state.changed = self._changed.set
        self.home = self.team("Home")
        self.admin = self.user("admin", is_admin=True)
        self.app_token = installing.app_token(self.state, self.home.id).value
        self.bot_token = installing.issue(self.state, self.home.id, self.admin.id, scopes).value if installed else ""

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, port: int = 0) -> Self:
        """Listen on 127.0.0.1, on any free port by default."""
        await self.server.start(port)
        return self

    async def stop(self) -> None:
        """Close everything that is open."""
        await self.deliveries.close()
        await self.sockets.close()
        await self.http.close()
        await self.server.stop()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The base_url of the Web API."""
        return f"{self.state.base}/api/"

    @property
    def said(self) -> list[Said]:
        """Everything the app put before people, in order."""
        return self.state.said

    async def until(self, holds: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until something is so; asked again whenever anything changed. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def settled(self, seconds: float = 10.0) -> None:
        """Wait until the app has acknowledged everything, or it was given up."""
        await self.until(lambda: not self.deliveries.open, seconds)

    async def connected(self, sockets: int = 1, seconds: float = 10.0) -> None:
        """Wait until the app has opened its sockets."""
        await self.until(lambda: len(self.sockets.open) >= sockets, seconds)

    # ── who and where: nothing of this is told to the app ─────────────────────────────────────────────────────

    def team(self, name: str, *, enterprise: str | None = None) -> Team:
        """Another workspace."""
        team = Team(id=self.state.new_id("T"), name=name, domain=name.lower(), enterprise=enterprise)
        self.state.teams[team.id] = team
        return team

    def organisation(self, name: str, *teams: Team) -> Organisation:
        """An Enterprise Grid with these workspaces, all of which will grant the app access."""
        made = Organisation(id=self.state.new_id("E"), name=name, domain=f"{name.lower()}.enterprise")
        made.granted = [one.id for one in teams]
        for team in teams:
            team.enterprise = made.id
        self.state.organisations[made.id] = made
        return made

    def user(self, name: str, *, team: Team | None = None, **more: object) -> User:
        """Somebody; `more` are fields of User: tz, locale, is_restricted …"""
        team = team or self.home
        user = User(id=self.state.new_id("U"), team=team.id, name=name, real_name=name.title())
        user = replace(user, **more)  # type: ignore[arg-type]
        self.state.users[user.id] = user
        return user

    def channel(self, name: str, *members: User, type: ChannelType = "channel", team: Team | None = None) -> Channel:
        """A channel with people in it."""
        team = team or self.home
        ids = [one.id for one in members]
        return self.state.new_channel(team.id, type, name, ids[0] if ids else self.admin.id, ids)

    def direct(self, user: User, other: User | None = None) -> Channel:
        """The direct conversation of somebody with the app, or with another person."""
        return self.state.direct(user.team, (other or self.bot(user.team)).id, user.id)

    def bot(self, team: Team | str | None = None) -> User:
        """The app's user in a workspace."""
        id = team.id if isinstance(team, Team) else team or self.home.id
        return self.state.users[self.state.installs[id].bot_user]

    def install(self, team: Team, scopes: Iterable[str] = ALL_SCOPES) -> str:
        """The app in another workspace; returns its token."""
        return installing.issue(self.state, team.id, self.admin.id, scopes).value

    # ── what people write ─────────────────────────────────────────────────────────────────────────────────────

    async def says(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        thread: Message | str | None = None,
        broadcast: bool = False,
        files: Sequence[Json] = (),
        subtype: str | None = None,
    ) -> Message:
        """Somebody writes. With files it is a file_share, with `broadcast` a thread_broadcast."""
        assert user.id in channel.members, f"{user.name} is not in {channel.name}"
        assert not channel.archived, f"{channel.name} is archived"
        ts = thread.thread_ts or thread.ts if isinstance(thread, Message) else thread
        subtype = subtype or ("thread_broadcast" if broadcast else "file_share" if files else None)
        message = acts.by_person(
            self.state, channel, user, text, thread_ts=ts, broadcast=broadcast, files=list(files), subtype=subtype
        )
        return await self._done(acts.add(self.state, channel, message))

    async def does(self, user: User, channel: Channel, text: str) -> Message:
        """`/me …`."""
        return await self.says(user, channel, text, subtype="me_message")

    async def another_bot_says(self, channel: Channel, text: str, name: str = "jenkins") -> Message:
        """Some other app, the old way: no user, only a bot."""
        message = Message(
            ts=self.state.ts(),
            channel=channel.id,
            team=channel.team,
            text=text,
            subtype="bot_message",
            bot_id=self.state.new_id("B"),
            extra={"username": name, "icons": {"emoji": ":robot_face:"}},
        )
        return await self._done(acts.add(self.state, channel, message))

    async def huddle(self, user: User, channel: Channel) -> Message:
        """Somebody starts a huddle."""
        room = {
            "id": self.state.new_id("R"),
            "created_by": user.id,
            "participants": [user.id],
            "channels": [channel.id],
        }
        extra: Json = {"room": room, "channel_id": channel.id, "permalink": ""}
        message = acts.system(self.state, channel, SLACKBOT, "huddle_thread", "A huddle started", **extra)
        return await self._done(message)

    async def edits(self, user: User, message: Message, text: str) -> Message:
        """Somebody changes what they wrote."""
        channel = self.state.channels[message.channel]
        assert channel.messages[message.ts].user == user.id, "only one's own messages"
        blocks = acts.by_person(self.state, channel, user, text).blocks
        return await self._done(acts.edit(self.state, channel, message.ts, user.id, text=text, blocks=blocks))

    async def deletes(self, user: User, message: Message) -> None:
        """Somebody takes back what they wrote."""
        acts.delete(self.state, self.state.channels[message.channel], message.ts)
        await self._done(None)

    async def reacts(self, user: User, message: Message, emoji: str) -> None:
        """Somebody adds an emoji."""
        acts.react(self.state, self.state.channels[message.channel], message.ts, user.id, emoji)
        await self._done(None)

    async def unreacts(self, user: User, message: Message, emoji: str) -> None:
        """Somebody takes it back."""
        acts.unreact(self.state, self.state.channels[message.channel], message.ts, user.id, emoji)
        await self._done(None)

    # ── what happens to channels ──────────────────────────────────────────────────────────────────────────────

    async def creates(self, user: User, name: str, *, private: bool = False) -> Channel:
        """Somebody makes a channel and is in it."""
        channel = self.channel(name, user, type="group" if private else "channel", team=self.state.teams[user.team])
        acts.created(self.state, channel)
        return await self._done(channel)

    async def joins(self, user: User, channel: Channel, *, inviter: User | None = None) -> None:
        """Somebody comes in; the app too, with `slack.bot()`."""
        acts.join(self.state, channel, user, inviter.id if inviter else None)
        await self._done(None)

    async def leaves(self, user: User, channel: Channel, *, removed_by: User | None = None) -> None:
        """Somebody goes, or is made to."""
        acts.leave(self.state, channel, user, removed_by.id if removed_by else None)
        await self._done(None)

    async def renames(self, user: User, channel: Channel, name: str) -> None:
        """A channel gets another name."""
        acts.rename(self.state, channel, name, user.id)
        await self._done(None)

    async def archives(self, user: User, channel: Channel) -> None:
        """A channel is closed."""
        acts.archive(self.state, channel, user.id)
        await self._done(None)

    async def unarchives(self, user: User, channel: Channel) -> None:
        """A channel is opened again."""
        acts.archive(self.state, channel, user.id, archived=False)
        await self._done(None)

    async def makes_private(self, user: User, channel: Channel) -> None:
        """A public channel becomes private."""
        acts.convert_to_private(self.state, channel, user.id)
        await self._done(None)

    async def makes_public(self, user: User, channel: Channel) -> None:
        """A private channel becomes public."""
        acts.convert_to_public(self.state, channel, user.id)
        await self._done(None)

    async def removes(self, user: User, channel: Channel) -> None:
        """A channel is deleted."""
        acts.remove_channel(self.state, channel, user.id)
        await self._done(None)

    async def sets_topic(self, user: User, channel: Channel, topic: str) -> None:
        """A channel's topic."""
        acts.set_topic(self.state, channel, user.id, topic)
        await self._done(None)

    async def sets_purpose(self, user: User, channel: Channel, purpose: str) -> None:
        """A channel's description."""
        acts.set_purpose(self.state, channel, user.id, purpose)
        await self._done(None)

    async def shares(self, channel: Channel, team: Team, *, private_there: bool = False) -> None:
        """Another workspace comes in through Slack Connect."""
        acts.share(self.state, channel, team.id, private_there=private_there)
        await self._done(None)

    async def unshares(self, channel: Channel, team: Team) -> None:
        """It goes again."""
        acts.unshare(self.state, channel, team.id)
        await self._done(None)

    # ── what happens to people ────────────────────────────────────────────────────────────────────────────────

    async def arrives(self, name: str, **more: object) -> User:
        """Somebody new in the workspace."""
        user = self.user(name, **more)  # type: ignore[arg-type]
        acts.tell_user(self.state, user, "team_join")
        return await self._done(user)

    async def changes(self, user: User, **more: object) -> None:
        """Something about somebody is different: `deleted=True`, `tz="Asia/Tokyo"`, `is_restricted=True` …"""
        for name, value in more.items():
            setattr(user, name, value)
        acts.tell_user(self.state, user, "user_change")
        await self._done(None)

    async def grants(self, organisation: Organisation, team: Team) -> None:
        """An administrator of an organisation lets the app into a workspace."""
        organisations.grant(self.state, organisation, team.id)
        await self._tell(organisation, "team_access_granted", team)

    async def withdraws(self, organisation: Organisation, team: Team) -> None:
        """They take it out of there again."""
        organisations.withdraw(self.state, organisation, team.id)
        await self._tell(organisation, "team_access_revoked", team)

    async def _tell(self, organisation: Organisation, kind: str, team: Team) -> None:
        event: Json = {"type": kind, "team_ids": [team.id], "event_ts": self.state.ts()}
        self.state.emit(event, organisation.id, None)
        await self._done(None)

    async def uninstalls(self, team: Team | Organisation | None = None) -> None:
        """An administrator removes the app."""
        installing.uninstall(self.state, (team or self.home).id)
        await self._done(None)

    async def happens(self, event: Json, *, channel: Channel | None = None, team: Team | None = None) -> None:
        """Any other event, as it is given."""
        self.state.emit({"event_ts": self.state.ts()} | event, (team or self.home).id, channel)
        await self._done(None)

    # ── what people ask of the app ────────────────────────────────────────────────────────────────────────────

    async def types_command(
        self, user: User, channel: Channel, text: str, *, name: str = "/ander", team: Team | None = None
    ) -> Delivery:
        """A slash command, in a channel (never in a thread, as in Slack). An answer in the acknowledgement is shown."""
        assert name in self.state.app.commands, f"the app has no {name}"
        team_id = team.id if team else user.team
        payload = interactions.command(self.state, user, team_id, channel, name, text)
        delivery = await self._ask("slash_commands", payload)
        if delivery.answer and (delivery.answer.get("text") or delivery.answer.get("blocks")):
            url = self.state.response_urls[payload["response_url"].rpartition("/")[2]]
            responding.speak(self.state, url, delivery.answer, "command answer")
        return delivery

    async def presses(self, user: User, spot: Spot, button: str, values: Json | None = None) -> Delivery:
        """A button, by its label, value or action_id, in a message or a view that the person sees."""
        if isinstance(spot, View):
            state = interactions.fill_in(spot, values or {}) if values else None
            found = interactions.find_button(spot.content["blocks"], button)
            payload = interactions.press_in_view(self.state, user, spot, found, state)
        else:
            assert self.sees(user, spot), f"{user.name} does not see that message"
            spot = self._newest(spot)
            found = interactions.find_button(spot.blocks, button)
            payload = interactions.press_in_message(self.state, user, user.team, spot, found, values)
        return await self._ask("interactive", payload)

    async def shortcut(self, user: User, message: Message, callback: str) -> Delivery:
        """A message shortcut, from the message's menu."""
        assert self.sees(user, message), f"{user.name} does not see that message"
        payload = interactions.message_shortcut(self.state, user, user.team, self._newest(message), callback)
        return await self._ask("interactive", payload)

    async def global_shortcut(self, user: User, callback: str) -> Delivery:
        """A shortcut from the big menu."""
        return await self._ask("interactive", interactions.global_shortcut(self.state, user, user.team, callback))

    async def opens_home(self, user: User) -> Delivery:
        """The Home tab of the app."""
        home = self.home_of(user)
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.direct(user).id,
            "tab": "home",
            "event_ts": self.state.ts(),
        }
        if home is not None:
            event["view"] = shapes.view(home, self.state.app.id, self.state.installs[user.team].bot_id)
        before = len(self.deliveries.all)
        self.state.emit(event, user.team, None)
        delivery = self.deliveries.all[before]
        await delivery.over.wait()
        return delivery

    async def submits_modal(self, user: User, view: View, values: Json | None = None) -> Delivery:
        """Send a modal off with what was filled in, by action_id or block_id; does what the app answers."""
        assert view.open, "the modal is closed"
        assert view.user == user.id, "it is somebody else's modal"
        filled = interactions.fill_in(view, values or {})
        delivery = await self._ask("interactive", interactions.submission(self.state, user, view, filled))
        if delivery.taken:
            self._obey(view, delivery.answer or {})
        return delivery

    def _obey(self, view: View, answer: Json) -> None:
        action = answer.get("response_action")
        if action == "errors":
            ids = {one["block_id"] for one in view.content["blocks"] if one["type"] == "input"}
            assert set(answer["errors"]) <= ids, f"errors for blocks that are not inputs: {answer['errors']}"
            return
        if action in ("update", "push"):
            check(answer["view"])
            if action == "update":
                replace_view(self.state, view, answer["view"])
            else:
                new_view(self.state, "modal", answer["view"], view.user, view.team, view)
            return
        for one in self.state.views.values():
            if one is view or (action == "clear" and one.root == view.root):
                one.open = False
        self.state.changed()

    async def closes_modal(self, user: User, view: View) -> None:
        """Close it; the app hears of it if it wanted to."""
        view.open = False
        if view.content.get("notify_on_close"):
            await self._ask("interactive", interactions.closing(self.state, user, view))

    async def _ask(self, kind: Kind, payload: Json) -> Delivery:
        delivery = self.deliveries.send(Delivery(kind=kind, payload=payload))
        await delivery.over.wait()
        return delivery

    async def _done(self, value: T) -> T:
        await asyncio.sleep(0)
        return value

    # ── OAuth ─────────────────────────────────────────────────────────────────────────────────────────────────

    def approves(self, user: User, authorize_url: str, *, whole: Organisation | None = None) -> str:
        """Somebody follows an "Add to Slack" link and agrees, for their workspace or for the `whole` organisation;
        returns where their browser is sent: redirect_uri with code and state."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(authorize_url).query).items()}
        if query.get("client_id") != self.state.app.client_id:
            raise Refused("invalid_client_id")
        if unknown := set(query["scope"].split(",")) - self.state.app.scopes - ALL_SCOPES:
            raise Refused("invalid_scope", unknown=sorted(unknown))
        code = self.state.secret()
        self.state.codes[code] = {
            "at": self.state.clock(),
            "team": whole.id if whole else user.team,
            "user": user.id,
            "scopes": query["scope"].split(","),
            "redirect_uri": query["redirect_uri"],
        }
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"

    # ── what people see ───────────────────────────────────────────────────────────────────────────────────────

    def sees(self, user: User, message: Message) -> bool:
        """Whether the person can see the message now."""
        ephemeral = responding.ephemeral_of(self.state, message)
        if ephemeral is not None:
            return ephemeral.user == user.id
        channel = self.state.channels[message.channel]
        reads = user.id in channel.members or (not channel.is_private(user.team) and not user.is_restricted)
        return message.ts in channel.messages and reads

    def whispers(self, user: User, channel: Channel | None = None) -> list[Message]:
        """The ephemeral messages before somebody, oldest first."""
        return [
            one.message
            for one in self.state.ephemerals
            if one.user == user.id and not one.gone and (channel is None or one.message.channel == channel.id)
        ]

    def from_app(self, channel: Channel) -> list[Message]:
        """What the app wrote in a channel, oldest first."""
        return [one for one in channel.messages.values() if one.user in self.state.bots() and one.bot_id]

    def letters(self, user: User) -> list[Message]:
        """What the app wrote to somebody directly, oldest first."""
        return self.from_app(self.direct(user))

    def modal(self, user: User) -> View:
        """The modal before somebody: the topmost one."""
        open_ = [one for one in self.state.views.values() if one.user == user.id and one.kind == "modal" and one.open]
        assert open_, f"no modal is open before {user.name}"
        return open_[-1]

    def home_of(self, user: User) -> View | None:
        """The Home tab of somebody, None before the app published one."""
        homes = (one for one in self.state.views.values() if one.kind == "home" and one.user == user.id)
        return next(homes, None)

    def _newest(self, message: Message) -> Message:
        return self.state.channels[message.channel].messages.get(message.ts, message)
