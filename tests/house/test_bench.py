"""The benches run, on something small; what they say of a machine is not judged here."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from bench import importing, search
from bench.figures import Figure, show


async def test_search_is_measured_over_a_small_record(tmp_path: Path) -> None:
    await search.build(tmp_path, 4000)
    found = await search.measure(tmp_path, 4000, 4)
    assert found[0].what == "search, 1 % of channels: p99"
    assert all("right 4 of 4" in figure.more for figure in found[:-1])
    assert found[-1].floor is not None
    assert found[-1].floor > 0  # the memory itself drowns here in what the other tests leave and free


def test_a_copied_export_holds_every_channel_again(tmp_path: Path) -> None:
    export = tmp_path / "small.zip"
    with ZipFile(export, "w") as file:
        file.writestr("channels.json", json.dumps([{"id": "C1", "name": "a", "members": ["U1"]}]))
        file.writestr("users.json", json.dumps([{"id": "U1"}]))
        file.writestr("a/2026-01-01.json", "[]")
    with ZipFile(importing.copied(export, 2, tmp_path)) as made:
        assert set(made.namelist()) == {"channels.json", "users.json", "a/2026-01-01.json", "aX1/2026-01-01.json"}
        assert [row["id"] for row in json.loads(made.read("channels.json"))] == ["C1", "C1X1"]
        assert len(json.loads(made.read("users.json"))) == 1


def test_a_figure_knows_its_aim(capsys: pytest.CaptureFixture[str]) -> None:
    low, high = (
        Figure(what="time", value=3, unit="ms", aim=5),
        Figure(what="rate", value=3, unit="/s", aim=5, at_least=True),
    )
    assert (low.holds, high.holds, Figure(what="x", value=1, unit="").holds) == (True, False, None)
    show("a bench", [low, high], as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert [row["holds"] for row in said["figures"]] == [True, False]
    show("a bench", [low, high], as_json=False)
    assert "≥ 5 /s" in capsys.readouterr().out
