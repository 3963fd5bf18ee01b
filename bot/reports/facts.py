"""The material with what several metrics need from it, worked out once."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from bot.reports import movement, participation, risk
from bot.reports.invitations import people_are_new_enough, stepped_weeks
from bot.reports.material import HISTORY_WEEKS, InvitationRecord, Material, Post
from bot.reports.week import Week, last_weeks

SHOWN_WEEKS = 12
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """until: nothing at or after it counts. weeks, borders: the 12 weeks shown, oldest first, like posts.
    posters: per week key, for the whole history. levels: everybody's level at the end of each of the 12
    weeks. movement: of the last four weeks, as it may be shown."""

    material: Material
    until: datetime
    weeks: tuple[Week, ...]
    borders: tuple[tuple[datetime, datetime], ...]
    posts: tuple[Post, ...]
    posters: Mapping[str, frozenset[str]]
    members: frozenset[str]
    levels: tuple[Mapping[str, str], ...]
    movement: movement.Movement
    risks: tuple[risk.DomainRisk, ...]

    @classmethod
    def of(cls, material: Material, until: datetime) -> "Facts":
        weeks = last_weeks(material.week, SHOWN_WEEKS)
        posts = tuple(sorted((p for p in material.posts if p.at < until), key=attrgetter("at")))
        posters = participation.posters_by_week(posts, last_weeks(material.week, HISTORY_WEEKS + 1))
        levels = tuple(participation.levels_at(material, posters, week) for week in weeks)
        return cls(
            material=material,
            until=until,
            weeks=weeks,
            borders=tuple((w.start, min(w.end, until)) for w in weeks),
            posts=posts,
            posters=posters,
            members=material.member_ids(material.week.end),
            levels=levels,
            movement=movement.publish_movement(levels[-5], levels[-1]),
            risks=risk.risks(material.questions, weeks[0].start, until),
        )

    def posts_between(self, start: datetime, end: datetime) -> tuple[Post, ...]:
        """The posts from `start` up to `end`."""
        first, last = (bisect_left(self.posts, at, key=attrgetter("at")) for at in (start, end))
        return self.posts[first:last]

    def per_week(self, value: Callable[[datetime, datetime], _T]) -> tuple[_T, ...]:
        """`value(start, end)` for each of the 12 weeks."""
        return tuple(value(start, end) for start, end in self.borders)

    def per_four_weeks(self, value: Callable[[datetime, datetime], _T]) -> tuple[_T, ...]:
        """`value(start, end)` for the 28 days that end with each of the 12 weeks."""
        ends = [end for _, end in self.borders]
        return tuple(value(w.back(3).start, end) for w, end in zip(self.weeks, ends, strict=True))

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The 12 weeks as one."""
        return self.borders[0][0], self.until

    def invited(self) -> tuple[list[InvitationRecord], bool, datetime]:
        """The invitations of the stepped window, whether they may be spoken of, and the window's end."""
        weeks = stepped_weeks(self.material.week)
        start, end = weeks[0].start, weeks[-1].end
        sent = [i for i in self.material.invitations if start <= i.sent_at < end]
        return sent, people_are_new_enough([(i.person, i.sent_at) for i in sent], weeks), end
