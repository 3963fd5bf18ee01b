"""How long the fake waits, in real seconds. The clock of the messages is another matter and passed in by itself."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Slack's own figures by default. `ack`: how long an acknowledgement is waited for; `retries`: the waits before
    an event is delivered again (at once, after one minute, after five); `late`: how long a late answer takes;
    `warning`: between a warning and the end of a socket; `silence`: how long a hung request stays open."""

    ack: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    late: float = 2.0
    warning: float = 10.0
    silence: float = 30.0

    def faster(self, times: float) -> Self:
        """Everything so many times as fast."""
        return type(self)(
            ack=self.ack / times,
            retries=tuple(wait / times for wait in self.retries),
            late=self.late / times,
            warning=self.warning / times,
            silence=self.silence / times,
        )
