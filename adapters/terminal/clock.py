"""Time that can be moved on: patience and working hours pass at a wish."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Now in UTC, plus what was added. Only ever moves forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, span: timedelta) -> None:
        """Let time pass. A negative span changes nothing."""
        self._ahead += max(span, timedelta())
