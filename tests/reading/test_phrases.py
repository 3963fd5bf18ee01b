"""Looking for all phrases at once finds what looking for each of them would."""

from hypothesis import given
from hypothesis import strategies as st

from bot.reading.phrases import phrases, said

PIECES = (
    *("heeft", "iemand", "hoe doen jullie", "wie", "weet", "tips", "graag", "horen", "ben", "benieuwd", "of"),
    *("how", "do i", "any", "anyone", "idea", "it's", "i", "have", "a question", "still", "doesn't", "work", "works"),
    *("not", "niet", "meer", "thanks", "bedankt", "opgelost", "solved", "is", "eerst", "dan", "first", "then", "yes"),
    *(
        "§at",
        "\n",
        "- ",
        "1. ",
        "?",
        "'",
        "ik",
        "mijn",
        "printer",
        "the",
        "problem",
        "één",
        "→",
        ",",
        "can you",
        "look",
    ),
)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12), st.sampled_from(["", " ", "  "]))
def test_all_at_once_is_each_by_itself(pieces: list[str], between: str) -> None:
    text = between.join(pieces).lower()
    assert said(text) == [name for name, pattern in phrases().items() if pattern.search(text)]


def test_phrases_that_begin_in_one_place_are_all_found() -> None:
    """Two sections, one word; and one of which only the second place will do."""
    assert {"seek", "wonder"} <= set(said("any idea? wondering if it is me"))
    assert "seek" in said("anyone can. has anyone tried it")
