"""Which open questions are due for a look: nobody answered within the patience, and the question may travel."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.anders.hours import Calendar, after_hours
from bot.anders.settings import AnderSettings
from bot.events import ChannelKind
from bot.model import Item, ItemKind, Status


class Look(StrEnum):
    """What to do with an open question now."""

    CHOOSE = "choose"
    """Look for an ander."""
    ASK_CONSENT = "ask_consent"
    """Ask the asker, privately and once, whether it may leave the channel."""
    WAIT = "wait"
    """Not yet: patience lasts, or the asker has not said."""
    LEAVE = "leave"
    """Never (again): clear Item.look_at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """What is known of whether a question may leave its channel.

    `consent_asked`: the asker was asked; `consent` what they said, None while they have not.
    """

    channel: ChannelKind
    consent_asked: bool = False
    consent: bool | None = None


def look_at(asked_at: datetime, calendar: Calendar, settings: AnderSettings) -> datetime:
    """When the patience of a question asked at `asked_at` runs out, by its community's `calendar`."""
    return after_hours(asked_at, settings.patience_hours, calendar)


def look(item: Item, travel: Travel, now: datetime, calendar: Calendar, settings: AnderSettings) -> Look:
    """What to do with `item` now. Direct messages are never read as practice; without a reply from the asker
    a private question stays where it is until it is too old."""
    if not _waits(item) or travel.channel is ChannelKind.DIRECT:
        return Look.LEAVE
    if now - item.at > timedelta(days=settings.oldest_days):
        return Look.LEAVE
    if now < look_at(item.at, calendar, settings):
        return Look.WAIT
    return _travels(travel)


def _waits(item: Item) -> bool:
    unanswered = item.status is Status.OPEN and item.first_reply_at is None
    return item.kind is ItemKind.QUESTION and unanswered and not item.hidden


def _travels(travel: Travel) -> Look:
    if travel.channel is ChannelKind.PUBLIC or travel.consent:
        return Look.CHOOSE
    if travel.consent is False:
        return Look.LEAVE
    return Look.WAIT if travel.consent_asked else Look.ASK_CONSENT
