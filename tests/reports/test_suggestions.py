"""At most three suggestions, each with a reason and a click, and only about what every reader may see."""

from dataclasses import replace
from typing import Any

from bot.reports.material import Newcomer, QuestionRecord, Revival, StoryCandidate
from bot.reports.risk import DomainRisk
from bot.reports.stories import choose_story
from bot.reports.suggestions import suggest
from tests.reports.moments import WEEK, at


def newcomer(name: str) -> Newcomer:
    return Newcomer(person=f"id-{name}", first_post_at=at(2), name=name, link="https://chat.example/1")


def question(id_: str, day: int, *, link: str = "https://chat.example/2", public: bool = True) -> QuestionRecord:
    return QuestionRecord(id=id_, person="p", at=at(day), title=f"title {id_}", link=link, public=public)


def risk(domain: str, asked: int, factor: int | None) -> DomainRisk:
    return DomainRisk(domain=domain, asked=asked, factor=factor, masked=False)


REVIVAL = Revival(question="old", person="o1", name="Ilse", why="Ilse explained it in May.")


def test_one_of_each_kind_in_the_order_of_urgency() -> None:
    found = suggest(
        [newcomer("Noor")], [question("old", 1)], [REVIVAL], [risk("wounds", 9, 1), risk("it", 20, 2)], WEEK.end
    )
    assert [s.kind for s in found] == ["greet", "revive", "lean"]
    assert found[1].command == "invite old"
    assert found[2].facts["domain"] == "wounds"


def test_no_more_than_three_newcomers_are_named() -> None:
    found = suggest([newcomer(name) for name in "ABCDE"], [], [], [], WEEK.end)
    assert found[0].facts["names"] == "A, B, C"


def test_newcomers_whose_post_not_all_may_see_are_not_named() -> None:
    assert suggest([Newcomer(person="x", first_post_at=at(2))], [], [], [], WEEK.end) == ()


def test_a_question_with_a_known_ander_goes_before_a_younger_one() -> None:
    backlog = [question("old", 1), question("young", 3)]
    assert suggest([], backlog, [REVIVAL], [], WEEK.end)[0].facts["title"] == "title old"
    assert suggest([], backlog, [], [], WEEK.end)[0].facts["title"] == "title young"


def test_without_a_link_a_question_is_only_suggested_when_an_ander_can_be_invited() -> None:
    assert suggest([], [question("old", 1, link="")], [], [], WEEK.end) == ()
    assert suggest([], [question("old", 1, link="")], [REVIVAL], [], WEEK.end)[0].kind == "revive"


def test_a_hidden_question_is_never_suggested() -> None:
    assert suggest([], [question("old", 1, public=False)], [REVIVAL], [], WEEK.end) == ()


def test_only_a_domain_that_leans_on_one_person_is_named_and_never_the_unfiled() -> None:
    found = suggest([], [], [], [risk("", 90, 1), risk("a", 5, 1), risk("b", 8, 1), risk("c", 99, None)], WEEK.end)
    assert [s.facts["domain"] for s in found] == ["b"]


def story(question_id: str, **more: Any) -> StoryCandidate:
    plain = StoryCandidate(question=question_id, helpful_at=at(3), asker="A", ander="B", consented=True)
    return replace(plain, **more)


def test_the_story_crosses_a_border_first_then_helped_most() -> None:
    inside, outside, best = story("in", helped=9), story("out", outsider=True), story("best", outsider=True, helped=3)
    chosen = choose_story([inside, best, outside], WEEK.start, WEEK.end)
    assert chosen is not None
    assert chosen.question == "best"


def test_a_story_needs_consent_and_this_week() -> None:
    silent, old = story("silent", consented=False), story("old", helpful_at=at(3, weeks_ago=1))
    assert choose_story([silent, old], WEEK.start, WEEK.end) is None
