"""`history`: a facilitator wants Ander to read back what was said in a channel before it came."""

import re
from datetime import datetime, timedelta

from babel.dates import format_date

from bot import notices
from bot.commands.asked import Asked, facilitated
from bot.commands.reply import Reply, say
from bot.locale import texts
from bot.model import Channel
from bot.outgoing import Audience, Outgoing, Target

_SPAN = re.compile(r"(\d{1,3})\s*(d|w|m|day|days|dag|dagen|week|weeks|weken|month|months|maand|maanden)")
_DAYS = {"d": 1, "w": 7, "m": 30}
_MOST_DAYS = 366


async def answer(asked: Asked) -> Reply:
    """Read back so far ("30d", "3 weken"). The channel is told, since everybody there is concerned. Raises NotAllowed
    when the person is no facilitator here."""
    await facilitated(asked)
    _ = texts(asked.lang).gettext
    channel = (await asked.tx.channels([asked.channel])).get(asked.channel)
    found = _SPAN.fullmatch(asked.words.strip().lower())
    days = int(found[1]) * _DAYS[found[2][0]] if found else 0
    if channel is None or channel.noticed_at is None or not 0 < days <= _MOST_DAYS:
        return say(asked.lang, _("How far back? Say it in the channel itself, like `history 30d`; a year at most."))
    since = asked.now - timedelta(days=days)
    await asked.tx.read_back(channel.id, since)
    await _tell_channel(asked, channel, since)
    return say(
        asked.lang,
        _("I read back to {day}; what I find is filed, and nobody is asked anything because of it.").format(
            day=_day(since, asked.lang)
        ),
    )


async def _tell_channel(asked: Asked, channel: Channel, since: datetime) -> None:
    lang = asked.community.lang if asked.community else asked.lang
    told = Outgoing(
        purpose="reading-back",
        target=Target(audience=Audience.CHANNEL, channel=channel.id),
        key=since.isoformat(),
        body=notices.reading_back(lang, by=asked.person.name, since=_day(since, lang)),
        due_at=asked.now,
    )
    await asked.tx.put_out([told])


def _day(moment: datetime, lang: str) -> str:
    return format_date(moment.date(), "d MMMM y", locale=lang)
