"""The drawings: self-contained, the same twice, readable without seeing them, and silent about what is masked."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from bot.reports.drawing import Plot
from bot.reports.material import Material
from bot.reports.metrics import measure
from bot.reports.page import draw
from bot.reports.report import Report
from tests.reports.moments import WEEK, ZONE
from tests.reports.organisation import organisation

KEYS = ["questions", "waiting", "participation", "answers", "bridging", "funnel", "risk"]


@pytest.fixture(scope="module")
def report() -> Report:
    material = organisation(1)
    return measure(material, material.week.end, np.random.default_rng(5))


@pytest.fixture(scope="module")
def drawn(report: Report) -> dict[str, str]:
    return {plot.key: plot.svg() for plot in draw(report)}


def test_all_seven_are_drawn(drawn: dict[str, str]) -> None:
    assert list(drawn) == KEYS


def test_the_same_report_draws_the_same_bytes(report: Report, drawn: dict[str, str]) -> None:
    assert {plot.key: plot.svg() for plot in draw(report)} == drawn


@pytest.mark.parametrize("key", KEYS)
def test_a_drawing_is_sound_xml_with_a_title_and_a_text_for_who_cannot_see_it(drawn: dict[str, str], key: str) -> None:
    root = Xml.fromstring(drawn[key])  # noqa: S314 – our own drawing
    names = [child.tag.rpartition("}")[2] for child in root][:2]
    assert names == ["title", "desc"]
    assert all(child.text for child in list(root)[:2])
    assert root.get("role") == "img"


@pytest.mark.parametrize("key", KEYS)
def test_colours_have_names_so_that_light_and_dark_share_one_drawing(drawn: dict[str, str], key: str) -> None:
    bare_colours = re.findall(r"(?<!,)#[0-9a-f]{6}", drawn[key])
    assert bare_colours == []
    assert "var(--" in drawn[key]


@pytest.mark.parametrize("key", KEYS)
def test_text_stays_text_and_nothing_comes_from_elsewhere(drawn: dict[str, str], key: str) -> None:
    assert "<text" in drawn[key]
    assert "font-family" not in drawn[key]
    outside = set(re.findall(r'https?://[^"\s]+', drawn[key]))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_marks_of_two_drawings_on_one_page_do_not_clash(drawn: dict[str, str]) -> None:
    names = [name for svg in drawn.values() for name in set(re.findall(r'\bid="([^"]+)"', svg))]
    assert len(names) == len(set(names))


def _variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})", css))


def test_the_page_knows_every_colour_by_day_and_by_night(drawn: dict[str, str]) -> None:
    css = Path("bot/reports/page.css").read_text(encoding="utf-8")
    day, night = (_variables(part) for part in css.split("@media screen and (prefers-color-scheme: dark)"))
    used = dict(re.findall(r"var\(--([\w-]+),(#[0-9a-f]{6})\)", "".join(drawn.values())))
    assert len(used) > 8
    assert {name: day[name] for name in used} == used
    assert set(used) <= set(night)


def _light(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["ink", "muted", "accent", "cool", "warm"])
def test_what_is_written_stands_out_from_the_paper(name: str) -> None:
    css = Path("bot/reports/page.css").read_text(encoding="utf-8")
    for part in css.split("@media screen and (prefers-color-scheme: dark)"):
        colours = _variables(part)
        for paper in ("paper", "card"):
            low, high = sorted([_light(colours[name]), _light(colours[paper])])
            assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_picture_for_a_chat_is_a_png(report: Report) -> None:
    picture = draw(report)[1].png()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000


def test_masked_numbers_are_not_in_the_drawing() -> None:
    """The same community with one person more or less in a masked cell draws the same table."""
    material = organisation(1)
    report = measure(material, material.week.end, np.random.default_rng(5))
    hidden = [key for key, count in report.charts.table.cells.items() if count is None]
    assert hidden
    answers = _named(draw(report), "answers").svg()
    kept = [q for q in material.questions if q.answers]
    (domain, group) = hidden[0]
    changed = tuple(
        replace(q, answers=(*q.answers, *(a for a in q.answers if material.groups.get(a.person) == group)))
        if (q.domain or "") == domain
        else q
        for q in kept
    )
    again = measure(replace(material, questions=changed), material.week.end, np.random.default_rng(5))
    assert again.charts.table.cells[domain, group] is None
    assert _named(draw(again), "answers").svg() == answers


def _named(plots: tuple[Plot, ...], key: str) -> Plot:
    return next(plot for plot in plots if plot.key == key)


def test_names_with_markup_or_dollars_stay_names() -> None:
    material = replace(
        organisation(1),
        domain_names={"compression": "$x^2$ <b>&"},
        group_names={"ict": "</svg><script>alert(1)</script>"},
    )
    report = measure(material, material.week.end, np.random.default_rng(5))
    for plot in draw(report):
        svg = plot.svg()
        Xml.fromstring(svg)  # noqa: S314 – our own drawing
        assert "<script" not in svg
    assert "$x^2$ &lt;b&gt;&amp;" in _named(draw(report), "risk").svg()


def test_an_empty_community_draws_only_what_there_is() -> None:
    members = organisation(1).members[:8]
    empty = Material(community="c", name="C", timezone=ZONE, lang="en", week=WEEK, members=members)
    report = measure(empty, WEEK.end, np.random.default_rng(1))
    assert [plot.key for plot in draw(report)] == ["participation"]
    assert draw(replace(report, too_small=True)) == ()
