"""What people wrote is shown elsewhere without power over the reader: 0 raw of whatever is generated."""

import re
import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.quoting import LONGEST, cut, name, shown

HOSTILE = st.sampled_from(
    ["<!channel>", "<!here|x>", "<!everyone>", "<!subteam^S1|@ops>", "@channel", "@HERE", "@room", "@everyone", "@all",
     "<@slack:U1>", "<@U1|eva>", "@chan\u200bnel", "<\u2060!channel>", "\u202e", "\u2066", "\u200d", "\x1b[31m", "\x00",
     "\n\n\n", " ", "@", "<", "!", "<!", "<@", "channel", "here", "room", "\ue000", "\U000e0041", "\u3164", "word"]
)  # fmt: skip
TEXTS = st.lists(HOSTILE | st.text(max_size=5), max_size=30).map("".join)
RAW = re.compile(r"<!|<@|@(channel|here|room|everyone|all)\b", re.IGNORECASE)


@settings(max_examples=10_000, deadline=None)
@given(TEXTS, st.integers(2, 700))
@example("@chan\u200bnel", 700)
@example("0@chan\u200bnelchannel", 10)
@example("<<!!channel>>", 700)
@example("<@<!here>>", 700)
def test_nothing_hostile_gets_through(text: str, limit: int) -> None:
    safe = shown(text, limit)
    assert not RAW.search(safe)
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") for c in safe)
    assert len(safe) <= limit
    assert "\n\n\n" not in safe
    assert shown(safe, limit) == safe


@given(TEXTS, TEXTS)
def test_a_hostile_name_is_no_way_in(text: str, who: str) -> None:
    assert not RAW.search(shown(f"{text}<@U7>", names={"U7": who}))
    assert "\n" not in name(who)


def test_plain_words_stay_as_they_are() -> None:
    text = "Één dressing à 3–5 days (see “the list”) 👍\nand mail info@example.org"
    assert shown(text) == text


def test_a_mention_shows_the_name() -> None:
    assert shown("ask <@slack:U1> or <@slack:U2>", names={"slack:U1": "Eva"}) == "ask ＠Eva or ＠someone"


def test_a_long_text_is_cut_between_words() -> None:
    assert cut("one two three four", 15) == "one two three…"
    assert len(shown("word " * 1000)) <= LONGEST


def test_a_nameless_person_has_a_name() -> None:
    assert name("\u200b\u202e") == "?"
