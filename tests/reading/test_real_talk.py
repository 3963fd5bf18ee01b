"""Labels of real talk: numbers with letters, kept apart from the texts."""

import gzip
import json
from pathlib import Path

import pytest

from bot.reading import KINDS, Kind
from training.real_talk import read_labels, real_talk


def write(folder: Path, **labels: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in labels.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    return folder


def test_what_is_in_a_range_and_not_named_is_other(tmp_path: Path) -> None:
    folder = write(tmp_path, one="# a note\n[room 0 3]\n0q 2a/o+\n", two="[other 5 5]\n5t!\n")
    assert read_labels(folder) == {
        ("room", 0): "q",
        ("room", 1): "o",
        ("room", 2): "a/o+",
        ("room", 3): "o",
        ("other", 5): "t!",
    }


def test_nothing_is_labelled_twice(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"two\.txt: room 1 is labelled twice"):
        read_labels(write(tmp_path, one="[room 0 1]\n", two="[room 1 1]\n1q\n"))


def test_the_labels_that_come_along_are_sound() -> None:
    found = read_labels(Path("training/real_kinds"))
    assert len(found) > 10_000
    assert {letter for label in found.values() for letter in label} <= set("qrcaktox/+!")


def test_a_room_is_read_in_order_of_time_and_its_talks_apart(tmp_path: Path) -> None:
    talks = [
        {"community": "bees", "dialog": 0, "messages": [said("an", "how do bees sleep?", 1), said("bo", "well", 3)]},
        {"community": "bees", "dialog": 1, "messages": [said("cy", "hello", 2)]},
    ]
    (tmp_path / "answer_links").mkdir()
    with gzip.open(tmp_path / "answer_links" / "gitter_dialogs.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(talk) + "\n" for talk in talks)
    rows = real_talk(tmp_path, write(tmp_path / "labels", bees="[gitter.bees 0 2]\n0q 1x 2a/o+\n"))
    room = [row for row in rows if not row.channel]
    assert [row.utterance.author for row in room] == ["an", "cy", "bo"]
    assert [row.kinds for row in room] == [{Kind.question}, set(KINDS), {Kind.answer, Kind.other}]
    assert [row.weight for row in room] == [0.5, 0.0, 0.5]
    assert [row.keep for row in room] == [False, False, True]
    assert {row.channel for row in rows} - {""} == {"talk 0", "talk 1"}


def said(user: str, text: str, minute: int) -> dict[str, str]:
    return {"user": user, "text": text, "ts": f"2017-01-01T10:0{minute}:00"}


def test_without_its_data_real_talk_is_left_out(tmp_path: Path) -> None:
    assert real_talk(tmp_path) == []
