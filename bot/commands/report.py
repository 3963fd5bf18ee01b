"""`report`: the last weekly report of the facilitator's community."""

from bot.commands.asked import Asked, facilitated
from bot.commands.reply import Reply, say
from bot.locale import texts
from bot.quoting import name
from bot.reports import pages


async def answer(asked: Asked) -> Reply:
    """The newest page that was made. Raises NotAllowed when the person is no facilitator here."""
    community = await facilitated(asked)
    _ = texts(asked.lang).gettext
    _week, page = pages.newest(asked.world.config.data).get(community.id, ("", None))
    if page is None:
        moment = asked.world.config.section_of(community.id).report
        return say(asked.lang, _("There is no report yet; the first one comes at {moment}.").format(moment=moment))
    title = _("The newest report of {community}:").format(community=name(community.name))
    return say(asked.lang, title, *pages.files(page))
