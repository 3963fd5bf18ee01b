"""`ander read`: JSON lines in, JSON lines out, nothing stored: what Ander makes of a conversation."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, AllowInfNan, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.correction import RIGHT, SAVE
from bot.errors import InputError
from bot.ports import Embedder
from bot.reading import Conversation, Kind, Reader, Reading, Utterance
from bot.reading.lines import explain


def _seconds(value: Any) -> Any:
    """Unix seconds as number or text (Slack's ts), milliseconds (Matrix), or an ISO date."""
    if value is None or value == "":
        return 0.0
    try:
        found = float(value)
    except OverflowError as error:
        raise ValueError("no time") from error
    except ValueError:
        return datetime.fromisoformat(value).timestamp()
    return found / 1000 if found > _MILLISECONDS else found


_MILLISECONDS = 1e11  # as seconds that is the year 5138


def _text(value: Any) -> Any:
    return None if value is None else _words(value)


def _words(value: Any) -> Any:
    """As text that can be written again: half a surrogate pair could not."""
    return "" if value is None else str(value).encode("utf-8", "replace").decode("utf-8")


def _names(value: Any) -> Any:
    """Reactions as Slack gives them ([{"name": …}, …]), as a list of names or signs, or as counts by name."""
    return [str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in value or ()]


Name = Annotated[str | None, BeforeValidator(_text)]
Words = Annotated[str, BeforeValidator(_words)]


class Line(BaseModel):
    """One line of input; fields not named here are ignored, and only the text is needed. The names that Slack and
    Matrix use for a field are understood too."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Name = Field(None, validation_alias=AliasChoices("id", "event_id", "client_msg_id"))
    text: Words = Field("", validation_alias=AliasChoices("text", "body"))
    user: Words = Field("", validation_alias=AliasChoices("user", "author", "sender"))
    channel: Words = Field("", validation_alias=AliasChoices("channel", "room", "room_id"))
    thread: Name = Field(None, validation_alias=AliasChoices("thread", "thread_ts"))
    reply_to: Name = None
    ts: Annotated[float, BeforeValidator(_seconds), AllowInfNan(False)] = Field(
        0.0, validation_alias=AliasChoices("ts", "at", "timestamp", "origin_server_ts")
    )
    written: Name = Field(None, validation_alias=AliasChoices("ts", "at", "timestamp", "origin_server_ts"))
    reactions: Annotated[list[str], BeforeValidator(_names)] = Field(default_factory=list)

    @property
    def is_said(self) -> bool:
        """Was it said in a conversation, as far as one can see? Bare sentences one after another make none."""
        return bool(self.user or self.thread or self.reply_to or (self.channel and self.written))


class LineReader:
    """Reads lines in order, each channel as a conversation of its own; bare sentences each by itself."""

    def __init__(self, reader: Reader, embedder: Embedder) -> None:
        self._reader = reader
        self._embedder = embedder
        self._conversations: defaultdict[str, Conversation] = defaultdict(Conversation)
        self._written: dict[tuple[str, str], str] = {}  # ids by channel and the time as it was written
        self._count = 0

    async def read(self, line: Line) -> Reading:
        """Read one line, exactly as a live message would be, and remember it for the next."""
        self._count += 1
        utterance = self._utterance(line)
        conversation = self._conversations[line.channel] if line.is_said else Conversation()
        glance = self._reader.glance(utterance, conversation)
        reading = self._reader.judge(glance)
        if self._reader.wants_vector(glance, reading) and self._reader.knows(self._embedder.model):
            reading = self._reader.judge(glance, (await self._embedder.embed([glance.masked]))[0])
        reading = _marked(reading, line.reactions)
        conversation.add(utterance, reading)
        return reading

    def _utterance(self, line: Line) -> Utterance:
        """The line as the reader knows it. A thread may be named by its root's id or, as in Slack, by its time."""
        name = line.id or line.written or f"line-{self._count}"
        self._written[line.channel, line.written or ""] = name
        thread = self._written.get((line.channel, line.thread or "")) if line.thread != line.id else None
        thread = thread or line.thread
        return Utterance(
            id=name,
            author=line.user,
            text=line.text,
            at=line.ts,
            thread=thread if thread != name else None,
            reply_to=line.reply_to if line.reply_to != name else None,
        )


def _marked(reading: Reading, reactions: Sequence[str]) -> Reading:
    """What people marked goes before what was read: 📚 makes it know-how, ✅ a right answer."""
    if SAVE & set(reactions):
        return replace(reading, kind=Kind.knowhow, confidence=1.0, keep=True, keep_confidence=1.0, answers=())
    if RIGHT & set(reactions) and reading.kind is not Kind.question:
        return replace(reading, kind=Kind.answer, confidence=1.0, keep=True, keep_confidence=1.0)
    return reading


def parse(lines: Iterable[str]) -> Iterator[Line]:
    """The messages in JSON lines; empty lines are skipped. Raises InputError that names the line."""
    for number, raw in enumerate(lines, 1):
        if raw.strip():
            yield _parse(raw, number)


def _parse(raw: str, number: int) -> Line:
    try:
        return Line.model_validate(json.loads(raw))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _misunderstood(number, f"{where or 'it'}: {first['msg']}") from wrong
    except (ValueError, RecursionError) as wrong:
        raise _misunderstood(number, f"it is no JSON: {wrong}") from wrong


def _misunderstood(number: int, what: str) -> InputError:
    return InputError(
        f"line {number} of standard input: {what}. Write one JSON object per line, like "
        '{"id": "1", "channel": "c", "ts": 1767222000, "user": "eva", "text": "…"}; only the text is needed.'
    )


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
