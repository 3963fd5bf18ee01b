"""The labelled texts to learn reading from, each with its licence. Only what its licence allows to train on is read."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from bot.reading import Kind, Utterance

HERE = Path(__file__).parent
# Lists of first messages: half of them ask, which chat does not, so they weigh less.
_OPENERS = frozenset({"openers", "beginnings", "trouble", "loose"})
_ASKING = frozenset({Kind.question})
_TELLING = frozenset({Kind.other, Kind.answer, Kind.knowhow, Kind.thanks})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled message. `kinds` holds more than one kind where the source tells less than we ask, or where who
    labelled it was in doubt: then `likely` is the one they found likelier."""

    utterance: Utterance
    community: str
    channel: str
    kinds: frozenset[Kind]
    keep: bool | None
    resolved: bool | None
    answers: tuple[str, ...] = ()
    likely: Kind | None = None
    weight: float = 1.0
    lone: bool = False  # a sentence by itself, not said in any conversation
    real: bool = False  # said by people among themselves, not written for this project
    again: bool = False  # there once already, with other things said before it

    @property
    def kind(self) -> Kind | None:
        """The kind, where the source names one."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None


def our_chat(folder: Path = HERE / "chat") -> list[Row]:
    """The chat written for this project (training/chat)."""
    return [
        _chat_row(line, line["author"], line["at"]) for path in sorted(folder.glob("*.jsonl")) for line in _lines(path)
    ]


def gold_dutch(data: Path) -> list[Row]:
    """The labelled Dutch organisation of gold/nl (ours); empty when it is not there."""
    path = data / "gold" / "nl" / "messages.jsonl"
    return [_chat_row(line, line["user"], line["ts"]) for line in _lines(path)] if path.exists() else []


LETTERS = {"q": Kind.question, "r": Kind.request, "c": Kind.clarify, "a": Kind.answer, "k": Kind.knowhow,
            "t": Kind.thanks, "o": Kind.other}  # fmt: skip


def single_sentences(data: Path) -> list[Row]:
    """Lone sentences: Home Assistant (CC BY 4.0), xSID, UD Alpino (CC BY-SA 4.0), Tatoeba (CC BY 2.0 FR)."""
    rows: list[Row] = []
    folder = data / "questions"
    commands = frozenset({Kind.request})
    for line in packed(folder / "home_assistant_nl.jsonl.gz"):
        rows.append(_lone("home", len(rows), line["text"], _ASKING if line["is_info_request"] else commands, 0.2))
    for line in packed(folder / "xsid_nl.jsonl.gz"):
        rows.append(_lone("xsid", len(rows), line["text"], _of_form(line), 0.2))
        if line["is_question"] and line["text_noq"] != line["text"]:
            rows.append(_lone("xsid", len(rows), line["text_noq"], _of_form(line), 0.2))
    for line in list(packed(folder / "ud_alpino.jsonl.gz"))[::3]:
        rows.append(_lone("alpino", len(rows), line["text"], _ASKING if line["is_question"] else _TELLING, 0.25))
    asked = _ASKING | {Kind.request, Kind.clarify, Kind.other}
    for line in list(packed(folder / "tatoeba.jsonl.gz"))[::2]:
        for key in ("text", "text_en"):
            rows.append(
                _lone("tatoeba", len(rows), line[key], asked if line["is_question"] else _TELLING | commands, 0.2)
            )
    return rows


def our_sentences(path: Path = HERE / "sentences.txt") -> list[Row]:
    """The sentences written for this project, each by itself."""
    rows: list[Row] = []
    for line in path.read_text("utf-8").splitlines():
        label, _, text = line.partition(" ")
        if text and label != "#":
            rows.append(_lone("sentences", len(rows), text, frozenset(LETTERS[letter] for letter in label), 0.8))
    return rows


def _of_form(line: dict[str, Any]) -> frozenset[Kind]:
    """xSID labels the form: what is asked politely has the form of a question but may be a request."""
    if line["is_question"]:
        return _ASKING | {Kind.request} if line["polite_request"] else _ASKING
    return frozenset({Kind.request})


def _chat_row(line: dict[str, Any], author: str, at: float) -> Row:
    answers = line["answers"] or ()
    return Row(
        utterance=Utterance(
            id=line["id"],
            author=author,
            text=line["text"],
            at=float(at),
            thread=line["thread"],
            mentions=_mentions(line["text"]),
        ),
        community=line["community"],
        channel=line["channel"],
        kinds=frozenset({Kind(line["kind"])}),
        keep=line["keep"],
        resolved=line["resolved"],
        answers=(answers,) if isinstance(answers, str) else tuple(answers),
        weight=0.5 if line["community"] in _OPENERS else 1.0,
    )


def _mentions(text: str) -> tuple[str, ...]:
    return tuple(word[1:].strip(".,:;!?").lower() for word in text.split() if word.startswith("@"))


def streams(rows: Sequence[Row]) -> list[Row]:
    """Lone sentences once more, one after another in a channel, as a help desk or a house hears them: what was said
    before has nothing to do with them. In half of the channels one person speaks, in half everybody differs."""
    order = sorted(rows, key=lambda row: (row.community, crc32(row.utterance.id.encode())))
    made = []
    for number, row in enumerate(order):
        channel, place = divmod(number, _STREAM)
        said = row.utterance
        author = said.author if channel % 2 else f"{said.author} {place}"
        apart = replace(said, id=f"after others {said.id}", author=author, at=60.0 * place)
        made.append(replace(row, utterance=apart, channel=f"stream {channel}", again=True))
    return made


_STREAM = 20  # sentences in one channel


def _lone(source: str, at: int, text: str, kinds: frozenset[Kind], weight: float) -> Row:
    utterance = Utterance(id=f"{source}-{at}", author="somebody", text=text, at=0.0)
    return Row(
        utterance=utterance,
        community=source,
        channel=str(at),
        kinds=kinds,
        keep=None,
        resolved=None,
        weight=weight,
        lone=True,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def packed(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON lines of a packed file; none when it is not there."""
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
