"""Choosing the ander: from outside, explained, fair, and nobody rather than anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from bot.anders.choose import Asked, Candidate, Choice, choose
from bot.anders.distance import Footprint, Group, benefit, distances, social
from bot.anders.evidence import Evidence, EvidenceIndex
from bot.anders.fatigue import Refusal
from bot.anders.invitation import State
from bot.anders.settings import AnderSettings
from bot.events import ChannelId, MessageId, PersonId, WorkspaceId
from bot.model import CommunityId, EvidenceKind, InvitationRow, Person, Ref

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SETTINGS = AnderSettings()
SUBJECT = np.array([1, 0, 0], dtype=np.float32)
VECTORS = np.eye(3, dtype=np.float32)
CARE, DESK = CommunityId("zorg"), CommunityId("balie")
QUESTION = Ref(ChannelId("t:balie"), MessageId("q"))


def wrote(person: str, row: int, *, days: float = 10, name: str | None = None) -> Evidence:
    return Evidence(
        person=PersonId(person),
        kind=EvidenceKind.ANSWER,
        at=NOW - timedelta(days=days),
        item=Ref(ChannelId("t:zorg"), MessageId(name or f"{person}-{row}")),
        own=row,
    )


def candidate(name: str, community: CommunityId = CARE, **person: object) -> Candidate:
    made = Person(id=PersonId(name), workspace=WorkspaceId("t"), name=name, timezone="Europe/Amsterdam")
    return Candidate(
        person=replace(made, **person),  # type: ignore[arg-type] # a test's shorthand
        communities=frozenset({community}),
        last_seen=NOW - timedelta(days=1),
    )


ASKED = Asked(
    question=QUESTION,
    community=DESK,
    at=NOW,
    text="",
    vector=SUBJECT,
    group=Group(people=frozenset({PersonId("kees")}), channels=frozenset({ChannelId("t:balie")})),
    present=frozenset({PersonId("asker")}),
)


def among(*candidates: Candidate, evidence: list[Evidence] | None = None, **more: object) -> Choice:
    index = EvidenceIndex(evidence or [wrote(c.person.id, 0) for c in candidates], VECTORS)
    return choose(ASKED, candidates, index, SETTINGS, now=NOW, **more)  # type: ignore[arg-type]


def names(choice: Choice) -> list[str]:
    return [r.person for r in choice.ranked]


def invited(person: str, state: State, *, days: float, question: str = "old", name: str = "") -> InvitationRow:
    at = NOW - timedelta(days=days)
    took_part = state in (State.ACCEPTED, State.ANSWERED, State.HELPFUL)
    return InvitationRow(
        id=f"{person}-{days}",  # type: ignore[arg-type] # any text will do
        question=Ref(ChannelId("t:x"), MessageId(question)),
        person=PersonId(person),
        community=DESK,
        state=state,
        due_at=at,
        until=at,
        sent_at=at,
        accepted_at=at if took_part else None,
        closed_at=at,
        evidence=(Ref(ChannelId("t:zorg"), MessageId(name)),) if name else (),
    )


def test_only_people_from_outside_and_not_in_the_conversation() -> None:
    everybody = [candidate("eva"), candidate("kees"), candidate("rik", DESK), candidate("asker")]
    assert names(among(*everybody)) == ["eva"]


def denied(one: Candidate, what: str) -> Candidate:
    flags: dict[str, Any] = {what: True}
    return replace(one, person=replace(one.person, **flags))


@pytest.mark.parametrize("what", ["guest", "external", "automatic"])
def test_no_guests_externals_or_bots(what: str) -> None:
    gast = candidate("gast")
    choice = among(candidate("eva"), denied(gast, what))
    assert names(choice) == ["eva"]
    assert choice.refused == {"gast": Refusal.NO_MEMBER}


def test_nobody_rather_than_anybody() -> None:
    people = [candidate("eva"), candidate("jan")]
    assert names(among(*people, evidence=[wrote("eva", 1), wrote("jan", 2)])) == []


def test_old_evidence_ranks_lower_but_still_counts() -> None:
    evidence = [wrote("eva", 0, days=700), wrote("jan", 0, days=7)]
    assert names(among(candidate("eva"), candidate("jan"), evidence=evidence)) == ["jan", "eva"]


def test_what_the_reader_may_not_see_chooses_nobody() -> None:
    secret = wrote("eva", 0, name="secret")
    evidence = [secret, wrote("jan", 0)]
    choice = among(candidate("eva"), candidate("jan"), evidence=evidence, may_show=lambda item: item != secret.item)
    assert names(choice) == ["jan"]
    assert choice.ranked[0].evidence == (evidence[1].item,)


def test_not_my_field_takes_that_evidence_away() -> None:
    eva = candidate("eva")
    history = (invited("eva", State.NOT_MY_FIELD, days=90, name="eva-0"),)
    assert names(among(replace(eva, history=history))) == []
    assert names(among(replace(eva, history=history), evidence=[wrote("eva", 0, name="other")])) == ["eva"]


def test_who_was_asked_lately_makes_room_for_others() -> None:
    asked = replace(candidate("eva"), history=(invited("eva", State.EXPIRED, days=9),))
    assert names(among(asked, candidate("jan"))) == ["jan", "eva"]


def test_who_helped_before_comes_first() -> None:
    helped = replace(candidate("jan"), history=(invited("jan", State.HELPFUL, days=200),))
    assert names(among(candidate("eva"), helped)) == ["jan", "eva"]


def test_who_is_not_seen_any_more_comes_last() -> None:
    away = replace(candidate("eva"), last_seen=NOW - timedelta(days=120))
    assert names(among(away, candidate("jan"))) == ["jan", "eva"]


def test_a_cap_refuses_and_says_so() -> None:
    full = replace(candidate("eva"), history=(invited("eva", State.SENT, days=0),))
    assert among(full).refused == {"eva": Refusal.DAY_FULL}


def test_an_impossible_zone_costs_nobody_else_their_turn() -> None:
    choice = among(candidate("eva", timezone="Mars/Phobos"), candidate("jan"))
    assert names(choice) == ["jan"]
    assert choice.refused == {"eva": Refusal.NO_HOURS}


def test_the_moment_is_theirs() -> None:
    choice = among(candidate("eva", timezone="America/New_York"))
    assert choice.ranked[0].moment == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_without_luck_the_same_every_time_and_with_it_by_the_seed() -> None:
    people = [candidate(f"p{n}") for n in range(6)]
    assert among(*people) == among(*people)
    drawn = [names(among(*people, rng=np.random.default_rng(seed))) for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({tuple(order) for order in drawn}) > 2


def test_luck_never_brings_in_somebody_who_knows_nothing() -> None:
    people = [candidate("eva"), candidate("jan")]
    for seed in range(50):
        choice = among(*people, evidence=[wrote("eva", 0)], rng=np.random.default_rng(seed))
        assert names(choice) == ["eva"]


def test_invitations_spread_over_those_who_know_it_equally_well() -> None:
    """Twelve questions to four people: with the caps and the load nobody gets more than their share."""
    people = {f"p{n}": candidate(f"p{n}") for n in range(4)}
    for n in range(12):
        first = among(*people.values()).ranked
        chosen = first[0].person
        history = (*people[chosen].history, invited(chosen, State.EXPIRED, days=27 - 2 * n, question=str(n)))
        people[chosen] = replace(people[chosen], history=history)
    assert sorted(len(c.history) for c in people.values()) == [3, 3, 3, 3]


def test_a_score_is_the_product_of_its_parts() -> None:
    one = among(candidate("eva")).ranked[0]
    parts = one.parts
    product = parts.relevance * parts.distance * parts.outcome * parts.load * parts.freshness
    assert one.score == pytest.approx(product * parts.exploration)
    assert parts.exploration == 1.0


def test_mid_distance_is_best() -> None:
    assert benefit(0.5, 0.7) == 1.0
    assert benefit(0.0, 0.7) == benefit(1.0, 0.7) == pytest.approx(0.7)
    assert benefit(0.3, 0.7) == pytest.approx(benefit(0.7, 0.7))


def test_social_distance_by_hand() -> None:
    group = Group(people=frozenset({PersonId("a")}), channels=frozenset({ChannelId("x")}))
    half = Footprint(channels={ChannelId("x"): 5, ChannelId("y"): 5}, partners={PersonId("a"): 1, PersonId("b"): 3})
    assert social(half, group) == pytest.approx(0.5 * 0.75)
    assert social(Footprint(), group) == 1.0
    assert social(Footprint(channels={ChannelId("x"): 3}), group) == 0.0


def test_the_middle_one_of_three_stands_half_way() -> None:
    group = Group(people=frozenset(), channels=frozenset(), centre=SUBJECT)
    centres = {"near": [1, 0, 0], "mid": [0.8, 0.6, 0], "far": [0, 1, 0]}
    people = {PersonId(p): Footprint(centre=np.array(centre, dtype=np.float32)) for p, centre in centres.items()}
    assert distances(people, group) == {"near": 0.5, "mid": 0.75, "far": 1.0}
    inside = {p: replace(f, channels={ChannelId("x"): 1}) for p, f in people.items()}
    group = replace(group, channels=frozenset({ChannelId("x")}))
    assert distances(inside, group) == {"near": 0.0, "mid": 0.25, "far": 0.5}
