"""How people move towards the middle of the community and away from it, and how much of that may be shown."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from bot.reports.participation import AWAY, LEVELS, MEMBER_LEVELS, mix, publish_mix
from bot.reports.suppression import mask, of_people, too_few

MOVES = ("inward", "outward", "steady", "joined", "left")
_DEPTH = {level: depth for depth, level in enumerate(reversed(MEMBER_LEVELS))}

Flow = tuple[str, str]
"""From which level to which."""


def flows(before: Mapping[str, str], now: Mapping[str, str]) -> dict[Flow, int]:
    """How many people went from which level to which; somebody in one of the two only comes from, or goes,
    AWAY.

    before, now: person → level, four weeks apart. Every pair of levels is there, with 0 when nobody went that
    way.
    """
    counts = Counter((before.get(p, AWAY), now.get(p, AWAY)) for p in before.keys() | now.keys())
    everywhere = product((*LEVELS, AWAY), (*LEVELS, AWAY))
    return {flow: counts[flow] for flow in everywhere if flow != (AWAY, AWAY)}


def movement(found: Mapping[Flow, int]) -> dict[str, int]:
    """The flows summed up: inward (towards the core), outward, steady, joined (became a member), left."""
    sums = Counter[str]()
    for flow, count in found.items():
        sums[_move(flow)] += count
    return {name: sums[name] for name in MOVES}


def _move(flow: Flow) -> str:
    old, new = flow
    if old in _DEPTH and new in _DEPTH:
        return "steady" if old == new else ("inward" if _DEPTH[new] > _DEPTH[old] else "outward")
    return "joined" if new in _DEPTH else ("left" if old in _DEPTH else "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What may be shown of two mixes and of the movement between them; None is masked. flows: empty when too
    little of them would be left."""

    before: Mapping[str, int | None]
    now: Mapping[str, int | None]
    moves: Mapping[str, int | None]
    flows: Mapping[Flow, int | None]


def publish_movement(before: Mapping[str, str], now: Mapping[str, str]) -> Movement:
    """Mask two mixes and the movement between them. The mixes go first, since a reader needs them most; the
    sums of moves next; the single flows last, and not at all when they would give one of the others away.

    before, now: person → level, four weeks apart.
    """
    found = flows(before, now)
    mixes = publish_mix(mix(before)), publish_mix(mix(now))
    moves = _publish_moves(movement(found))
    if any(too_few(sum(mix(levels)[name] for name in MEMBER_LEVELS)) for levels in (before, now)):
        return Movement(before=mixes[0], now=mixes[1], moves=dict.fromkeys(MOVES), flows={})
    return Movement(before=mixes[0], now=mixes[1], moves=moves, flows=_publish_flows(found, *mixes, moves))


def _publish_moves(moves: Mapping[str, int]) -> dict[str, int | None]:
    """Both numbers of members are known: who stayed or left add up to the old one, who stayed or joined to
    the new one, and joined minus left is their difference."""
    stayed = ["inward", "outward", "steady"]
    lines = [[*stayed, "left"], [*stayed, "joined"], ["joined", "left"]]
    hidden = mask({name: of_people(count) for name, count in moves.items()}, lines)
    return {name: None if name in hidden else count for name, count in moves.items()}


def _publish_flows(
    found: Mapping[Flow, int],
    before: Mapping[str, int | None],
    now: Mapping[str, int | None],
    moves: Mapping[str, int | None],
) -> dict[Flow, int | None]:
    sums = _sums(found)
    hidden = mask({flow: of_people(count) for flow, count in found.items()}, sums.values())
    totals = {("before", k): n for k, n in before.items()} | {("now", k): n for k, n in now.items()}
    totals |= {("move", k): n for k, n in moves.items()}
    given_away = [key for key, n in totals.items() if n is None and hidden.isdisjoint(sums[key])]
    return {} if given_away else {flow: None if flow in hidden else n for flow, n in found.items()}


def _sums(found: Mapping[Flow, int]) -> dict[tuple[str, str], list[Flow]]:
    """Which flows add up to which published number. Nobody knows how many are AWAY."""
    sums = defaultdict[tuple[str, str], list[Flow]](list)
    for flow in found:
        for key in (("before", flow[0]), ("now", flow[1]), ("move", _move(flow))):
            sums[key].append(flow)
    unknown = {("before", AWAY), ("now", AWAY), ("move", "none")}
    return {key: parts for key, parts in sums.items() if key not in unknown}
