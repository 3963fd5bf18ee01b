"""Flows between the levels, their sums, and that together they give nobody away."""

from hypothesis import given
from hypothesis import strategies as st

from bot.reports.movement import flows, movement, publish_movement
from bot.reports.participation import AWAY, LEVELS


def test_flows_and_movement_since_last_month() -> None:
    before = {
        "a": "peripheral",
        "b": "core",
        "c": "active",
        "d": "active",
        "e": "occasional",
        "t": "transactional",
    }
    now = {"a": "active", "b": "active", "c": "active", "f": "occasional", "e": "core", "t": "core"}
    seen = {flow: count for flow, count in flows(before, now).items() if count}
    assert seen == {
        ("peripheral", "active"): 1,  # a: inward
        ("core", "active"): 1,  # b: outward
        ("active", "active"): 1,  # c: steady
        ("active", AWAY): 1,  # d: left
        (AWAY, "occasional"): 1,  # f: joined
        ("occasional", "core"): 1,  # e: inward
        ("transactional", "core"): 1,  # t: became a member
    }
    assert movement(flows(before, now)) == {"inward": 2, "outward": 1, "steady": 1, "joined": 2, "left": 1}


def levels(**counts: int) -> list[str]:
    return [name for name, count in counts.items() for _ in range(count)]


def test_a_small_move_takes_others_with_it_that_would_give_it_away() -> None:
    # 40 members, then 38: nobody joined, so 2 left; joined and left both hide, or 40 - 38 would tell.
    before = dict(enumerate(levels(core=10, active=10, peripheral=20)))
    now = dict(enumerate(levels(core=10, active=10, peripheral=18)))
    shown = publish_movement({str(k): v for k, v in before.items()}, {str(k): v for k, v in now.items()})
    assert shown.moves["joined"] is None
    assert shown.moves["left"] is None
    assert list(shown.moves.values()).count(None) >= 3  # steady + left = 40 would tell as well


def test_the_mix_is_not_hidden_for_the_sake_of_the_flows() -> None:
    before = {str(n): level for n, level in enumerate(levels(core=8, active=12, occasional=10, peripheral=10))}
    now = before | {"0": "active", "39": "occasional"}
    shown = publish_movement(before, now)
    assert dict(shown.now) == {"core": 7, "active": 13, "occasional": 11, "peripheral": 9, "transactional": 0}


LEVEL = st.sampled_from([*LEVELS, AWAY])


@given(st.lists(st.tuples(LEVEL, LEVEL), max_size=60))
def test_mixes_and_flows_together_never_leave_one_masked_number_in_a_sum(pairs: list[tuple[str, str]]) -> None:
    before = {str(i): old for i, (old, _) in enumerate(pairs) if old != AWAY}
    now = {str(i): new for i, (_, new) in enumerate(pairs) if new != AWAY}
    shown = publish_movement(before, now)
    counts = [n for table in (shown.before, shown.now, shown.flows, shown.moves) for n in table.values()]
    assert all(n is None or n == 0 or n >= 5 for n in counts)
    for name in LEVELS if shown.flows else ():
        into = [n for (_, new), n in shown.flows.items() if new == name]
        out = [n for (old, _), n in shown.flows.items() if old == name]
        assert [shown.now[name], *into].count(None) != 1
        assert [shown.before[name], *out].count(None) != 1
    stayed = [shown.moves[name] for name in ("inward", "outward", "steady")]
    assert [*stayed, shown.moves["left"]].count(None) != 1
    assert [*stayed, shown.moves["joined"]].count(None) != 1
    assert (shown.moves["joined"] is None) == (shown.moves["left"] is None)
    for table in (shown.before, shown.now):
        assert [table[name] for name in LEVELS[:4]].count(None) != 1
