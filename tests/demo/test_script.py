"""The invented organisation keeps its own rules."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.demo.script import Called, Marked, Said, channel_id, load_script, recent_start, said
from bot.events import ChannelKind

SCRIPT = load_script()


def test_it_is_about_as_long_as_promised() -> None:
    assert 450 <= len(said(SCRIPT)) <= 560
    first, last = SCRIPT.lines[0][0], SCRIPT.lines[-1][0]
    assert 53 <= (last - first).days <= 56


def test_everybody_speaks_where_they_are() -> None:
    invited = {(cue.person, "zorg-praktijk") for cue in SCRIPT.cues}
    for one in said(SCRIPT):
        assert channel_id(one.channel) in SCRIPT.people[one.by].channels or (one.by, one.channel) in invited


def test_threads_begin_before_their_replies_and_stay_in_their_channel() -> None:
    seen: dict[str, str] = {}
    for one in said(SCRIPT):
        assert one.name not in seen
        assert one.root is None or seen[one.root] == one.channel
        seen[one.name] = one.channel
    marked = [what for _, what in SCRIPT.lines if isinstance(what, Marked)]
    assert all(mark.name in seen for mark in marked)


def test_it_has_what_the_story_needs() -> None:
    assert len(SCRIPT.communities) == 3
    assert ChannelKind.PRIVATE in SCRIPT.channels.values()
    assert any(member.guest for member in SCRIPT.people.values())
    assert {member.lang for member in SCRIPT.people.values()} == {"nl", "en"}
    assert len({member.timezone for member in SCRIPT.people.values()}) > 2
    assert any(isinstance(what, Called) for _, what in SCRIPT.lines)
    assert any(isinstance(what, Said) and what.root is None for _, what in SCRIPT.lines)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_the_weeks_are_just_over(now: datetime) -> None:
    starts = recent_start(now)
    script = load_script(starts)
    assert starts.weekday() == 0
    assert script.ends <= now < script.ends + timedelta(days=8)
