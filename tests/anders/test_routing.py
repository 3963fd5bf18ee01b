"""Expert routing in general: who answers here, about this, at this hour."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bot.anders.routing import Enquiry, Exchange, Experts, RoutingSettings
from bot.events import PersonId
from bot.model import Vector

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = START + timedelta(days=100)
X, Y, Z = np.eye(3, dtype=np.float32)


def exchange(*answerers: str, days: float = 99, place: str = "p", asker: str = "asker", vector: Vector = Z) -> Exchange:
    at = START + timedelta(days=days)
    return Exchange(
        place=place,
        asker=PersonId(asker),
        asked_at=at,
        answerers=[PersonId(a) for a in answerers],
        vector=vector,
    )


def rank(*exchanges: Exchange, at: datetime = NOW, named: tuple[str, ...] = (), **more: object) -> list[str]:
    experts = Experts()
    for one in exchanges:
        experts.learn(one)
    values: dict[str, object] = {"place": "p", "asker": PersonId("new"), "at": at, "vector": Y}
    return list(experts.rank(Enquiry(**(values | {"named": named} | more))))  # type: ignore[arg-type]


def test_who_answers_most_in_the_place_comes_first() -> None:
    history = [exchange("jan"), exchange("eva"), exchange("eva"), *(exchange("piet", place="q") for _ in range(9))]
    assert rank(*history)[:2] == ["eva", "jan"]


def test_who_answered_such_questions_comes_before_who_answered_others() -> None:
    assert rank(exchange("jan"), exchange("eva", vector=X), vector=X)[0] == "eva"


def test_lately_counts_more_than_long_ago() -> None:
    assert rank(exchange("jan", days=10), exchange("eva", days=95))[0] == "eva"


def test_who_answered_this_asker_before_comes_first() -> None:
    assert rank(exchange("jan"), exchange("eva", asker="new"))[0] == "eva"


def test_who_is_awake_comes_first() -> None:
    night = [exchange("jan", days=90 + n - 0.5) for n in range(5)]
    day = [exchange("eva", days=90 + n) for n in range(5)]
    assert rank(*night, *day)[0] == "eva"


def test_who_is_around_more_than_usual_comes_before_who_is_so_less() -> None:
    """Both answered as much here; elsewhere one was seen in spring, the other this week."""
    here = [exchange("jan"), exchange("eva")]
    spring = [exchange("jan", days=n, place="q") for n in range(8)]
    assert rank(*spring, *here, *(exchange("eva", days=99, place="q") for _ in range(8)))[0] == "eva"


def test_who_is_named_comes_first_and_a_stranger_named_changes_nothing() -> None:
    history = [exchange("eva"), exchange("eva"), exchange("jan", days=90)]
    assert rank(*history, named=("jan", "nobody"))[0] == "jan"


def test_the_asker_is_never_sent_their_own_question() -> None:
    assert rank(exchange("eva"), exchange("jan"), asker=PersonId("eva")) == ["jan"]


def test_nothing_learned_nobody_named() -> None:
    assert rank() == []


def test_many_people_and_years_do_not_run_out_of_room() -> None:
    experts = Experts(RoutingSettings(short_days=1))
    for n in range(1500):
        experts.learn(exchange(f"p{n}", days=n, asker=f"a{n}"))
    enquiry = Enquiry(place="p", asker=PersonId("new"), at=START + timedelta(days=1500), vector=Y)
    assert experts.rank(enquiry)[0] == "p1499"
    assert np.isfinite(experts.scores(enquiry)).all()


@pytest.mark.parametrize("days", [0.0, 30.0])
def test_the_order_of_two_halves_with_their_half_life(days: float) -> None:
    """An exchange `short_days` older counts for half, whenever it is looked at."""
    settings = RoutingSettings()
    experts = Experts(settings)
    experts.learn(exchange("jan", days=0))
    experts.learn(exchange("eva", days=settings.short_days))
    counts = experts._short.read("p", (START + timedelta(days=20 + days)).timestamp(), len(experts.people))
    jan, eva = (counts[experts.people.index(PersonId(p))] for p in ("jan", "eva"))
    assert eva == pytest.approx(2 * jan)
