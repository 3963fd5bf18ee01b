"""A typed line means one thing, whatever it is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.terminal.translate import (
    Ask,
    BecomePerson,
    Delete,
    Edit,
    GoTo,
    Help,
    Nothing,
    Press,
    Quit,
    React,
    Recent,
    ReplyTo,
    Say,
    Typed,
    Unclear,
    Wait,
    emoji_name,
    emoji_sign,
    understand,
)


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("  ", Nothing()),
        ("hello there", Say(text="hello there")),
        ("> 3 like this", ReplyTo(number=3, text="like this")),
        (">3 like this", ReplyTo(number=3, text="like this")),
        ("/reply 3 like this", ReplyTo(number=3, text="like this")),
        ("+3 ✅", React(number=3, emoji="white_check_mark")),
        ("-3 ✅", React(number=3, emoji="white_check_mark", away=True)),
        ("/react 3 :books:", React(number=3, emoji="books")),
        ("#2", Press(number=2)),
        ("#2 in my own words", Press(number=2, text="in my own words")),
        ("#zorg-praktijk is a channel", Say(text="#zorg-praktijk is a channel")),
        ("/ander search vpn", Ask(text="search vpn")),
        ("!ander zoek vpn", Ask(text="zoek vpn")),
        ("@Ander: help", Ask(text="help")),
        ("/ander", Ask(text="")),
        ("/anderson was here", Unclear(instead="/ander help")),
        ("/as rachid", BecomePerson(name="rachid")),
        ("/channel #balie", GoTo(name="#balie")),
        ("/wait 4h", Wait(span=timedelta(hours=4))),
        ("/wait a while", Unclear(instead="/wait 4h")),
        ("/edit 2 better", Edit(number=2, text="better")),
        ("/delete 2", Delete(number=2)),
        ("/recent", Recent()),
        ("/help", Help()),
        ("/quit", Quit()),
        ("/reply 3", Unclear(instead="/reply N text")),
        ("/chanel balie", Unclear(instead="/channel NAME")),
        ("+1 for that", Say(text="+1 for that")),
    ],
)
def test_what_a_line_means(line: str, typed: Typed) -> None:
    assert understand(line) == typed


@given(st.text(max_size=80))
def test_no_line_is_too_strange(line: str) -> None:
    understand(line)


@given(st.text(st.characters(categories=["L", "N"]), min_size=1))
def test_words_without_signs_are_said(text: str) -> None:
    assert understand(text) == Say(text=text)


@pytest.mark.parametrize("name", ["white_check_mark", "books", "no_entry_sign"])
def test_signs_and_names_of_emoji_agree(name: str) -> None:
    assert emoji_name(emoji_sign(name)) == name
    assert emoji_name(f":{name}:") == name
