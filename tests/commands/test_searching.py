"""Search, open and domains: what people find, and what nobody may find."""

import pytest

from bot.buttons import SearchHelped, SearchMore, SearchOpened, make, parse
from bot.model import EvidenceKind, ItemKind, SearchRecord
from tests.commands.conftest import Place, buttons, channel, person, quotes, words


async def test_a_result_shows_question_answer_and_facts(place: Place) -> None:
    found = await place.call("anouk", "search hydrocolloid dressing", "town")
    assert quotes(found)[:2] == ["How often do you change a hydrocolloid dressing?", "Every three to five days."]
    assert "1. Wounds · 3 days ago" in words(found)


async def test_nothing_of_a_private_channel_reaches_an_outsider(place: Place) -> None:
    inside = await place.call("ineke", "search key agreement")
    outside = await place.call("anouk", "search key agreement", "town")
    assert "Who holds the key agreement now?" in quotes(inside)
    assert "Who holds the key agreement now?" not in quotes(outside)
    assert all(ref.channel != channel("beech") for ref in outside.about)


async def test_a_guest_reads_only_their_own_channels(place: Place) -> None:
    assert quotes(await place.call("noor", "search hydrocolloid dressing", "wound")) == []


async def test_a_stranger_finds_nothing(place: Place) -> None:
    assert quotes(await place.call("stranger", "search hydrocolloid dressing")) == []


@pytest.mark.parametrize("text", ["search", "search since:soon dressing", "search domain:wounds"])
async def test_an_empty_or_broken_search_explains_itself(place: Place, text: str) -> None:
    found = await place.call("anouk", text, "town")
    assert "`search" in words(found)
    assert not quotes(found)


async def _search(place: Place, text: str) -> tuple[list[str], list[object]]:
    found = await place.call("anouk", text, "town")
    return quotes(found), [parse(button.token) for button in buttons(found)]


async def test_five_at_a_time_and_more(place: Place) -> None:
    for number in range(7):
        await place.say("care", f"d{number}", "eva", f"Dressing tip number {number}", kind=ItemKind.KNOW_HOW)
    await place.world.plane.catch_up()
    shown, offered = await _search(place, "search dressing tip")
    more = next(choice for choice in offered if isinstance(choice, SearchMore))
    following = await place.press("anouk", make(more), where="town")
    assert more.offset == 5
    assert len([q for q in shown if q.startswith("Dressing")]) == 5
    assert following is not None
    assert not set(quotes(following)) & set(shown)


async def test_what_is_sought_is_counted_but_not_kept(place: Place) -> None:
    await _search(place, "search hydrocolloid dressing")
    async with place.world.store.snapshot() as tx:
        exported = await tx.export(person("anouk"))
    assert "hydrocolloid" not in str(exported)


async def test_opening_and_helping_count_once(place: Place) -> None:
    _shown, offered = await _search(place, "search hydrocolloid dressing")
    opened = next(choice for choice in offered if isinstance(choice, SearchOpened))
    helped = next(choice for choice in offered if isinstance(choice, SearchHelped))
    whole = await place.press("anouk", make(opened), where="town")
    for _ in range(3):
        await place.press("anouk", make(helped), where="town")
    async with place.world.store.snapshot() as tx:
        record: SearchRecord | None = await tx.search_record(opened.search)
        rows = await tx.evidence()
    assert whole is not None
    assert "Every three to five days." in quotes(whole)
    assert record is not None
    assert record.opened
    assert record.helped
    assert (await place.item("care", "q1")).helped == 1
    assert [(r.person, r.kind) for r in rows] == [(person("ineke"), EvidenceKind.HELPFUL)]


async def test_a_forged_button_opens_nothing_hidden(place: Place) -> None:
    hidden = (await place.item("beech", "p1")).ref
    forged = await place.press("anouk", make(SearchOpened(search="x", ref=hidden)), where="town")
    nothing = await place.press("anouk", make(SearchOpened(search="x", ref=hidden._replace(id="none"))), where="town")  # type: ignore[arg-type]
    assert forged == nothing


async def test_open_shows_other_peoples_questions_one_may_read(place: Place) -> None:
    assert quotes(await place.call("anouk", "open", "town")) == ["How do clients remember their appointment?"]
    assert quotes(await place.call("ineke", "open")) == ["Who holds the key agreement now?"]


async def test_own_domains_come_first(place: Place) -> None:
    for number in range(3):
        await place.say("care", f"n{number}", "eva", f"Question {number}", kind=ItemKind.QUESTION)
    await place.say("care", "mine", "eva", "About visits", kind=ItemKind.QUESTION, domain="visits")
    await place.call("anouk", "offer visits", "town")
    assert quotes(await place.call("anouk", "open", "town"))[0] == "About visits"
    assert quotes(await place.call("anouk", "open visits", "town")) == ["About visits"]


async def test_counts_of_domains_know_nothing_hidden(place: Place) -> None:
    assert "Wounds (`wounds`) · 1 kept" in words(await place.call("anouk", "domains", "town"))
    assert "2 bewaard" in words(await place.call("ineke", "domains"))


async def test_a_guest_sees_the_domains_of_their_own_community_only(place: Place) -> None:
    assert "Wounds" in words(await place.call("noor", "domains", "wound"))
    assert "Wounds" not in words(await place.call("stranger", "domains"))


async def test_an_offer_is_evidence_once(place: Place) -> None:
    for text in ("offer Home visits", "bied visits"):
        await place.call("anouk", text, "town")
    async with place.world.store.snapshot() as tx:
        rows = [row for row in await tx.evidence() if row.person == person("anouk")]
    assert [(row.kind, row.domain) for row in rows] == [(EvidenceKind.OFFER, "visits")]


async def test_an_offer_for_nothing_shows_how(place: Place) -> None:
    assert "`domains`" in words(await place.call("anouk", "offer juggling", "town"))
