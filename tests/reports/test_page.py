"""The page: one file, nothing from outside, nothing hidden in it, sound in both languages."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from bot.reports.excerpt import excerpt
from bot.reports.material import Material
from bot.reports.metrics import measure
from bot.reports.page import page, safe_link
from bot.reports.report import Report
from bot.reports.summary import summarise
from tests.reports.moments import WEEK, ZONE
from tests.reports.organisation import organisation


def measured(material: Material) -> Report:
    return measure(material, material.week.end, np.random.default_rng(5))


@pytest.fixture(scope="module")
def material() -> Material:
    return organisation(1)


@pytest.fixture(scope="module")
def report(material: Material) -> Report:
    return measured(material)


@pytest.fixture(scope="module")
def pages(report: Report) -> dict[str, str]:
    return {lang: page(report, lang) for lang in ("nl", "en")}


class _Outline(HTMLParser):
    """What stands open, which headings there are, which ids, and which attributes carry addresses."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "path", "use"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


def outline(html: str) -> _Outline:
    parser = _Outline()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_page_is_sound_and_its_headings_descend_by_one(pages: dict[str, str], lang: str) -> None:
    found = outline(pages[lang])
    assert (found.open, found.wrong) == ([], [])
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert len(found.ids) == len(set(found.ids))


def test_the_page_needs_nothing_from_elsewhere(pages: dict[str, str]) -> None:
    html = pages["nl"]
    assert outline(html).tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed"})
    assert "url(http" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert 'name="viewport"' in html
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_the_same_report_makes_the_same_page(report: Report, pages: dict[str, str]) -> None:
    assert page(report) == pages["nl"]  # Dutch is the community's own language


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_no_placeholder_is_left_open(pages: dict[str, str], lang: str) -> None:
    body = pages[lang].split("</style>")[1]
    assert re.findall(r"\{\w*\}", re.sub(r"<svg.*?</svg>", "", body, flags=re.DOTALL)) == []


HOSTILE = '<img src=x onerror="alert(1)"> @room <!channel> \u202egnp.exe\u200b'


def test_what_people_wrote_is_text_and_never_markup(material: Material) -> None:
    questions = tuple(replace(q, title=HOSTILE) for q in material.questions)
    stories = tuple(replace(s, asked=HOSTILE, answered=HOSTILE, asker=HOSTILE) for s in material.stories)
    newcomers = tuple(replace(n, name=HOSTILE) for n in material.newcomers)
    revivals = tuple(replace(r, name=HOSTILE, why=HOSTILE) for r in material.revivals)
    hostile = replace(
        material, name=HOSTILE, questions=questions, stories=stories, newcomers=newcomers, revivals=revivals
    )
    html = page(measured(hostile))
    assert "<img" not in html
    assert "&lt;img" in html
    assert not re.search("[\u200b\u202e]", html)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", " https://a", "JaVaScRiPt:x", "file:///etc/passwd", "//a.example", ""],
)
def test_only_the_web_and_matrix_are_linked(address: str) -> None:
    assert safe_link(address) == ""


def test_a_question_with_a_bad_address_is_shown_without_a_link(material: Material) -> None:
    questions = tuple(replace(q, link="javascript:alert(1)") for q in material.questions)
    assert "javascript:" not in page(measured(replace(material, questions=questions)))


def test_an_excerpt_has_nothing_unseen_and_calls_nobody() -> None:
    assert excerpt("a\u202eb\u200b c\x00\n d") == "ab c d"
    assert excerpt("ask <@slack:U1> or <!channel> in <#C1>") == "ask @… or @… in @…"
    assert excerpt("a < b and <b>") == "a < b and <b>"


def test_a_private_question_is_nowhere_on_the_page(material: Material) -> None:
    secret = "Een vraag uit een besloten kanaal"
    questions = tuple(replace(q, title=secret, public=False) for q in material.questions)
    report = measured(replace(material, questions=questions))
    assert secret not in page(report)
    assert secret not in str(summarise(report))


def test_a_small_community_sees_no_figure(material: Material) -> None:
    html = page(measured(replace(material, members=material.members[:4])), "nl")
    assert "minder dan vijf leden" in html
    assert "<svg" not in html
    assert "<table" not in html


def test_an_almost_empty_community_gets_a_page_in_both_languages() -> None:
    members = organisation(1).members[:8]
    report = measured(Material(community="c", name="C", timezone=ZONE, lang="en", week=WEEK, members=members))
    for lang in ("nl", "en"):
        assert outline(page(report, lang)).open == []


def test_the_command_is_the_one_of_the_readers_platform(report: Report) -> None:
    assert "<code>!ander open Compressietherapie</code>" in page(report, command="!ander")


def test_the_page_stays_small(pages: dict[str, str]) -> None:
    assert len(pages["nl"].encode()) < 200_000


@pytest.mark.parametrize(("lang", "first"), [("nl", "Zo leerde Wondzorg"), ("en", "This is how Wondzorg learned")])
def test_the_summary_fits_a_chat(report: Report, lang: str, first: str) -> None:
    found = summarise(report, lang)
    assert found.headline.startswith(first)
    assert 4 <= len(found.lines) <= 6
    assert len(found.suggestions) == 3
    assert all(advice.link or advice.command for advice in found.suggestions)
    assert sum(len(line) for line in found.lines) < 600


def test_the_summary_of_a_small_community_says_why_it_is_silent(material: Material) -> None:
    found = summarise(measured(replace(material, members=material.members[:4])), "en")
    assert found.lines == (
        "This community has fewer than five members. Figures would be about persons, so the report shows none.",
    )
    assert found.suggestions == ()
