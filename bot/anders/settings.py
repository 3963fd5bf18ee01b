"""Every number that steers who is asked, when and how often, with its default in one place."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True, kw_only=True)
class AnderSettings:
    """The defaults are hand-set from the sources named in docs/anders.md; none was learned from anybody's chat."""

    # evidence and relevance
    half_life_days: float = 180.0
    """After so many days a piece of evidence counts for half."""
    top: int = 5
    """How many pieces of evidence count per person, the best first …"""
    fade: float = 0.8
    """… each so much less than the one before it: five poor matches do not make a good one."""
    middle: float = 0.42
    """Cosine plus letter overlap at which evidence is as likely to touch the question as not …"""
    width: float = 0.05
    """… and how quickly that changes around it. Both belong to the default embedder: see docs/anders.md."""
    crowd: float = 0.04
    """What is added to `middle` each time the pieces of evidence, beyond a hundred, grow by the factor e: among many
    there is always one that is near by chance."""
    same_domain: float = 0.05
    """What being filed under the question's domain adds."""
    offer: float = 0.6
    """How well an offer for the question's domain matches."""
    least_match: float = 0.01
    floor: float = 0.27
    """Nobody is asked unless somebody matches this well: the best of a hundred unrelated sentences gets there
    once in twenty times."""
    least_touch: float = 0.14
    """Who stands beside such a somebody: unrelated sentences get there once in ten times."""

    # the other parts: each multiplies the relevance and lies between its `least` and 1
    distance_least: float = 0.7
    outcome_least: float = 0.7
    freshness_least: float = 0.8
    load_weight: float = 0.35
    """Each invitation of the last `load_weeks` divides the score once more by (1 + this)."""
    load_weeks: float = 4.0
    seen_days: float = 30.0
    """After so many days without a post somebody counts for half as likely to be around."""
    exploration: float = 0.15
    """How far a lucky draw can move a score; 0 means never."""

    # caps
    per_week: int = 2
    per_day: int = 1
    silence_weeks: float = 1.0
    """After the first *Not now*; doubles with each further one in a row."""
    silence_most_weeks: float = 26.0
    people: int = 1
    """How many anders one open question brings in at a time."""
    moment_people: int = 2
    wait_hours: float = 16.0
    """Working hours after which an invitation without a reply expires."""

    # rhythm
    patience_hours: float = 4.0
    """Working hours without a human reply after which an open question is looked at."""
    oldest_days: float = 14.0
    """Older open questions are left alone."""
    moment_weekday: int = 1
    """The day of the weekly ander moment: Monday is 0."""
    moment_at: time = time(10, 0)
    moment_least_replies: int = 3
    """A subject with fewer replies in the week is not lively enough to bring somebody in."""

    # working hours, where a person has not narrowed them
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    country: str | None = "NL"
    """Whose public holidays are kept, ISO 3166 ("NL", "BE"); None for no holidays."""
    timezone: str = "Europe/Amsterdam"
    """Where somebody works whose own zone is not known."""
