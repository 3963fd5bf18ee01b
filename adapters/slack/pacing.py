"""How fast Ander may speak: about one message a second in a channel, and no sooner than Slack asked after a 429.

Whoever comes too early gets a moment of their own to come back at, so that a queue of messages needs two tries each and
not as many as it is long.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

BURST = 5
"""Messages that may go to a channel at once after a silence; Slack lets short bursts pass."""
EVERY = 1.0
_MOST = 10_000


@dataclass(slots=True)
class Pacer:
    """Gives out moments, per line (a method, a channel). `now`: a clock that only runs forward."""

    now: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)

    def wait(self, line: str, who: str) -> float:
        """Seconds that `who` has to wait before it may use the line; 0: now, and the line is used by it."""
        now = self.now()
        kept = self._held.get(who)
        if kept is not None:
            if kept > now:
                return kept - now
            del self._held[who]
            return 0.0
        self._tidy(now)
        free = max(self._next.get(line, 0.0), now - (BURST - 1) * EVERY)
        self._next[line] = free + EVERY
        if free <= now:
            return 0.0
        self._held[who] = free
        return free - now

    def hold(self, line: str, who: str, seconds: float) -> None:
        """Slack wants silence on a line for so long; after it, everybody in turn, `who` first."""
        until = self.now() + seconds
        self._held[who] = until
        self._next[line] = max(self._next.get(line, 0.0), until + EVERY)

    def _tidy(self, now: float) -> None:
        if len(self._next) > _MOST:
            self._next = {line: free for line, free in self._next.items() if free > now - BURST * EVERY}
        if len(self._held) > _MOST:
            self._held = {who: free for who, free in self._held.items() if free > now}
