"""The weekly ander moment, and the patience with open questions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.anders.choose import Candidate, Choice, Parts, Ranked
from bot.anders.hours import calendar
from bot.anders.moment import Talk, due_period, liveliest, period, pick
from bot.anders.patience import Look, Travel, look, look_at
from bot.anders.settings import AnderSettings
from bot.events import ChannelId, ChannelKind, MessageId, PersonId, WorkspaceId
from bot.model import CommunityId, DomainKey, Item, ItemKind, Person, Ref, Status

SETTINGS = AnderSettings()
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CALENDAR = calendar("Europe/Amsterdam", SETTINGS)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
VECTORS = np.array([[1, 0], [0.6, 0.8], [0.4, 0.9165], [0, 1]], dtype=np.float32)


def talk(name: str, row: int, replies: int, people: int, **more: object) -> Talk:
    return Talk(
        ref=Ref(ChannelId("t:c"), MessageId(name)),
        at=MONDAY,
        people=frozenset(PersonId(f"p{n}") for n in range(people)),
        replies=replies,
        row=row,
        **more,  # type: ignore[arg-type] # a test's shorthand
    )


def test_many_people_are_livelier_than_many_words() -> None:
    quarrel, exchange = talk("quarrel", 0, 20, 2), talk("exchange", 3, 9, 6)
    subject = liveliest([quarrel, exchange], VECTORS, SETTINGS)
    assert subject is not None
    assert subject.centre is exchange


def test_talks_about_one_thing_add_up() -> None:
    alone, one, other = talk("alone", 3, 6, 4), talk("one", 0, 3, 3), talk("other", 1, 3, 3)
    subject = liveliest([alone, one, other], np.eye(4, dtype=np.float32)[[0, 0, 1, 2]], SETTINGS)
    assert subject is not None
    assert {t.ref.id for t in subject.talks} == {"one", "other"}


def test_one_domain_lowers_the_bar_for_one_subject() -> None:
    talks = [talk("a", 0, 3, 3), talk("b", 2, 3, 3)]
    apart = liveliest(talks, VECTORS, SETTINGS)
    filed = liveliest([replace(t, domain=DomainKey("d")) for t in talks], VECTORS, SETTINGS)
    assert apart is not None
    assert filed is not None
    assert (len(apart.talks), len(filed.talks)) == (1, 2)


def test_an_open_conversation_stands_for_its_subject() -> None:
    subject = liveliest([talk("closed", 0, 9, 5), talk("open", 0, 2, 2, open=True)], VECTORS, SETTINGS)
    assert subject is not None
    assert subject.centre.ref.id == "open"


def test_a_quiet_week_has_no_moment() -> None:
    assert liveliest([talk("a", 0, 1, 2), talk("b", 3, 2, 2)], VECTORS, SETTINGS) is None
    assert liveliest([], VECTORS, SETTINGS) is None


@pytest.mark.parametrize(
    ("now", "week"),
    [
        ("2026-11-24T08:59:59+00:00", "2026-W47"),  # Tuesday, a second to ten in Amsterdam
        ("2026-11-24T09:00:00+00:00", "2026-W48"),
        ("2026-11-30T12:00:00+00:00", "2026-W48"),
        ("2027-01-04T12:00:00+00:00", "2026-W53"),
        ("2026-03-31T08:00:00+00:00", "2026-W14"),  # summer time since Sunday
    ],
)
def test_the_latest_week_whose_moment_has_come(now: str, week: str) -> None:
    assert due_period(datetime.fromisoformat(now), AMSTERDAM, SETTINGS) == week


def test_a_week_belongs_to_the_communitys_own_zone() -> None:
    night = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert period(night, AMSTERDAM) == "2026-W49"
    assert period(night, ZoneInfo("America/New_York")) == "2026-W48"


@given(
    st.datetimes(datetime(2018, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["Europe/Amsterdam", "Pacific/Apia", "America/St_Johns", "Asia/Kolkata"]),
    st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=30),
)
def test_each_week_falls_due_once_and_never_backwards(now: datetime, zone: str, steps: list[timedelta]) -> None:
    seen = [due_period(now, ZoneInfo(zone), SETTINGS)]
    for step in steps:
        now += step
        seen.append(due_period(now, ZoneInfo(zone), SETTINGS))
    assert seen == sorted(seen)


def _ranked(name: str) -> Ranked:
    parts = Parts(relevance=1, distance=1, outcome=1, load=1, freshness=1, exploration=1)
    return Ranked(person=PersonId(name), score=1.0, parts=parts, why=(), moment=MONDAY)


def test_two_people_come_from_two_communities_where_it_can_be() -> None:
    homes = {"a": "x", "b": "x", "c": "y"}
    candidates = [
        Candidate(
            person=Person(id=PersonId(p), workspace=WorkspaceId("t"), name=p),
            communities=frozenset({CommunityId(home)}),
        )
        for p, home in homes.items()
    ]
    choice = Choice(ranked=tuple(map(_ranked, "abc")))
    assert [r.person for r in pick(choice, candidates, 2)] == ["a", "c"]
    assert [r.person for r in pick(choice, candidates, 3)] == ["a", "c", "b"]
    assert pick(Choice(), candidates, 2) == ()


def question(**more: object) -> Item:
    item = Item(
        ref=Ref(ChannelId("t:c"), MessageId("q")),
        kind=ItemKind.QUESTION,
        author=PersonId("kees"),
        at=MONDAY,
        text="",
        lang="nl",
        community=CommunityId("c"),
    )
    return replace(item, **more)  # type: ignore[arg-type] # a test's shorthand


PUBLIC = Travel(channel=ChannelKind.PUBLIC)
PRIVATE = Travel(channel=ChannelKind.PRIVATE)
LATER = MONDAY + timedelta(hours=5)


@pytest.mark.parametrize(
    ("item", "travel", "now", "then"),
    [
        (question(), PUBLIC, LATER, Look.CHOOSE),
        (question(), PUBLIC, MONDAY + timedelta(hours=3.9), Look.WAIT),
        (question(), PUBLIC, MONDAY + timedelta(days=14, seconds=1), Look.LEAVE),
        (question(status=Status.ANSWERED), PUBLIC, LATER, Look.LEAVE),
        (question(status=Status.RESOLVED), PUBLIC, LATER, Look.LEAVE),
        (question(first_reply_at=LATER), PUBLIC, LATER, Look.LEAVE),
        (question(hidden=True), PUBLIC, LATER, Look.LEAVE),
        (question(kind=ItemKind.KNOW_HOW), PUBLIC, LATER, Look.LEAVE),
        (question(), PRIVATE, LATER, Look.ASK_CONSENT),
        (question(), replace(PRIVATE, consent_asked=True), LATER, Look.WAIT),
        (question(), replace(PRIVATE, consent_asked=True, consent=True), LATER, Look.CHOOSE),
        (question(), replace(PRIVATE, consent_asked=True, consent=False), LATER, Look.LEAVE),
        (question(), Travel(channel=ChannelKind.DIRECT, consent=True), LATER, Look.LEAVE),
    ],
)
def test_what_to_do_with_an_open_question(item: Item, travel: Travel, now: datetime, then: Look) -> None:
    assert look(item, travel, now, CALENDAR, SETTINGS) is then


def test_patience_is_counted_in_working_hours() -> None:
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)  # 16:00 in Amsterdam
    assert look_at(friday, CALENDAR, SETTINGS) == datetime(2026, 11, 23, 11, tzinfo=UTC)
