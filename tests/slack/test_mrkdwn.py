"""Slack's mrkdwn becomes plain text that nobody can forge a mention in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slacktalk.mrkdwn import to_text

NAMES = {"C1ZORG": "zorg"}


@pytest.mark.parametrize(
    ("mrkdwn", "text"),
    [
        ("gewoon tekst :wave:", "gewoon tekst :wave:"),
        ("dag <@U1EVA>!", "dag <@slack:U1EVA>!"),
        ("dag <@U1EVA|eva>!", "dag <@slack:U1EVA>!"),
        ("zie <#C1ZORG|zorg> of <#C1ZORG>", "zie #zorg of #zorg"),
        ("zie <#C1ZORG|> en <#C9>", "zie #zorg en #C9"),
        ("<https://a.nl/x?b=1&amp;c=2>", "https://a.nl/x?b=1&c=2"),
        ("<https://a.nl|de pagina>", "de pagina (https://a.nl)"),
        ("<http://a.nl|a.nl>", "http://a.nl"),
        ("<https://a.nl/|https://a.nl/>", "https://a.nl/"),
        ("<mailto:eva@a.nl|eva@a.nl>", "eva@a.nl"),
        ("<tel:+31201234567|020 123 45 67>", "020 123 45 67"),
        ("<!channel> <!here> <!everyone>", "@channel @here @everyone"),
        ("<!here|here>", "@here"),
        ("<!subteam^S1|@beheer> <!subteam^S1>", "@beheer @subteam"),
        ("<!date^1714550400^{date}|1 mei>", "1 mei"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("&lt;@slack:U1EVA&gt;", "‹@slack:U1EVA>"),
        ("`List&lt;T&gt;`", "`List<T>`"),
        ("<onbekend>", "<onbekend>"),
        ("1 < 2", "1 < 2"),
        ("<@>", "@"),
    ],
)
def test_translates(mrkdwn: str, text: str) -> None:
    assert to_text(mrkdwn, NAMES)[0] == text


def test_names_each_mentioned_person_once_in_order() -> None:
    assert to_text("<@U2JAN> en <@U1EVA|eva>, <@U2JAN>", {})[1] == ("slack:U2JAN", "slack:U1EVA")


@given(st.lists(st.sampled_from(["<", ">", "@", "#", "!", "|", "&lt;", "&gt;", "&amp;", "slack:", "U1", "x", "\n"])))
def test_mentions_in_the_text_are_those_reported(parts: list[str]) -> None:
    text, mentions = to_text("".join(parts), {})
    assert set(re.findall(r"<@(slack:\w+)>", text)) == set(mentions)
    assert "<!" not in text or "&lt;" in parts or "<" in parts


@given(st.text(alphabet="<@|>U1 a", max_size=300))
def test_never_fails(mrkdwn: str) -> None:
    text, _ = to_text(mrkdwn, {})
    assert len(text) <= 8 * len(mrkdwn) + 8


def test_takes_linear_time_on_hostile_text() -> None:
    for unit in ("<@U1|", "<", "<a|", "&lt;", "<@U1>"):
        to_text(unit * 200_000, {})
