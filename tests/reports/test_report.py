"""What a report says of a figure: the usual value, and its JSON."""

from bot.reports.report import COUNT, WEEK, Metric


def metric(*series: float | None) -> Metric:
    return Metric(key="k", unit=COUNT, window=WEEK, value=series[-1], series=series)


def test_usual_is_the_median_of_the_weeks_that_are_known() -> None:
    # Known: 1 2 3 4 5 6 7 90 → (4 + 5) ÷ 2
    assert metric(None, 7, 1, None, 3, 2, 5, 4, None, 6, 90, None).usual == 4.5


def test_with_too_few_known_weeks_nothing_is_usual() -> None:
    assert metric(*[None] * 5, *[0.0] * 7).usual is None


def test_json_leaves_out_what_is_not_there_but_never_the_value() -> None:
    found = Metric(key="k", unit=COUNT, window=WEEK, value=None).to_json()
    assert found == {"value": None, "unit": "count", "window": "week"}
    assert Metric(key="k", unit=COUNT, window=WEEK, value=0, of=0).to_json()["of"] == 0
