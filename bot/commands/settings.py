"""`settings`: what holds for a community. A facilitator sees it; language and zone can be changed here."""

from dataclasses import replace
from zoneinfo import available_timezones

from bot.commands.asked import Asked, facilitated
from bot.commands.reply import Reply, say
from bot.locale import texts
from bot.model import Community
from bot.outgoing import Heading
from bot.quoting import name

_LANGUAGES = {"nl": "nl", "nederlands": "nl", "dutch": "nl", "en": "en", "english": "en", "engels": "en"}


async def answer(asked: Asked) -> Reply:
    """Show, or change one. Raises NotAllowed when the person is no facilitator here."""
    community = await facilitated(asked)
    what, _space, value = asked.words.strip().partition(" ")
    match what.lower():
        case "language" | "lang" | "taal":
            return await _change(asked, community, lang=_LANGUAGES.get(value.strip().lower()))
        case "timezone" | "zone" | "tijdzone":
            return await _change(asked, community, timezone=_zone(value.strip()))
        case _:
            return _show(asked, community)


def _zone(text: str) -> str | None:
    return {zone.lower(): zone for zone in available_timezones()}.get(text.lower())


async def _change(asked: Asked, community: Community, *, lang: str | None = None, timezone: str | None = None) -> Reply:
    _ = texts(asked.lang).gettext
    if community.id in asked.world.config.communities:
        return say(asked.lang, _("These are set in the configuration file; your administrator can change them."))
    if lang is None and timezone is None:
        return say(asked.lang, _("Like `settings language nl` or `settings timezone Europe/Amsterdam`."))
    changed = replace(community, lang=lang or community.lang, timezone=timezone or community.timezone)
    await asked.tx.put_communities([changed])
    return _show(asked, changed)


def _show(asked: Asked, community: Community) -> Reply:
    _ = texts(asked.lang).gettext
    section, anders = asked.world.config.section_of(community.id), asked.world.config.anders
    retention = asked.world.config.privacy.retention_days
    lines = [
        _("• language: {lang}, time zone: {zone}").format(lang=community.lang, zone=community.timezone),
        _("• the report comes: {moment}").format(moment=section.report),
        _("• the ander moment: {moment}").format(moment=section.moment),
        _("• an open question waits {hours} working hours before I look around").format(
            hours=f"{anders.patience_hours:g}"
        ),
        _("• nobody is asked more than {day} a day and {week} a week").format(day=anders.per_day, week=anders.per_week),
        _("• messages are kept {days} days").format(days=retention) if retention else _("• messages are kept"),
    ]
    return say(asked.lang, Heading(text=name(community.name)), "\n".join(lines))
