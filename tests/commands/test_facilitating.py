"""Facilitators look after domains, ask for an ander now, and see settings and report of their own community only."""

from dataclasses import replace

import pytest

from bot.buttons import Run, make
from bot.model import By, Domain, DomainKey, ItemKind, Status
from bot.outgoing import File
from tests.commands.conftest import CARE, TOWN, Place, quotes, words


async def domains(place: Place) -> dict[str, Domain]:
    async with place.world.store.snapshot() as tx:
        return {d.key: d for d in await tx.domains(CARE)}


async def test_a_new_domain_has_a_key_a_name_and_a_description(place: Place) -> None:
    await place.call("lotte", "domein nieuw Nacht & weekend: diensten, overdracht")
    made = (await domains(place))["nacht-weekend"]
    assert (made.name, made.description) == ("Nacht & weekend", "diensten, overdracht")


@pytest.mark.parametrize("text", ["domain add Wounds", "domain add wounds: again", "domain add !!!", "domain add"])
async def test_a_double_or_nameless_domain_is_not_made(place: Place, text: str) -> None:
    before = await domains(place)
    await place.call("lotte", text)
    assert await domains(place) == before


async def test_renaming_and_describing_keep_the_key(place: Place) -> None:
    await place.call("lotte", "domain rename wounds: Skin and wounds")
    await place.call("lotte", "domain describe wounds dressing and healing")
    domain = (await domains(place))["wounds"]
    assert (domain.name, domain.description) == ("Skin and wounds", "dressing and healing")


async def test_merging_moves_what_was_filed_and_keeps_the_old_name_working(place: Place) -> None:
    await place.call("lotte", "domain merge wounds into visits")
    moved = await place.item("care", "q1")
    assert (moved.domain, moved.domain_by) == ("visits", By.PERSON)
    assert (await domains(place))["wounds"].merged_into == "visits"
    assert "Home visits" in words(await place.call("anouk", "offer wounds", "town"))


async def test_a_chain_of_merges_has_one_end(place: Place) -> None:
    for text in ("add All", "merge wounds into visits", "merge visits into all"):
        await place.call("lotte", f"domain {text}")
    found = await domains(place)
    assert {found["wounds"].merged_into, found["visits"].merged_into} == {"all"}
    before = found
    await place.call("lotte", "domain merge all into wounds")  # which is all
    assert await domains(place) == before


async def test_domains_of_another_community_cannot_be_merged_into(place: Place) -> None:
    async with place.world.store.transaction() as tx:
        await tx.put_domains([Domain(community=TOWN, key=DomainKey("desk"), name="Desk")])
    unknown = words(await place.call("lotte", "domain merge wounds into nowhere"))
    assert words(await place.call("lotte", "domain merge wounds into desk")) == unknown
    assert (await place.item("care", "q1")).domain == "wounds"


async def test_inviting_now_by_number_thread_or_reference(place: Place) -> None:
    question = await place.item("care", "q2")
    for text, thread in (("invite 1", None), ("invite", "q2"), (f"invite {question.ref}", None)):
        async with place.world.store.transaction() as tx:
            await tx.put_items([replace(question, look_at=None)])
        reply = await place.call("lotte", text, thread=thread)
        assert quotes(reply) == [question.text]
        assert (await place.item("care", "q2")).look_at == place.now


async def test_inviting_without_saying_which_shows_the_list(place: Place) -> None:
    assert quotes(await place.call("lotte", "invite")) == ["How do clients remember their appointment?"]


async def test_a_hidden_question_cannot_be_invited_for(place: Place) -> None:
    hidden = await place.item("beech", "p1")  # of the same community, but Lotte is not in that channel
    refused = words(await place.call("lotte", f"invite {hidden.ref}"))
    assert refused == words(await place.call("lotte", "invite t:#beech/none"))
    assert (await place.item("beech", "p1")).look_at is None


async def test_an_answered_question_needs_nobody(place: Place) -> None:
    await place.say("care", "q9", "eva", "Solved?", kind=ItemKind.QUESTION, status=Status.RESOLVED)
    await place.call("lotte", f"invite {(await place.item('care', 'q9')).ref}")
    assert (await place.item("care", "q9")).look_at is None


async def test_the_one_click_of_a_report_does_as_the_words(place: Place) -> None:
    token = make(Run(words=f"invite {(await place.item('care', 'q2')).ref}"))
    refused = await place.press("anouk", token, where="town")
    assert refused is not None
    assert (await place.item("care", "q2")).look_at is None
    await place.press("lotte", token)
    assert (await place.item("care", "q2")).look_at == place.now


async def test_settings_show_and_change_the_community(place: Place) -> None:
    await place.call("lotte", "settings language en")
    await place.call("lotte", "settings timezone europe/brussels")
    async with place.world.store.snapshot() as tx:
        care = (await tx.communities())[CARE]
    assert (care.lang, care.timezone) == ("en", "Europe/Brussels")
    assert "Europe/Brussels" in words(await place.call("lotte", "settings"))


async def test_the_newest_report_of_this_community(place: Place) -> None:
    assert "no report yet" in words(await place.call("lotte", "report"))
    folder = place.world.config.data / "reports"
    for name in ("care-2026-W34.html", "care-2026-W35.html", "care-home-2026-W36.html", "town-2026-W36.html"):
        (folder / name).write_text("<html>")
    reply = await place.call("lotte", "rapport")
    assert [part.name for part in reply.body.parts if isinstance(part, File)] == ["care-2026-W35.html"]
