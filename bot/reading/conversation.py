"""What was said lately in one channel: bounded memory that the reading of the next message looks at. Plain data."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from bot.reading.alone import forget_looks, look_alone
from bot.reading.model import KINDS, Kind, Reading, Utterance
from bot.reading.text import Text

RECENT = 60  # utterances kept whatever their thread
OPEN = 120  # questions kept
OPEN_DAYS = 10.0  # after which a question can no longer be answered by what follows
THREADS = 300  # thread roots kept
IN_THREAD = 30  # utterances kept of each thread

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance as remembered: who, when, where, what it was, its content words; never its text."""

    id: str
    author: str
    at: float
    thread: str | None
    reply_to: str | None
    mentions: tuple[str, ...]
    kind: Kind
    confidence: float
    chances: tuple[float, ...]  # of every kind
    words: frozenset[str]
    length: int
    asks: bool
    greets: bool
    thanks: bool
    resolved: bool
    parent: str | None
    answers: tuple[str, ...]
    about: tuple[str, ...]  # the questions it belongs to: asks, answers, or reacts to


@dataclass(slots=True)
class Conversation:
    """The memory of one channel. `Reader.read` only looks; the caller adds what was read."""

    recent: deque[Said] = field(default_factory=lambda: deque(maxlen=RECENT))
    questions: OrderedDict[str, Said] = field(default_factory=OrderedDict)
    threads: OrderedDict[str, deque[Said]] = field(default_factory=OrderedDict)
    resolved: dict[str, str] = field(default_factory=dict)

    def add(self, utterance: Utterance, reading: Reading) -> None:
        """Remember `utterance` as read; an id that is known already (an edit) replaces what was remembered."""
        said = self._remember(utterance, reading)
        if self._known(said.id):
            self._replace(said)
            return
        self.recent.append(said)
        self._add_to_thread(said)
        if said.kind is Kind.question:
            self.questions[said.id] = said
        self._drop_old(said.at)
        if reading.resolves is not None:
            self.resolved[reading.resolves] = said.id

    def revise(self, utterance: Utterance, first: Reading, second: Reading) -> None:
        """Remember what a second look made of `utterance`, unless it was forgotten or edited since the first."""
        said = self.find(utterance.id)
        if said is None or (said.kind, said.confidence) != (first.kind, first.confidence):
            return
        self._replace(self._remember(utterance, second))
        if second.resolves is not None:
            self.resolved[second.resolves] = utterance.id

    def forget(self, message_id: str) -> None:
        """Leave no trace of one message."""
        forget_looks()
        self._keep(lambda said: said.id != message_id)
        self.threads.pop(message_id, None)
        self._unlink({message_id})

    def forget_person(self, author: str) -> None:
        """Leave no trace of what one person said, nor of their being named."""
        forget_looks()
        gone = {said.id for said in self.said() if said.author == author}
        self._keep(lambda said: said.author != author)
        for root in gone & self.threads.keys():
            del self.threads[root]
        self._unlink(gone)
        self._map(lambda said: _without_mention(said, author))

    def said(self) -> Iterator[Said]:
        """Everything remembered, each once."""
        seen: set[str] = set()
        for group in (self.recent, self.questions.values(), *self.threads.values()):
            for one in group:
                if one.id not in seen:
                    seen.add(one.id)
                    yield one

    def find(self, message_id: str | None) -> Said | None:
        """The remembered utterance with this id."""
        if message_id is None:
            return None
        if message_id in self.questions:
            return self.questions[message_id]
        for said in reversed(self.recent):
            if said.id == message_id:
                return said
        return next((said for said in self.threads.get(message_id, ()) if said.id == message_id), None)

    def in_thread(self, root: str) -> tuple[Said, ...]:
        """What is remembered of a thread, its root first when known."""
        return tuple(self.threads.get(root, ()))

    def named(self, utterance: Utterance, text: Text) -> tuple[str, ...]:
        """Who is addressed: mentioned, or called by the name they go by here ("Kees, ...", "thanks mira")."""
        words = text.words
        near = {*words[:4], *words[-3:]}
        called = (one for one in dict.fromkeys([said.author for said in self.recent]) if one.lower() in near)
        return tuple(dict.fromkeys(one for one in (*utterance.mentions, *called) if one != utterance.author))

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────

    def _remember(self, utterance: Utterance, reading: Reading) -> Said:
        seen = look_alone(reading.masked)
        text = seen.text
        return Said(
            id=utterance.id,
            author=utterance.author,
            at=utterance.at,
            thread=utterance.thread,
            reply_to=utterance.reply_to,
            mentions=self.named(utterance, text),
            kind=reading.kind,
            confidence=reading.confidence,
            chances=_chances(reading),
            words=seen.content,
            length=len(text.words),
            asks="?" in text.plain,
            greets="greets" in seen.cues,
            thanks="thanks" in seen.cues,
            resolved=reading.resolved,
            parent=reading.parent,
            answers=tuple(link.question for link in reading.answers),
            about=self._about(utterance, reading),
        )

    def _about(self, utterance: Utterance, reading: Reading) -> tuple[str, ...]:
        if reading.kind is Kind.question:
            return (utterance.id,)
        if reading.answers:
            return tuple(link.question for link in reading.answers)
        if reading.resolves is not None:
            return (reading.resolves,)
        parent = self.find(reading.parent)
        return parent.about if parent else ()

    def _add_to_thread(self, said: Said) -> None:
        root = said.thread or said.id
        if root in self.threads:
            self.threads.move_to_end(root)
        elif said.thread is None:
            self.threads[root] = deque()
        else:
            first = self.find(root)
            self.threads[root] = deque([first] if first else [])
        line = self.threads[root]
        line.append(said)
        if len(line) > IN_THREAD:
            del line[1]  # the root stays
        while len(self.threads) > THREADS:
            self.threads.popitem(last=False)

    def _drop_old(self, now: float) -> None:
        while self.questions:
            first = next(iter(self.questions.values()))
            if len(self.questions) <= OPEN and now - first.at <= OPEN_DAYS * _DAY:
                break
            self.questions.popitem(last=False)
            self.resolved.pop(first.id, None)

    def _known(self, message_id: str) -> bool:
        return self.find(message_id) is not None

    def _replace(self, said: Said) -> None:
        for line in (self.recent, self.threads.get(said.thread or said.id), self.threads.get(said.id)):
            at = next((at for at, old in enumerate(line or ()) if old.id == said.id), None)
            if line is not None and at is not None:
                line[at] = said
        if said.kind is Kind.question:
            self.questions[said.id] = said
        else:
            self.questions.pop(said.id, None)

    def _map(self, change: Callable[[Said], Said]) -> None:
        self.recent = deque((change(said) for said in self.recent), maxlen=RECENT)
        self.questions = OrderedDict((key, change(said)) for key, said in self.questions.items())
        self.threads = OrderedDict((root, deque(change(said) for said in line)) for root, line in self.threads.items())

    def _keep(self, wanted: Callable[[Said], bool]) -> None:
        self.recent = deque((said for said in self.recent if wanted(said)), maxlen=RECENT)
        self.questions = OrderedDict((key, said) for key, said in self.questions.items() if wanted(said))
        lines = ((root, deque(said for said in line if wanted(said))) for root, line in self.threads.items())
        self.threads = OrderedDict((root, line) for root, line in lines if line)

    def _unlink(self, gone: set[str]) -> None:
        self.resolved = {q: m for q, m in self.resolved.items() if q not in gone and m not in gone}
        self._map(lambda said: _without_links(said, gone))


def _chances(reading: Reading) -> tuple[float, ...]:
    """Those of the reading, unless somebody said since what it is."""
    at = KINDS.index(reading.kind)
    if reading.chances and round(reading.chances[at], 4) == reading.confidence:
        return reading.chances
    rest = (1 - reading.confidence) / (len(KINDS) - 1)
    return tuple(reading.confidence if one == at else rest for one in range(len(KINDS)))


def _without_links(said: Said, gone: set[str]) -> Said:
    links = {said.thread, said.reply_to, said.parent, *said.answers, *said.about}
    if not links & gone:
        return said
    return replace(
        said,
        thread=None if said.thread in gone else said.thread,
        reply_to=None if said.reply_to in gone else said.reply_to,
        parent=None if said.parent in gone else said.parent,
        answers=tuple(one for one in said.answers if one not in gone),
        about=tuple(one for one in said.about if one not in gone),
    )


def _without_mention(said: Said, person: str) -> Said:
    if person not in said.mentions:
        return said
    return replace(said, mentions=tuple(one for one in said.mentions if one != person))
