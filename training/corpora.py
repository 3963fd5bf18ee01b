"""The labelled texts to learn reading from, each with its licence. Only what its licence allows to train on is read."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.reading import KINDS, Kind, Utterance

HERE = Path(__file__).parent
# Lists of first messages: half of them ask, which chat does not, so they weigh less.
_OPENERS = frozenset({"openers", "beginnings", "trouble", "loose"})
_ASKING = frozenset({Kind.question})
_TELLING = frozenset({Kind.other, Kind.answer, Kind.knowhow, Kind.thanks})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled message. `kinds` holds more than one kind where the source tells less than we ask."""

    utterance: Utterance
    community: str
    channel: str
    kinds: frozenset[Kind]
    keep: bool | None
    resolved: bool | None
    answers: tuple[str, ...] = ()
    weight: float = 1.0
    lone: bool = False  # a sentence by itself, not said in any conversation
    irc: bool = False

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


def irc(data: Path, labels: Path = HERE / "irc_kinds.txt") -> list[Row]:
    """Technical talk on IRC (CC BY 4.0), its kinds labelled for this project.

    Where somebody annotated which message answers which, every message is there twice, each time for half: in the
    channel where everybody talks at once, and in its own conversation by itself, as topics and threads have it.
    """
    path = data / "answer_links" / "irc.jsonl.gz"
    if not path.exists():
        return []
    blocks = _irc_labels(labels)
    lines = {key: line for line in _packed(path) if (key := (line["doc"], line["i"])) in blocks}
    talks = _talks(lines)
    rows = []
    for key, line in lines.items():
        if line.get("system"):
            continue
        apart = "parents" in line
        rows.append(_irc_row(line, blocks[key], line["doc"], "", 0.5 if apart else 1.0))
        if apart:
            rows.append(_irc_row(line, blocks[key], f"{line['doc']} {talks[key]}", "alone ", 0.5))
    return rows


_LETTERS = {"q": Kind.question, "r": Kind.request, "c": Kind.clarify, "a": Kind.answer, "k": Kind.knowhow,
            "t": Kind.thanks, "o": Kind.other}  # fmt: skip
_Place = tuple[str, int]


def _irc_labels(path: Path) -> dict[_Place, str]:
    """The label of every message in the labelled ranges, by document and number."""
    found: dict[_Place, str] = {}
    doc = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            doc, first, last = line.strip("[]").split()
            found.update({(doc, at): "o" for at in range(int(first), int(last) + 1)})
        elif not line.startswith("#"):
            found.update({(doc, int(word[:-n])): word[-n:] for word in line.split() if (n := _tail(word))})
    return found


def _tail(word: str) -> int:
    return len(word.lstrip("0123456789"))


def _talks(lines: dict[_Place, dict[str, Any]]) -> dict[_Place, int]:
    """The first message of the conversation of each, by the annotated links."""
    found: dict[_Place, int] = {}
    for (doc, at), line in lines.items():
        earlier = [one for one in line.get("parents", ()) if one < at]
        found[doc, at] = found.get((doc, min(earlier)), at) if earlier else at
    return found


def _irc_row(line: dict[str, Any], label: str, channel: str, view: str, weight: float) -> Row:
    kinds = frozenset(_LETTERS[letter] for letter in label if letter in _LETTERS)
    return Row(
        utterance=Utterance(
            id=f"{view}{line['doc']}-{line['i']}",
            author=line["user"],
            text=line["text"],
            at=60.0 * line["i"],
            mentions=tuple(part.split(">", 1)[0] for part in line["text"].split("<@")[1:]),
        ),
        community=line["doc"],
        channel=channel,
        kinds=kinds or frozenset(KINDS),
        keep="+" in label,
        resolved="!" in label,
        weight=weight if kinds else 0.0,
        irc=True,
    )


def single_sentences(data: Path) -> list[Row]:
    """Lone sentences: Home Assistant (CC BY 4.0), xSID, UD Alpino (CC BY-SA 4.0), Tatoeba (CC BY 2.0 FR)."""
    rows: list[Row] = []
    folder = data / "questions"
    commands = frozenset({Kind.request})
    for line in _packed(folder / "home_assistant_nl.jsonl.gz"):
        rows.append(_lone("home", len(rows), line["text"], _ASKING if line["is_info_request"] else commands, 0.2))
    for line in _packed(folder / "xsid_nl.jsonl.gz"):
        rows.append(_lone("xsid", len(rows), line["text"], _of_form(line), 0.2))
        if line["is_question"] and line["text_noq"] != line["text"]:
            rows.append(_lone("xsid", len(rows), line["text_noq"], _of_form(line), 0.2))
    for line in list(_packed(folder / "ud_alpino.jsonl.gz"))[::3]:
        rows.append(_lone("alpino", len(rows), line["text"], _ASKING if line["is_question"] else _TELLING, 0.25))
    asked = _ASKING | {Kind.request, Kind.clarify, Kind.other}
    for line in list(_packed(folder / "tatoeba.jsonl.gz"))[::2]:
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
            rows.append(_lone("sentences", len(rows), text, frozenset(_LETTERS[letter] for letter in label), 0.4))
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


def _packed(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
