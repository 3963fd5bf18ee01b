"""Rate limits, after https://docs.slack.dev/apis/web-api/rate-limits: tiers per method and team, and about one
message per second per channel."""

import math
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.slack.fake.errors import RateLimited

_TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls per minute."""
_SPECIAL = {"auth.test": 600, "chat.postMessage": 600, "chat.getPermalink": 600, "apps.connections.open": 20}
_METHODS = {
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.invite": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "oauth.v2.access": 4,
    "pins.add": 2,
    "reactions.add": 3,
    "reactions.get": 3,
    "users.conversations": 3,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.update": 4,
}


class Limits:
    """Counts calls; switched off, it counts nothing. `hasty`: calls made before a Retry-After was over; `burst`: how
    many messages a channel takes at once after a silence."""

    def __init__(self, clock: Callable[[], datetime], *, on: bool) -> None:
        self.clock, self.on = clock, on
        self.burst = 1
        self.hasty: list[str] = []
        self._calls: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._posts: dict[str, datetime] = {}
        self._not_before: dict[tuple[str, str], datetime] = {}

    def call(self, method: str, team: str) -> None:
        """Raises RateLimited when the method was called too often in the last minute."""
        self._note_haste(method, team)
        if not self.on:
            return
        now, calls = self.clock(), self._calls[method, team]
        calls[:] = [at for at in calls if now - at < timedelta(minutes=1)]
        if len(calls) >= per_minute(method):
            raise self.refuse(method, team, timedelta(minutes=1) - (now - calls[0]))
        calls.append(now)

    def post(self, channel: str, team: str) -> None:
        """Raises RateLimited when a channel got more than a message a second, beyond the burst."""
        if not self.on:
            return
        now, second = self.clock(), timedelta(seconds=1)
        free = max(self._posts.get(channel, now - self.burst * second), now - (self.burst - 1) * second)
        if free > now:
            raise self.refuse("chat.postMessage", team, free - now)
        self._posts[channel] = free + second

    def refuse(self, method: str, team: str, wait: timedelta) -> RateLimited:
        """What to raise; the app is held to it."""
        seconds = max(1, math.ceil(wait.total_seconds()))
        self._not_before[method, team] = self.clock() + timedelta(seconds=seconds)
        return RateLimited(seconds)

    def _note_haste(self, method: str, team: str) -> None:
        until = self._not_before.pop((method, team), None)
        if until is not None and self.clock() < until - timedelta(milliseconds=50):
            self.hasty.append(method)


def per_minute(method: str) -> int:
    """How often a method may be called per minute."""
    return _SPECIAL.get(method) or _TIERS[_METHODS.get(method, 3)]
