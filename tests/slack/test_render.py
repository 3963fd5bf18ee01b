"""What Ander says, as Slack takes it: within every limit, and nothing of what people wrote is markup."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack import render
from adapters.slack.carrying import Opened, form_of, pack, pack_modal, unpack, unpack_modal
from bot import notices
from bot.model import Community, CommunityId, InvitationId, Ref
from bot.outgoing import Body, Button, Buttons, Choice, Field, File, Form, Heading, Quote, Text
from tests.slack.fake import blocks as limits

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("ANDER_EXAMPLES", "60"))
Json = dict[str, Any]


def quote(text: str = "How do I get in?", author: str = "Eva", link: str | None = None) -> Quote:
    return Quote(text=text, author=author, channel="#help", at=AT, link=link)


def body(*parts: Text | Heading | Quote | Buttons | File, lang: str = "en") -> Body:
    return Body(lang=lang, parts=parts)


# ── by example ────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_to_type_and_bullets_stand_out() -> None:
    (block,) = render.message(body(Text(text="Say `help`:\n• one\n• *two*"))).blocks
    first, second = block["elements"]
    assert first["elements"] == [
        {"type": "text", "text": "Say "},
        {"type": "text", "text": "help", "style": {"code": True}},
        {"type": "text", "text": ":"},
    ]
    assert second["type"] == "rich_text_list"
    assert second["elements"][1]["elements"] == [{"type": "text", "text": "two", "style": {"italic": True}}]


def test_a_quote_says_who_where_and_when_and_leads_to_the_original() -> None:
    link = "https://home.slack.com/archives/C1/p1772442000000100"
    said, origin = render.message(body(quote(link=link), lang="nl")).blocks
    assert said["elements"][0]["type"] == "rich_text_quote"
    assert origin["elements"][0]["text"] == "Eva, #help"
    assert origin["elements"][1] == {"type": "mrkdwn", "text": f"<{link}|2 maart>", "verbatim": True}


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://a.nl", "https://a.nl/|<!channel>", "https://a.nl>x"])
def test_a_link_that_is_none_stays_out(link: str) -> None:
    _, origin = render.message(body(quote(link=link))).blocks
    assert origin["elements"][1] == {"type": "plain_text", "text": "2 March", "emoji": False}


def test_files_go_beside_the_words() -> None:
    page = File(path="/tmp/page.html", name="page.html")
    made = render.message(body(Text(text="Here it is."), page))
    assert (len(made.blocks), made.files) == (1, (page,))


def test_the_notification_is_the_same_in_plain_words() -> None:
    made = render.message(body(Heading(text="Hi"), Text(text="a < b & `c`"), quote("<!here> x")))
    assert made.text == "Hi\na &lt; b &amp; `c`\n“＠here x” — Eva"


def test_what_does_not_fit_is_left_out_and_says_so() -> None:
    made = render.message(body(*(Text(text=f"paragraph {n}") for n in range(60))))
    assert len(made.blocks) == render.MESSAGE_BLOCKS
    assert made.blocks[-1]["elements"][0]["text"] == "…"


def test_buttons_that_are_chosen_once_are_marked() -> None:
    made = render.message(body(Buttons(buttons=(Button(label="Yes", token="t"),), once=True)))
    assert made.blocks[0]["block_id"].startswith("once")


def test_a_button_with_a_form_carries_it_along() -> None:
    form = Form(title="Settings", submit="Keep", fields=(Field(name="per-week", label="How many"),))
    value = pack(Button(label="Change", token="change-settings", form=form))
    assert value is not None
    carried = unpack(value)
    assert carried is not None
    assert (carried.token, carried.form) == ("change-settings", form)


def test_a_form_that_is_too_long_to_carry() -> None:
    long = tuple(quote("x" * 600) for _ in range(4))
    shown = Button(label="Yes", token="t", form=Form(title="Sure?", submit="Yes", parts=long))
    assert pack(shown) == "t"  # it stands in the message as well: the press counts at once
    asked = Form(title="Sure?", submit="Yes", parts=long, fields=(Field(name="why", label="Why"),))
    assert pack(Button(label="Yes", token="t", form=asked)) is None
    assert render.message(body(Buttons(buttons=(Button(label="Yes", token="t", form=asked),)))).blocks == ()


def test_a_prompt_becomes_a_form_with_room_for_words() -> None:
    carried = unpack(pack(Button(label="Answer here", token="t", asks="What would you like to say?")) or "")
    assert carried is not None
    form = form_of(carried, "Answer here")
    assert form is not None
    view = render.modal(form, pack_modal(Opened(token="t", channel="slack:C1", asks=True)))
    (field,) = view["blocks"]
    assert (field["optional"], field["element"]["multiline"]) == (False, True)


def test_where_a_modal_was_opened_comes_back_with_it() -> None:
    opened = Opened(token="t" * 1900, channel="slack:C1", home=True, url="https://hooks.slack.com/" + "x" * 1500)
    found = unpack_modal(pack_modal(opened))
    assert found is not None
    assert (found.token, found.home, found.url) == (opened.token, True, "")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_ander_says_of_its_own_accord_fits(lang: str) -> None:
    care = Community(id=CommunityId("care"), name="Care", lang=lang)
    ref = Ref("slack:C1", "1772442000.000100")  # type: ignore[arg-type]
    said = quote("How do I get in? " * 30)
    known = InvitationId("5f2c" * 8)
    earlier = Quote(text=said.text, author="Eva", channel="#help", at=AT, ref=ref)
    for one in (
        notices.channel_notice(care, 180),
        notices.already_asked(lang, question=ref, earlier=earlier, answer=said),
        notices.consent_request(lang, question=ref, shared=said),
        notices.invitation(lang, invitation=known, question=said, asker="Eva", community="Care", why="You know."),
        notices.relayed(lang, words=said, invitation=known, community="Web"),
    ):
        made = render.message(one)
        limits.check(list(made.blocks), "message")
        assert made.blocks[-1]["type"] != "context" or made.blocks[-1]["elements"][0]["text"] != "…"


# ── as laws ───────────────────────────────────────────────────────────────────────────────────────────────────

_PIECES = """<!channel> <!here|x> <!subteam^S1|@all> <@U1EVA> <@slack:U1> <#C1|x> <https://a.nl|b> &amp; &lt; `a` *b*
    _c_ ~d~ ``` > • @channel @here :tada: javascript:alert(1)"""
HOSTILE = st.lists(
    st.sampled_from([*_PIECES.split(), "\n", "\n• ", "\u202e", "\u200b", "\0", " "]) | st.text(max_size=30),
    max_size=20,
).map("".join)
LONG = st.integers(1, 300).map("ab <!channel> & ".__mul__).map(lambda text: text[:6000])
WORDS = HOSTILE | LONG
TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=1900).filter(
    lambda token: not token.startswith("{")
)
CHOICES = st.lists(
    st.builds(Choice, label=WORDS, value=st.text(min_size=1, max_size=20)), max_size=4, unique_by=lambda c: c.value
)
FIELDS = st.lists(
    st.builds(
        Field,
        name=st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=20),
        label=WORDS,
        value=st.text(max_size=20),
        choices=CHOICES.map(tuple),
        hint=WORDS,
    ),
    max_size=5,
    unique_by=lambda field: field.name,
).map(tuple)
QUOTES = st.builds(quote, text=WORDS, author=WORDS, link=st.none() | WORDS)
TEXTS = st.builds(Text, text=WORDS)
FORMS = st.builds(Form, title=WORDS, submit=WORDS, parts=st.lists(QUOTES | TEXTS, max_size=3).map(tuple), fields=FIELDS)
BUTTONS = st.builds(Button, label=WORDS, token=TOKENS, asks=st.none() | WORDS, form=st.none() | FORMS)
PARTS = (
    TEXTS
    | QUOTES
    | st.builds(Heading, text=WORDS)
    | st.builds(Buttons, buttons=st.lists(BUTTONS, max_size=2).map(lambda some: tuple(some * 14)), once=st.booleans())
)
BODIES = st.builds(
    Body, lang=st.sampled_from(["nl", "en"]), parts=st.lists(PARTS, max_size=8).map(lambda parts: tuple(parts * 8))
)
law = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@law
@given(BODIES)
def test_a_message_keeps_within_every_limit_and_wakes_nobody(said: Body) -> None:
    made = render.message(said)
    if made.blocks:
        limits.check(list(made.blocks), "message")
    assert 0 < len(made.text) <= 40_000
    assert limits.alarms(made.text, list(made.blocks)) == ()
    assert not [word for word in limits.texts(list(made.blocks)) if "<!" in word and "mrkdwn" in word]
    json.dumps(made.blocks, ensure_ascii=False).encode()


@law
@given(BODIES)
def test_a_page_keeps_within_every_limit(said: Body) -> None:
    view = render.page(said)
    assert limits.problems_in_view(view) == []
    assert limits.alarms("", view["blocks"]) == ()


@law
@given(FORMS)
def test_a_modal_keeps_within_every_limit(form: Form) -> None:
    view = render.modal(form, "{}")
    assert limits.problems_in_view(view) == []


@law
@given(BUTTONS)
def test_a_button_comes_back_as_it_went(button: Button) -> None:
    value = pack(button)
    if value is None:
        return
    assert len(value) <= 2000
    carried = unpack(value)
    assert carried is not None
    assert carried.token == button.token


@law
@given(HOSTILE)
def test_markup_is_put_in_mrkdwn_by_us_alone(text: str) -> None:
    made = render.message(body(Text(text=text), Heading(text=text), quote(text, author=text)))
    assert not [one for block in made.blocks for one in _mrkdwn(block)]
    assert not set("<>") & set(made.text)


def _mrkdwn(value: object) -> list[Json]:
    if isinstance(value, list):
        return [found for inner in value for found in _mrkdwn(inner)]
    if isinstance(value, dict):
        mine = [value] if value.get("type") == "mrkdwn" else []
        return mine + [found for inner in value.values() for found in _mrkdwn(inner)]
    return []
