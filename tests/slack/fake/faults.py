"""What goes wrong, and when: the same for the same seed, whatever order things happen in.

Each kind of happening has its own row of dice: the 7th `chat.postMessage` of seed 3 fares the same in every run.
"""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from tests.slack.fake.state import Counter


class CallFault(StrEnum):
    """What becomes of a call to the Web API. In the last four Slack has done what was asked."""

    RATE_LIMITED = "429"
    BROKEN = "503, not done"
    RESET = "connection reset, not done"
    HUNG = "no answer, not done"
    LOST = "done, answer lost"
    LATE = "done, answer late"
    BROKEN_AFTER = "done, 500"
    FATAL_AFTER = "done, fatal_error"


class EventFault(StrEnum):
    """What becomes of the delivery of an event."""

    DOUBLED = "delivered twice"
    HELD = "overtaken by later ones"
    DEAF = "acknowledgement not heard"
    CUT = "socket closed before the acknowledgement"
    REFRESH = "refresh_requested right after it"


F = TypeVar("F", CallFault, EventFault)
DONE = frozenset({CallFault.LOST, CallFault.LATE, CallFault.BROKEN_AFTER, CallFault.FATAL_AFTER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often. `calls` and `events` are chances from 0 to 1 of any fault of that sort, shared evenly among the
    kinds; `methods`: only these calls may fail, all when empty; `retry_after`: seconds in a 429; `most`: at most so
    many faults in a row for one method, so that every seed ends."""

    seed: int
    calls: float = 0.0
    events: float = 0.0
    methods: frozenset[str] = frozenset()
    kinds: tuple[CallFault, ...] = tuple(CallFault)
    event_kinds: tuple[EventFault, ...] = tuple(EventFault)
    retry_after: int = 1
    most: int = 3


@dataclass(slots=True)
class Schedule:
    """Faults, as they fall. `happened` tells what did; while it is `calm` only what was planned happens."""

    faults: Faults
    happened: list[str] = field(default_factory=list)
    calm: bool = False
    _counter: Counter = field(default_factory=Counter)
    _row: dict[str, int] = field(default_factory=dict)
    _planned: dict[str, list[CallFault | None]] = field(default_factory=dict)
    _planned_events: list[EventFault | None] = field(default_factory=list)

    def plan(self, method: str, *faults: CallFault | None) -> None:
        """The next calls of this method fare thus (None: well), before the dice are asked again."""
        self._planned.setdefault(method, []).extend(faults)

    def plan_events(self, *faults: EventFault | None) -> None:
        """The next events fare thus."""
        self._planned_events.extend(faults)

    def for_call(self, method: str) -> CallFault | None:
        """What becomes of the next call of this method."""
        if planned := self._planned.get(method):
            fault = planned.pop(0)
            return self._note(method, fault) if fault else None
        faults = self.faults
        if self.calm or (faults.methods and method not in faults.methods):
            return None
        rng = self._dice(method)
        if rng.random() >= faults.calls or self._row.get(method, 0) >= faults.most:
            self._row[method] = 0
            return None
        self._row[method] = self._row.get(method, 0) + 1
        return self._note(method, rng.choice(faults.kinds))

    def for_event(self) -> EventFault | None:
        """What becomes of the next event."""
        if self._planned_events:
            fault = self._planned_events.pop(0)
            return self._note("event", fault) if fault else None
        if self.calm:
            return None
        rng = self._dice("event")
        if rng.random() >= self.faults.events:
            return None
        return self._note("event", rng.choice(self.faults.event_kinds))

    def share(self, name: str) -> float:
        """A number from 0 to 1, of its own row."""
        return self._dice(name).random()

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.faults.seed}/{name}/{self._counter.next(name)}")

    def _note(self, name: str, fault: F) -> F:
        self.happened.append(f"{name}: {fault}")
        return fault
