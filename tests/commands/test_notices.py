"""What Ander says unasked: in both languages, complete, and with the buttons that lead somewhere."""

import io
import re
from datetime import UTC, datetime
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from bot import notices
from bot.anders.invitation import Step
from bot.buttons import ConsentChoice, InvitationChoice, Run, SuggestionChoice, parse
from bot.events import ChannelId, MessageId
from bot.model import Community, CommunityId, InvitationId, Occasion, Ref
from bot.outgoing import Body, Buttons, File, Quote

QUESTION = Ref(ChannelId("t:#care"), MessageId("q1"))
EARLIER = Ref(ChannelId("t:#care"), MessageId("q0"))
AT = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
SAID = Quote(text="How often?", author="Eva", channel="#care", at=AT, ref=EARLIER)
INVITATION = InvitationId("5f2c")


def choices(body: Body) -> list[object]:
    return [parse(b.token) for part in body.parts if isinstance(part, Buttons) for b in part.buttons]


def text(body: Body) -> str:
    return "\n".join(part.text for part in body.parts if not isinstance(part, Buttons | File))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_notice_says_how_long_and_how_to_get_out(lang: str) -> None:
    said = text(notices.channel_notice(Community(id=CommunityId("care"), name="Care", lang=lang), 180))
    assert "180" in said
    assert {"nl": "`lees mij niet`", "en": "`leave me out`"}[lang] in said
    assert {"nl": "`vergeet-mij`", "en": "`forget-me`"}[lang] in said


def test_a_notice_without_retention_promises_none() -> None:
    said = text(notices.channel_notice(Community(id=CommunityId("care"), name="Care"), 0))
    assert "until somebody removes them" in said


def test_an_earlier_question_comes_with_its_answer_and_two_choices() -> None:
    body = notices.already_asked("en", question=QUESTION, earlier=SAID, answer=SAID)
    assert choices(body) == [
        SuggestionChoice(helped=True, question=QUESTION, earlier=EARLIER),
        SuggestionChoice(helped=False, question=QUESTION, earlier=EARLIER),
    ]
    assert [part for part in body.parts if isinstance(part, Quote)] == [SAID, SAID]


def test_consent_shows_exactly_what_would_be_shared() -> None:
    body = notices.consent_request("en", question=QUESTION, shared=SAID)
    assert [part for part in body.parts if isinstance(part, Quote)] == [SAID]
    assert [c.granted for c in choices(body) if isinstance(c, ConsentChoice)] == [True, False]


def test_an_invitation_has_five_ways_to_answer() -> None:
    body = notices.invitation(
        "nl", invitation=INVITATION, question=SAID, asker="Eva", community="Care", why="Je legde het uit."
    )
    steps = [c.step for c in choices(body) if isinstance(c, InvitationChoice)]
    assert steps == [Step.ACCEPT, Step.ANSWER, Step.DECLINE, Step.DISCLAIM, Step.STOP]
    assert "Je legde het uit." in text(body)
    asked = [b for part in body.parts if isinstance(part, Buttons) for b in part.buttons if b.asks]
    assert [parse(b.token) for b in asked] == [InvitationChoice(step=Step.ANSWER, invitation=INVITATION)]


def test_a_report_has_at_most_three_prompts() -> None:
    prompts = [notices.Prompt(text=f"Do {n}", label="Go", choice=Run(words=f"invite {n}")) for n in range(5)]
    body = notices.weekly_report("en", community="Care", week="2026-W40", lines=["a", "b"], prompts=prompts)
    assert choices(body) == [Run(words=f"invite {n}") for n in range(3)]


def invite(*, asker: str, community: str, why: str, occasion: Occasion) -> Body:
    return notices.invitation(
        "en", invitation=INVITATION, question=SAID, asker=asker, community=community, why=why, occasion=occasion
    )


@pytest.mark.parametrize("occasion", Occasion)
def test_names_cannot_call_everybody(occasion: Occasion) -> None:
    bodies = [
        notices.introduction("en", ander="<!channel>", community="@here", why="@room"),
        notices.thanks("en", asker="@channel", question=None),
        notices.relayed_reply("en", reply=SAID, invitation=INVITATION),
        notices.invitation(
            "en",
            invitation=INVITATION,
            question=SAID,
            asker="@all",
            community="@here",
            why="<!here>",
            occasion=occasion,
        ),
    ]
    assert not re.search(r"<!|@(channel|here|room|all)\b", "\n".join(map(text, bodies)))


@pytest.mark.parametrize("area", ["notices", "commands", "demo", "terminal"])
def test_the_dutch_is_complete_and_keeps_its_placeholders(area: str) -> None:
    source = (resources.files("bot.locale") / "nl" / f"{area}.po").read_bytes()
    for message in read_po(io.BytesIO(source), locale="nl"):
        for one, other in zip(_forms(message.id), _forms(message.string), strict=True):
            assert other or not one
            assert not one or placeholders(one) == placeholders(other)


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))
