"""`ander read`: JSON lines in, JSON lines out, nothing stored: what Ander makes of a conversation."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.errors import InputError
from bot.reading import Conversation, Reader, Reading, Utterance, mask
from bot.reading.lines import explain

LONGEST = 40_000
"""Characters of a message that are read."""


def _seconds(value: Any) -> Any:
    """Unix seconds as number or text (Slack's ts), or an ISO date."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return datetime.fromisoformat(value).timestamp()
    return value


def _text(value: Any) -> Any:
    return None if value is None else str(value)


Name = Annotated[str | None, BeforeValidator(_text)]


class Line(BaseModel):
    """One line of input; fields not named here are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, BeforeValidator(_text)]
    text: str = ""
    user: Annotated[str, BeforeValidator(_text)] = ""
    channel: Annotated[str, BeforeValidator(_text)] = ""
    thread: Name = None
    reply_to: Name = None
    ts: Annotated[float, BeforeValidator(_seconds)] = 0.0

    def as_utterance(self) -> Utterance:
        """The line as the reader knows it."""
        return Utterance(
            id=self.id,
            author=self.user,
            text=mask(self.text[:LONGEST])[0],
            at=self.ts,
            thread=self.thread if self.thread != self.id else None,
            reply_to=self.reply_to,
        )


class LineReader:
    """Reads lines in order, each channel as a conversation of its own."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._conversations: defaultdict[str, Conversation] = defaultdict(Conversation)

    def read(self, line: Line) -> Reading:
        """Read one line, exactly as a live message would be, and remember it for the next."""
        utterance = line.as_utterance()
        conversation = self._conversations[line.channel]
        reading = self._reader.read(utterance, conversation, None)
        conversation.add(utterance, reading)
        return reading


def parse(lines: Iterable[str]) -> Iterator[Line]:
    """The messages in JSON lines; empty lines are skipped. Raises InputError that names the line."""
    for number, raw in enumerate(lines, 1):
        if raw.strip():
            yield _parse(raw, number)


def _parse(raw: str, number: int) -> Line:
    try:
        return Line.model_validate_json(raw)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(
            f"line {number} of standard input: {where or 'it'}: {first['msg']}. "
            'Write one JSON object per line, like {"id": "1", "channel": "c", "ts": 1767222000, "user": "eva", '
            '"text": "…"}.'
        ) from wrong


def show(reading: Reading, *, lang: str | None = None) -> str:
    """One line of output; with `lang` the reason is added in that language."""
    values: dict[str, object] = {
        "id": reading.id,
        "kind": reading.kind,
        "confidence": round(reading.confidence, 4),
        "lang": reading.lang,
        "keep": reading.keep,
        "resolved": reading.resolved,
        "answers": [link.question for link in reading.answers],
        "text": reading.masked,
    }
    if lang:
        values["why"] = explain(reading, lang)
    return json.dumps(values, ensure_ascii=False)
