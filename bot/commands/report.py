"""`report`: the last weekly report of the facilitator's community."""

from glob import escape
from pathlib import Path

from bot.commands.asked import Asked, facilitated
from bot.commands.reply import Reply, say
from bot.locale import texts
from bot.model import CommunityId
from bot.outgoing import File
from bot.quoting import name

_WEEK = "[0-9][0-9][0-9][0-9]-W[0-9][0-9]"


async def answer(asked: Asked) -> Reply:
    """The newest page that was made. Raises NotAllowed when the person is no facilitator here."""
    community = await facilitated(asked)
    _ = texts(asked.lang).gettext
    page = newest(asked.world.config.data, community.id)
    if page is None:
        moment = asked.world.config.section_of(community.id).report
        return say(asked.lang, _("There is no report yet; the first one comes at {moment}.").format(moment=moment))
    title = _("The newest report of {community}:").format(community=name(community.name))
    return say(asked.lang, title, File(path=str(page), name=page.name))


def newest(data: Path, community: CommunityId) -> Path | None:
    """The page of the latest week; they are named by community and ISO week."""
    return max((data / "reports").glob(f"{escape(community)}-{_WEEK}.html"), default=None)
