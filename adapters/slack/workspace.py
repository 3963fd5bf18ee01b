"""One workspace that Ander is in: who it is there, its line to Slack, and what it remembers for a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.slack.api import Api
from adapters.slack.heard import Us
from adapters.slack.ids import Ids
from adapters.untrusted import Raw, plain_id, words
from bot.errors import TransportError
from bot.events import ChannelKind, PersonChanged

MEMBERS_SECONDS = 45.0
"""How long the list of a channel's members is believed; `Chat.is_member` allows a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel as Slack described it last."""

    name: str
    kind: ChannelKind
    archived: bool = False


@dataclass(slots=True, kw_only=True)
class Workspace:
    """`people`: what the record was told of whom since the start; `names`: channel → name; `alone`: whether the token
    is for this workspace only, not for an organisation of several."""

    api: Api
    ids: Ids
    user: str
    bot: str
    url: str = ""
    alone: bool = True
    names: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    people: dict[str, PersonChanged] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    """Person → the channel of their direct conversation with Ander."""
    now: Callable[[], float] = time.monotonic
    _members: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    @property
    def us(self) -> Us:
        """What translating needs to know."""
        return Us(ids=self.ids, user=self.user, bot=self.bot, channels=self.names)

    async def members(self, channel: str, *, fresh: bool = False) -> frozenset[str]:
        """Slack's ids of who is in a channel now, within `MEMBERS_SECONDS`. Raises TransportError."""
        known = self._members.get(channel)
        if known and not fresh and self.now() - known[0] < MEMBERS_SECONDS:
            return known[1]
        at = self.now()
        found: set[str] = set()
        async for page in self.api.pages("conversations.members", "members", channel=channel):
            found.update(user for one in page if (user := plain_id(one)))
        self._members[channel] = (at, frozenset(found))
        return frozenset(found)

    def forget_members(self, channel: str) -> None:
        """Somebody came or went: ask again next time."""
        self._members.pop(channel, None)


async def meet(api: Api, *, carry: bool = False) -> Workspace:
    """The workspace that a token belongs to. Raises TransportError, permanent when the token is no good."""
    answer = await api.ask("auth.test")
    return workspace_of(answer, api, carry=carry)


def workspace_of(answer: Raw, api: Api, *, carry: bool = False) -> Workspace:
    """The workspace that an answer of auth.test speaks of."""
    team, user = plain_id(answer.get("team_id")), plain_id(answer.get("user_id"))
    if team is None or user is None:
        raise TransportError("Slack does not say which workspace the token is for", permanent=True)
    bot, url = plain_id(answer.get("bot_id")) or "", words(answer, "url", 300)
    return Workspace(api=api, ids=Ids(team, carry), user=user, bot=bot, url=url)
