"""Who takes part, and how people move towards the middle of the community and away from it.

Idea: Wenger-Trayner, "Levels of participation" (core, active, occasional, peripheral, transactional).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from bot.reports.material import Material, Post
from bot.reports.suppression import mask, of_people, publish, share, too_few
from bot.reports.week import Week, last_weeks

LEVELS = ("core", "active", "occasional", "peripheral", "transactional")
MEMBER_LEVELS = LEVELS[:4]
AWAY = "away"
"""Neither member nor contributor in those four weeks: where newcomers come from and leavers go."""

Posters = Mapping[str, Set[str]]
"""Per ISO week key: who posted in it."""


def posters_by_week(posts: Iterable[Post], weeks: Iterable[Week]) -> dict[str, frozenset[str]]:
    """Who wrote at least one post, for each of the weeks."""
    spans = [(week.start, week.end, week.key) for week in weeks]
    found: dict[str, set[str]] = {key: set() for _, _, key in spans}
    for post in sorted(posts, key=_at):
        while spans and post.at >= spans[0][1]:
            spans.pop(0)
        if spans and post.at >= spans[0][0]:
            found[spans[0][2]].add(post.person)
    return {key: frozenset(people) for key, people in found.items()}


def _at(post: Post) -> datetime:
    return post.at


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingMembers:
    """`posting` of `members` wrote at least one post in the week; None when that would speak of too few
    people."""

    posting: int | None
    members: int | None
    share: float | None


def posting_members(posters: Set[str], members: Set[str]) -> PostingMembers:
    """Posting members: people with ≥ 1 post in 7 days ÷ members. Outsiders who post do not count.

    Source: Slack analytics ("members who posted"). Both sides, posting and not, are people: see suppression.
    """
    part, rest = of_people(len(posters & members)), of_people(len(members - posters))
    shown = publish({"part": part, "rest": rest})
    return PostingMembers(
        posting=None if shown["part"] is None else len(posters & members),
        members=None if too_few(len(members)) else len(members),
        share=share(part, rest),
    )


def level(active_weeks: int, *, answered: bool, member: bool) -> str:
    """The level of one person over four weeks: core = active 4 of 4 and answers; active = 2–3 (or 4 without
    an answer); occasional = 1; peripheral = member, 0; transactional = contributor who is no member; away =
    none of these."""
    if not member:
        return "transactional" if active_weeks else AWAY
    if active_weeks == 4 and answered:
        return "core"
    return {0: "peripheral", 1: "occasional"}.get(active_weeks, "active")


def levels(posters: Posters, four: Iterable[Week], answerers: Set[str], members: Set[str]) -> dict[str, str]:
    """The level of everybody who is a member at the end of the `four` weeks or posted in them.

    answerers: who answered a question in those weeks.
    """
    active = Counter(person for week in four for person in posters[week.key])
    return {
        person: level(active[person], answered=person in answerers, member=person in members)
        for person in members | set(active)
    }


def answerers_between(material: Material, start: datetime, end: datetime) -> frozenset[str]:
    """Who answered a question from `start` up to `end`."""
    return frozenset(a.person for q in material.questions for a in q.answers if start <= a.at < end)


def levels_at(material: Material, posters: Posters, week: Week) -> dict[str, str]:
    """Everybody's level over the 28 days that end with `week`."""
    four = last_weeks(week, 4)
    answerers = answerers_between(material, four[0].start, week.end)
    return levels(posters, four, answerers, material.member_ids(week.end))


def mix(people: Mapping[str, str]) -> dict[str, int]:
    """How many people have each level; a level nobody has is 0."""
    counts = Counter(people.values())
    return {name: counts[name] for name in LEVELS}


def publish_mix(counts: Mapping[str, int]) -> dict[str, int | None]:
    """The mix as it may be shown: the four member levels add up to the known number of members."""
    cells = {name: of_people(count) for name, count in counts.items()}
    hidden = mask(cells, [MEMBER_LEVELS])
    if too_few(sum(counts[name] for name in MEMBER_LEVELS)):
        hidden = frozenset(counts)
    return {name: None if name in hidden else count for name, count in counts.items()}
