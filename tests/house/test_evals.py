"""`python -m evals` with little or nothing to measure on: a sentence, no trace."""

from pathlib import Path

import pytest

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
