"""The `ander` command as an administrator meets it: a real process, a real export, real exit codes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ORGANISATION = {
    "users.json": [
        {"id": "U1", "name": "eva", "tz": "Europe/Amsterdam", "profile": {"display_name": "Eva"}},
        {"id": "U2", "name": "bo", "tz": "Europe/Amsterdam", "profile": {"display_name": "Bo"}},
        {"id": "U3", "name": "gijs", "is_restricted": True, "profile": {"display_name": "Gijs"}},
    ],
    "channels.json": [
        {"id": "C1", "name": "webmail", "members": ["U1", "U2"]},
        {"id": "C2", "name": "garden", "members": ["U1"]},
    ],
    "webmail/2026-03-02.json": [
        {
            "type": "message",
            "user": "U1",
            "ts": "1772442000.000100",
            "thread_ts": "1772442000.000100",
            "text": "How do I reset the password of a locked mailbox in the new webmail?",
        },
        {
            "type": "message",
            "user": "U2",
            "ts": "1772442600.000200",
            "thread_ts": "1772442000.000100",
            "text": "Open Settings, choose Security and click Reset; the person gets a mail with a link.",
        },
        {"type": "message", "user": "U1", "ts": "1772442900.000300", "text": "lunch anyone?"},
    ],
    "garden/2026-03-03.json": [
        {"type": "message", "user": "U1", "ts": "1772530000.000100", "text": "Hoe krijg ik slakken uit de moestuin?"},
    ],
}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    for name, content in ORGANISATION.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


class Command:
    """Runs `ander` with a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, *arguments: str, feed: str = "", expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            input=feed,
            capture_output=True,
            text=True,
            env={**os.environ, "ANDER_DATA": str(self.data), "NO_COLOR": "1", "COLUMNS": "100"},
            timeout=100,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout if expect == 0 else done.stderr


@pytest.fixture
def ander(tmp_path: Path) -> Command:
    return Command(tmp_path / "data")


def test_from_an_export_to_a_practice(ander: Command, export: Path) -> None:
    first = json.loads(ander("import", str(export), "--json"))
    assert {key: first[key] for key in ("messages", "new", "people", "channels", "questions", "answered")} == {
        "messages": 4,
        "new": 4,
        "people": 3,
        "channels": 2,
        "questions": 2,
        "answered": 1,
    }
    assert json.loads(ander("import", str(export), "--json"))["new"] == 0

    (hit, *_) = json.loads(ander("search", "webmail password", "--as", "slack:U2", "--json"))
    assert hit["channel"] == "slack:C1"
    assert "Security" in hit["answer"]
    assert json.loads(ander("search", "webmail password", "--as", "slack:U3", "--json")) == []

    (waiting,) = json.loads(ander("open", "--json"))
    assert waiting["channel"] == "slack:C2"

    found = json.loads(ander("anders", "reset a webmail password", "--community", "garden", "--json"))
    assert [one["person"] for one in found] == ["slack:U2"]

    report = json.loads(ander("report", "webmail", "--week", "2026-W10", "--json"))
    assert (report["community"], report["week"]) == ("webmail", "2026-W10")
    assert report["suppressed"]

    held = json.loads(ander("export", "slack:U2"))
    assert held["messages"]
    ander("forget", "slack:U2", "--yes")
    assert not any(json.loads(ander("export", "slack:U2")).values())
    for path in ander.data.rglob("*"):
        assert not path.is_file() or b"choose Security" not in path.read_bytes(), path
    assert json.loads(ander("import", str(export), "--json"))["new"] == 0
    assert "✗" not in ander("check")


def test_reading_stores_nothing(ander: Command) -> None:
    lines = [
        {
            "id": "1",
            "channel": "c",
            "ts": 1772442000,
            "user": "eva",
            "text": "Hoe zet ik mijn agenda open voor collega's?",
        },
        {
            "id": "2",
            "channel": "c",
            "ts": 1772442060,
            "user": "bo",
            "text": "Via delen, en mijn wachtwoord is Regen-2026!",
        },
    ]
    out = ander("read", "--explain", "--lang", "nl", feed="\n".join(map(json.dumps, lines)))
    question, answer = map(json.loads, out.splitlines())
    assert (question["id"], question["kind"], question["lang"]) == ("1", "question", "nl")
    assert "Regen-2026" not in answer["text"]
    assert not ander.data.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("import", "no-such-file.zip"), 2, "no-such-file.zip"),
        (("report", "nowhere"), 2, "There is no community"),
        (("search", "x", "--as", "slack:U9"), 2, "slack:U9"),
        (("--config", "no-such.toml", "check"), 2, "cannot be read"),
        (("domains", "sugest"), 2, "ander domains suggest"),
        (("matrix", "rooms"), 2, "has no [matrix] section"),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_wrong_input_says_what_to_do(ander: Command, arguments: tuple[str, ...], code: int, said: str) -> None:
    assert said in " ".join(ander(*arguments, expect=code).split())


def test_a_broken_line_is_named(ander: Command) -> None:
    assert "line 2" in ander("read", feed='{"id": "1", "text": "hi"}\n{"id": ', expect=2)


def test_a_record_that_is_no_database_is_explained(ander: Command) -> None:
    ander.data.mkdir()
    (ander.data / "ander.db").write_text("this is not a database, it is a sentence" * 50)
    assert "ander.db" in ander("check", expect=1)


def test_it_runs_until_it_is_told_to_stop(ander: Command) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ANDER_DATA": str(ander.data)},
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "running:" in line:
            break
    running.send_signal(signal.SIGTERM)
    rest = running.stderr.read()
    running.stderr.close()
    assert (running.wait(20), "Traceback" in rest) == (0, False)


def test_every_command_has_help(ander: Command) -> None:
    listed = ander("--help")
    for name in [
        "demo",
        "import",
        "read",
        "search",
        "open",
        "domains",
        "anders",
        "report",
        "forget",
        "export",
        "check",
        "reindex",
        "chat",
        "run",
    ]:
        assert name in listed
        assert "Usage" in ander(name, "--help")
