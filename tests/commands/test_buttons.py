"""A token says exactly what its choice said, and nothing else is a token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.anders.invitation import Step
from bot.buttons import (
    LONGEST,
    Choice,
    ConsentChoice,
    ForgetChoice,
    InvitationChoice,
    OpenMore,
    Run,
    SearchHelped,
    SearchMore,
    SearchOpened,
    SuggestionChoice,
    make,
    parse,
)
from bot.events import ChannelId, MessageId
from bot.model import InvitationId, Ref

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ID = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=40)
REF = st.builds(Ref, ID.map(ChannelId), ID.map(MessageId))
CHOICE: st.SearchStrategy[Choice] = st.one_of(
    st.builds(SuggestionChoice, helped=st.booleans(), question=REF, earlier=REF),
    st.builds(InvitationChoice, step=st.sampled_from(Step), invitation=TEXT.map(InvitationId)),
    st.builds(ConsentChoice, granted=st.booleans(), question=REF),
    st.builds(ForgetChoice, confirmed=st.booleans()),
    st.builds(SearchMore, search=TEXT, offset=st.integers(0, 10_000), query=TEXT),
    st.builds(SearchOpened, search=TEXT, ref=REF),
    st.builds(SearchHelped, search=TEXT, ref=REF),
    st.builds(OpenMore, offset=st.integers(0, 10_000), domain=TEXT),
    st.builds(Run, words=TEXT),
)


@given(CHOICE)
def test_a_token_comes_back_as_its_choice(choice: Choice) -> None:
    assert parse(make(choice)) == choice


@given(st.text(max_size=200))
def test_any_other_text_is_no_token_or_a_proper_one(text: str) -> None:
    found = parse(text)
    assert found is None or parse(make(found)) == found


@pytest.mark.parametrize(
    "text",
    ["", ":", "invitation", "invitation:accept", "invitation:bribe:1", "consent:maybe:a%2Fb", "open-more:x:",
     "suggestion:yes:no-ref:no-ref", "forget:yes:yes", "unknown:1"],
)  # fmt: skip
def test_what_is_malformed_is_none_of_ours(text: str) -> None:
    assert parse(text) is None


def test_a_token_fits_the_platforms() -> None:
    with pytest.raises(ValueError, match="at most"):
        make(Run(words="é" * LONGEST))
    assert parse("run:" + "x" * LONGEST) is None


def test_a_token_reads_like_what_it_does() -> None:
    assert make(InvitationChoice(step=Step.ACCEPT, invitation=InvitationId("5f2c"))) == "invitation:accept:5f2c"
