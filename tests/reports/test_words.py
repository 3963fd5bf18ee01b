"""What readers read: complete in Dutch, with the same placeholders, and said in natural units."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from bot.reports.glossary import definitions, name
from bot.reports.metrics import KEYS
from bot.reports.words import Words

REPORTS = Path("bot/reports")
Text = str | tuple[str, str]


def in_code() -> set[Text]:
    """Every text in Python and in the page's template, a plural as a pair."""
    found: set[Text] = set()
    for path in REPORTS.glob("*.py"):
        for _line, message, _comments, _context in extract_from_file(
            "python", path, keywords={"_": None, "count": (1, 2)}
        ):
            found.add(message if isinstance(message, str) else (message[0], message[1]))
    template = (REPORTS / "page.html.j2").read_text(encoding="utf-8")
    found |= set(re.findall(r'_\("([^"]+)"\)', template))
    return found | set(re.findall(r'\bcount\("([^"]+)", "([^"]+)"', template))


def in_dutch() -> dict[Text, tuple[str, ...]]:
    with Path("bot/locale/nl/reports.po").open("rb") as source:
        catalogue = read_po(source, locale="nl", abort_invalid=True)
    return {
        (m.id[0], m.id[1]) if isinstance(m.id, list | tuple) else m.id: (
            tuple(m.string) if isinstance(m.string, list | tuple) else (m.string or "",)
        )
        for m in catalogue
        if m.id
    }


def test_every_text_has_its_dutch_and_no_dutch_is_left_over() -> None:
    code, dutch = in_code(), set(in_dutch())
    assert len(code) > 100
    assert code - dutch == set()
    assert dutch - code == set()


def test_placeholders_are_the_same_in_both_languages() -> None:
    def holes(text: str) -> set[str]:
        return {field for _, field, _, _ in Formatter().parse(text) if field}

    for english, dutch in in_dutch().items():
        one = english if isinstance(english, str) else english[0]
        assert [text for text in dutch if not text or holes(text) != holes(one)] == []


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_metric_has_a_name_and_a_definition(lang: str) -> None:
    words = Words(lang, "UTC")
    assert set(definitions(words)) == set(KEYS)
    assert all(name(words, key) for key in KEYS)


@pytest.mark.parametrize(
    ("hours", "dutch", "english"),
    [
        (0.001, "1 minuut", "1 minute"),
        (0.5, "30 minuten", "30 minutes"),
        (1.2, "1 uur", "1 hour"),
        (47.4, "47 uur", "47 hours"),
        (49, "2 dagen", "2 days"),
    ],
)
def test_durations_are_said_in_their_natural_unit(hours: float, dutch: str, english: str) -> None:
    assert Words("nl", "UTC").hours(hours) == dutch
    assert Words("en", "UTC").hours(hours) == english


def test_numbers_follow_the_language() -> None:
    assert (Words("nl", "UTC").number(1234.5, 1), Words("en", "UTC").number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert Words("nl", "UTC").signed(-0.3) == "−0,30"
    assert Words("en", "UTC").share(0.416) == "42%"
    assert Words("fr", "UTC").lang == "en"
