"""The demo's time: eight weeks in a minute."""

from datetime import datetime


class DemoClock:
    """Stands still until it is set; never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        """Move on to `moment`; an earlier one changes nothing."""
        self._now = max(self._now, moment)
