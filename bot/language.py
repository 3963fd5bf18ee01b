"""In which language Ander speaks to somebody."""

from bot.locale import LANGUAGES
from bot.model import Community, Person


def language(person: Person | None, community: Community | None) -> str:
    """The person's own language when Ander speaks it, else their community's, else English."""
    own = (person.lang or "")[:2].lower() if person else ""
    if own in LANGUAGES:
        return own
    return community.lang if community and community.lang in LANGUAGES else "en"
