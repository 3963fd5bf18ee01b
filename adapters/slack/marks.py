"""How far a channel was read: kept on disk as the reading goes, so that one that is broken off goes on where it was."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from bot.events import ChannelId
from bot.ports import Listener


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Everything before `heard` was taken in. `reading`: when a reading of what came since was begun that did not end;
    it got through the messages up to `through` (Slack's time stamp), with their threads."""

    heard: datetime
    reading: datetime | None = None
    through: str = ""

    def begin(self, now: datetime) -> "Mark":
        """A reading begins."""
        return replace(self, reading=now, through="")

    def end(self) -> "Mark":
        """It ended: what stood there when it was begun is taken in."""
        return Mark(heard=self.reading or self.heard)

    async def keep(self, listener: Listener, channel: ChannelId, *, through: str | None = None) -> "Mark":
        """Put it on disk, moved on to `through`."""
        kept = self if through is None else replace(self, through=through or self.through)
        await listener.keep_bookmark(_name(channel), _marks.dump_json(kept, exclude_defaults=True).decode())
        return kept


_marks = TypeAdapter(Mark)


async def mark_of(listener: Listener, channel: ChannelId) -> Mark | None:
    """Where the reading of a channel stands; None when it was never read."""
    kept = await listener.bookmark(_name(channel))
    try:
        return _marks.validate_json(kept) if kept else None
    except ValidationError:
        return None


def _name(channel: ChannelId) -> str:
    return f"read:{channel}"
