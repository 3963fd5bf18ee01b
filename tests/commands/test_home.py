"""Ander's own page and the form of one's settings: all of it one's own, nothing of what one may not see."""

import pytest

from bot import commands
from bot.anders.invitation import State, Step
from bot.buttons import ChangeSettings, InvitationChoice, make, parse
from bot.events import EventId, HomeOpened
from bot.model import ItemKind
from bot.outgoing import Field
from tests.commands.conftest import Place, buttons, person, quotes, words


async def home(place: Place, who: str) -> commands.Reply:
    async with place.world.store.transaction() as tx:
        event = HomeOpened(event=EventId(f"home:{who}"), person=person(who), at=place.now)
        return await commands.welcome(event, tx, place.world)


def fields(reply: commands.Reply) -> dict[str, Field]:
    return {field.name: field for one in buttons(reply) if one.form for field in one.form.fields}


async def fill_in(place: Place, who: str, **answers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in answers.items()}
    reply = await place.press(who, make(ChangeSettings()), answers=named)
    assert reply is not None
    return words(reply)


async def test_the_page_shows_what_waits_the_domains_and_the_settings(place: Place) -> None:
    page = await home(place, "eva")
    assert "How do clients remember their appointment?" in quotes(page)
    assert "Wounds" in words(page)
    assert "• taal: Nederlands" in words(page)
    assert set(fields(page)) == {"invitations", "per-week", "quiet", "language"}


async def test_the_page_is_the_same_with_and_without_what_one_may_not_see(place: Place) -> None:
    before = await home(place, "anouk")
    await place.say("beech", "p2", "eva", "Who has the new rota of the night shift?", kind=ItemKind.QUESTION)
    assert (await home(place, "anouk")).body == before.body
    assert "key agreement" not in " ".join(quotes(before))


async def test_a_stranger_gets_a_page_without_anything_of_anybody(place: Place) -> None:
    page = await home(place, "nobody")
    assert quotes(page) == []
    assert page.about == ()


async def test_an_invitation_stands_on_the_page_with_its_buttons_while_it_waits(place: Place) -> None:
    question = (await place.item("care", "q2")).ref
    row = await place.invite("anouk", question)
    page = await home(place, "anouk")
    assert question in page.about
    assert InvitationChoice(step=Step.ANSWER, invitation=row.id) in [parse(one.token) for one in buttons(page)]
    await place.press("anouk", make(InvitationChoice(step=Step.DECLINE, invitation=row.id)))
    assert (await place.invitation(row)).state == State.DECLINED
    assert InvitationChoice(step=Step.ANSWER, invitation=row.id) not in [
        parse(one.token) for one in buttons(await home(place, "anouk"))
    ]


async def test_a_form_changes_all_it_names_at_once_and_nothing_else(place: Place) -> None:
    said = await fill_in(place, "eva", invitations="off", per_week="1", quiet="12:00-13:30", language="en")
    eva = await place.person("eva")
    assert (eva.invitations, eva.per_week, eva.quiet_from, eva.lang) == (False, 1, "12:00", "en")
    assert "Your settings" in said
    await fill_in(place, "eva", quiet="")
    eva = await place.person("eva")
    assert (eva.invitations, eva.per_week, eva.quiet_from, eva.lang) == (False, 1, None, "en")


@pytest.mark.parametrize(("name", "value"), [("quiet", "late"), ("per_week", "99"), ("invitations", "perhaps")])
async def test_what_cannot_be_understood_is_said_and_the_rest_is_kept(place: Place, name: str, value: str) -> None:
    assert "`" in await fill_in(place, "eva", **{name: value}, language="en")
    eva = await place.person("eva")
    assert (eva.lang, eva.invitations, eva.per_week, eva.quiet_from) == ("en", True, None, None)
