"""Numbers, moments and durations the way a reader says them, in Dutch or English."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from bot.locale import texts
from bot.reports.report import HOURS, INDEX, PEOPLE, SHARE
from bot.reports.week import Week


class Words:
    """The language of one report. `_` and `count` are gettext and ngettext with `{n}` filled in."""

    def __init__(self, lang: str, zone: str) -> None:
        """lang: "nl", anything else is English. zone: in which moments are told."""
        self.lang = "nl" if lang == "nl" else "en"
        self._locale = {"nl": "nl_NL", "en": "en_GB"}[self.lang]
        self._zone = ZoneInfo(zone)
        self._: Callable[[str], str] = texts(self.lang).gettext

    def count(self, one: str, many: str, n: int) -> str:
        """The right plural with its number, such as "3 questions"."""
        return texts(self.lang).ngettext(one, many, n).format(n=self.number(n))

    def number(self, value: float, digits: int = 0) -> str:
        return format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=self._locale)

    def signed(self, value: float) -> str:
        """An index with its sign and a true minus: +0.12, −0.30."""
        return ("+" if value >= 0 else "−") + self.number(abs(value), 2)

    def share(self, value: float) -> str:
        return format_percent(value, format="#,##0%", locale=self._locale)

    def hours(self, value: float) -> str:
        """A duration in its natural unit: minutes, hours up to two days, else days."""
        if value < 1:
            return self.count("{n} minute", "{n} minutes", max(1, round(value * 60)))
        if value < 48:
            return self.count("{n} hour", "{n} hours", round(value))
        return self.count("{n} day", "{n} days", round(value / 24))

    def day(self, at: date) -> str:
        """Like "5 okt." in Dutch or "5 Oct" in English; a moment is told in the zone of the community."""
        local = at.astimezone(self._zone).date() if isinstance(at, datetime) else at
        return format_date(local, format="d MMM", locale=self._locale).rstrip(".")

    def monday(self, key: str) -> str:
        """The day on which an ISO week such as "2026-W41" begins."""
        return self.day(Week.parse(key, "UTC").monday)

    def value(self, value: float, unit: str) -> str:
        """A figure in its unit."""
        if unit == SHARE:
            return self.share(value)
        if unit == HOURS:
            return self.hours(value)
        if unit == PEOPLE:
            return self.count("{n} person", "{n} people", round(value))
        return self.signed(value) if unit == INDEX else self.number(value, 0 if value == round(value) else 1)
