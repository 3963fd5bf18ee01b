"""`python -m evals` with little or nothing to measure on: a sentence, no trace."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals import reliability
from evals.__main__ import SUITES, main


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().out


def test_what_lacks_its_data_is_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    for suite in SUITES:
        assert f"{suite}: " in told.err


def test_an_unknown_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path), "singing"])


def test_how_sure_it_is_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row: dict[str, Any] = {"task": "kind right, 50–70 % sure", "data": "gold/nl, community left out", "n": 40}
    row |= {"value": 0.64, "low": 0.5, "high": 0.75, "peers": {"said": 0.6}}
    (tmp_path / "results.json").write_text(json.dumps([row, {"task": "keep", "data": "gold/nl"}]))
    monkeypatch.setattr("sys.argv", ["reliability", str(tmp_path / "results.json"), str(tmp_path / "it.png")])
    reliability.main()
    assert (tmp_path / "it.png").read_bytes().startswith(b"\x89PNG")
    assert reliability.drawn([row]).alt == "invented Dutch chat: 0.60 said, 0.64 right"
