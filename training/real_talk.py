"""Real technical talk, labelled for this project: IRC (CC BY 4.0) and Gitter (MIT). The labels are in `real_kinds`, the
texts in the corpora."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.reading import KINDS, Kind, Utterance
from training.corpora import HERE, LETTERS, Row, packed

Place = tuple[str, int]
_AGAIN = 0.5  # what a message weighs that is there twice


def real_talk(data: Path, labels: Path = HERE / "real_kinds") -> list[Row]:
    """Every labelled message of IRC and Gitter whose corpus is in `data`.

    Where somebody annotated which message belongs to which, every message is there twice, each time for half: in the
    channel where everybody talks at once, and in its own conversation by itself, as topics and threads have it.
    """
    named = read_labels(labels)
    return [*_irc(data / "answer_links" / "irc.jsonl.gz", named), *_gitter(data, named)]


def read_labels(folder: Path) -> dict[Place, str]:
    """The label of every message in the labelled ranges, by document and number. Raises ValueError for two of one."""
    found: dict[Place, str] = {}
    for path in sorted(folder.glob("*.txt")):
        for place, label in _labels(path):
            if place in found:
                raise ValueError(f"{path.name}: {place[0]} {place[1]} is labelled twice.")
            found[place] = label
    return found


def _labels(path: Path) -> Iterator[tuple[Place, str]]:
    ranges: dict[Place, str] = {}
    doc = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            doc, first, last = line.strip("[]").split()
            ranges.update({(doc, at): "o" for at in range(int(first), int(last) + 1)})
        elif not line.startswith("#"):
            ranges.update({(doc, int(word[:-n])): word[-n:] for word in line.split() if (n := _tail(word))})
    yield from ranges.items()


def _tail(word: str) -> int:
    return len(word.lstrip("0123456789"))


# ── IRC ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _irc(path: Path, named: dict[Place, str]) -> Iterator[Row]:
    lines = {key: line for line in packed(path) if (key := (line["doc"], line["i"])) in named}
    talks = _talks(lines)
    for key, line in lines.items():
        if not line.get("system"):
            said = Utterance(
                id=f"{key[0]}-{key[1]}",
                author=line["user"],
                text=line["text"],
                at=60.0 * key[1],
                mentions=_mentioned(line["text"]),
            )
            apart = f"{key[0]} {talks[key]}" if "parents" in line else None
            yield from _rows(said, named[key], _community(line), key[0], apart)


def _community(line: dict[str, Any]) -> str:
    """Who talks there: the documents of one channel are by the same people."""
    return f"irc {line['channel'].split('.')[0]}"


def _talks(lines: dict[Place, dict[str, Any]]) -> dict[Place, int]:
    """The first message of the conversation of each, by the annotated links."""
    found: dict[Place, int] = {}
    for (doc, at), line in lines.items():
        earlier = [one for one in line.get("parents", ()) if one < at]
        found[doc, at] = found.get((doc, min(earlier)), at) if earlier else at
    return found


# ── Gitter ────────────────────────────────────────────────────────────────────────────────────────────────────


def _gitter(data: Path, named: dict[Place, str]) -> Iterator[Row]:
    """Messages are numbered by room, in order of time, conversation and place in the conversation."""
    rooms: defaultdict[str, list[tuple[str, int, int, dict[str, Any]]]] = defaultdict(list)
    for line in packed(data / "answer_links" / "gitter_dialogs.jsonl.gz"):
        said = enumerate(line["messages"])
        rooms[f"gitter.{line['community']}"] += ((one["ts"], line["dialog"], place, one) for place, one in said)
    for room, messages in rooms.items():
        messages.sort(key=lambda one: one[:3])
        for number, (ts, talk, _, one) in enumerate(messages):
            if (label := named.get((room, number))) is not None:
                utterance = Utterance(
                    id=f"{room}-{number}",
                    author=one["user"],
                    text=one["text"],
                    at=dt.datetime.fromisoformat(ts).replace(tzinfo=dt.UTC).timestamp(),
                    mentions=_mentioned(one["text"]),
                )
                yield from _rows(utterance, label, room, "", f"talk {talk}")


# ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _mentioned(text: str) -> tuple[str, ...]:
    return tuple(part.split(">", 1)[0] for part in text.split("<@")[1:])


def _rows(said: Utterance, label: str, community: str, channel: str, apart: str | None) -> Iterable[Row]:
    """The message in its channel and, when it is known what it belongs to, once more in its own conversation."""
    kinds = _kinds(label)
    row = Row(
        utterance=said,
        community=community,
        channel=channel,
        kinds=frozenset(kinds or KINDS),
        likely=kinds[0] if len(kinds) > 1 else None,
        keep="+" in label,
        resolved="!" in label,
        weight=1.0 if kinds else 0.0,
        real=True,
    )
    if apart is None:
        return [row]
    once_more = replace(row, utterance=replace(said, id=f"alone {said.id}"), channel=apart, again=True)
    return [replace(one, weight=one.weight * _AGAIN) for one in (row, once_more)]


def _kinds(label: str) -> list[Kind]:
    """The kinds of a label, the likelier first; none for what is left out."""
    return [LETTERS[letter] for letter in label if letter in LETTERS]
