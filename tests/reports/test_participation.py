"""Posting members, the participation mix and the flows, on people one can count."""

import pytest

from bot.reports.material import AnswerRecord, Material, Membership, Post, QuestionRecord
from bot.reports.participation import (
    AWAY,
    level,
    levels_at,
    mix,
    posters_by_week,
    posting_members,
    publish_mix,
)
from bot.reports.week import last_weeks
from tests.reports.moments import WEEK, ZONE, at


def people(prefix: str, count: int) -> frozenset[str]:
    return frozenset(f"{prefix}{n}" for n in range(count))


def test_posting_members_are_members_who_posted_divided_by_members() -> None:
    # 12 members, 6 of whom posted, and 2 outsiders who do not count: 6 ÷ 12.
    members = people("m", 12)
    posters = people("m", 6) | people("guest", 2)
    found = posting_members(posters, members)
    assert (found.posting, found.members, found.share) == (6, 12, 0.5)


def test_posting_members_are_masked_when_fewer_than_five_did_or_did_not() -> None:
    assert posting_members(people("m", 3), people("m", 12)).share is None
    assert posting_members(people("m", 9), people("m", 12)).share is None  # three did not
    assert posting_members(people("m", 12), people("m", 12)).share == 1
    assert posting_members(frozenset(), people("m", 12)).share == 0


@pytest.mark.parametrize(
    ("weeks", "answered", "member", "expected"),
    [
        (4, True, True, "core"),
        (4, False, True, "active"),
        (3, True, True, "active"),
        (2, False, True, "active"),
        (1, True, True, "occasional"),
        (0, False, True, "peripheral"),
        (1, False, False, "transactional"),
        (4, True, False, "transactional"),
        (0, False, False, AWAY),
    ],
)
def test_levels_of_participation(weeks: int, answered: bool, member: bool, expected: str) -> None:
    assert level(weeks, answered=answered, member=member) == expected


def test_posters_are_told_apart_by_week_in_the_zone_of_the_community() -> None:
    posts = [
        Post(person="b", at=WEEK.start),
        Post(person="a", at=WEEK.start.replace(minute=0) - (WEEK.end - WEEK.start) / 1000),
        Post(person="c", at=WEEK.end),
    ]
    found = posters_by_week(posts, last_weeks(WEEK, 2))
    assert found == {WEEK.back(1).key: {"a"}, WEEK.key: {"b"}}


def test_levels_at_the_end_of_four_weeks() -> None:
    # | who   | weeks with a post (3 = oldest … 0) | answered | member        | level         |
    # | cora  | 3 2 1 0                            | yes      | yes           | core          |
    # | ad    | 2 0                                | no       | yes           | active        |
    # | olga  | 1                                  | no       | yes           | occasional    |
    # | per   | (one post five weeks ago)          | no       | yes           | peripheral    |
    # | tom   | 0                                  | no       | no            | transactional |
    # | leo   | 2                                  | no       | left Wednesday| transactional |
    active = {"cora": [3, 2, 1, 0], "ad": [2, 0], "olga": [1], "per": [4], "tom": [0], "leo": [2]}
    posts = tuple(Post(person=p, at=at(2, weeks_ago=w)) for p, weeks in active.items() for w in weeks)
    answer = AnswerRecord(person="cora", at=at(3))
    members = [Membership(person=p) for p in ("cora", "ad", "olga", "per")]
    material = Material(
        community="c",
        name="C",
        timezone=ZONE,
        lang="en",
        week=WEEK,
        members=(*members, Membership(person="leo", left_at=at(3))),
        posts=posts,
        questions=(QuestionRecord(id="q", person="ad", at=at(2), answers=(answer,)),),
    )
    found = levels_at(material, posters_by_week(posts, last_weeks(WEEK, 6)), WEEK)
    assert found == {
        "cora": "core",
        "ad": "active",
        "olga": "occasional",
        "per": "peripheral",
        "tom": "transactional",
        "leo": "transactional",
    }
    assert mix(found) == {"core": 1, "active": 1, "occasional": 1, "peripheral": 1, "transactional": 2}


def test_the_mix_is_masked_below_five_and_not_given_away_by_the_total() -> None:
    # 20 members: 3 are core. Were only those masked, 20 - 6 - 5 - 6 would bring them back.
    found = publish_mix({"core": 3, "active": 6, "occasional": 5, "peripheral": 6, "transactional": 2})
    assert found == {"core": None, "active": None, "occasional": 5, "peripheral": 6, "transactional": None}
