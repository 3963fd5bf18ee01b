"""Search: what is in the practice about a text, of what the one who asks may read.

What the plane finds is a guess to be checked: every hit is fetched from the record and its permission asked again.
Nothing that comes out of here depends on an item the person may not read.
"""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import InputError
from bot.events import ChannelId, PersonId
from bot.model import Candidate, DomainKey, Item, ItemKind, Part, Ref, Status, Thread, Vector
from bot.ports import Embedder, People, SearchPlane, Transaction
from bot.practice import fusion
from bot.practice.fusion import Array
from bot.practice.identifiers import identifiers, only_identifiers
from bot.practice.second import HURRIED, READ, nearness

CANDIDATES = 100  # by words, and as many by vectors
_FILTERED = 400  # … when domain, time or state then thin them out
PAGE = 40  # threads read at a time, and put in order by what they say
_LONGEST = 2_000  # characters of a query that count


class Gate(Protocol):
    """Who may read what; the module `bot.permission` is one."""

    async def readable(
        self, tx: People, person: PersonId, among: Collection[ChannelId] | None = None
    ) -> frozenset[ChannelId]:
        """The channels (of all, or `among` these) that the person may enter now."""
        ...

    async def seen(
        self, tx: People, person: PersonId, said: Collection[Item], within: frozenset[ChannelId] | None = None
    ) -> frozenset[Ref]:
        """What of all this the person may read now. `within`: what `readable` answered in this transaction."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What somebody looks for. `domain` and `channel` are a key or id, or a name as people write it."""

    text: str
    person: PersonId
    domain: str | None = None
    channel: str | None = None
    since: datetime | None = None
    open: bool = False
    limit: int = 5
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found. `score` is the learned chance (0 to 1) that it is what was looked for; `why` says what
    spoke for it: "identifier", "words", "meaning"."""

    thread: Thread
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A page of hits, best first; `more` when another page follows."""

    hits: tuple[Hit, ...] = ()
    more: bool = False


_OPTION = re.compile(r"(?:^|(?<=\s))(domain|domein|in|channel|kanaal|since|sinds):(\"[^\"]*\"|\S+)", re.IGNORECASE)
_OPEN = re.compile(r"\s(?:open|--open)\s*$", re.IGNORECASE)
_AGO = re.compile(r"(\d{1,4})\s*([dwmy]|j)", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365, "j": 365}
_NAMES = {"domein": "domain", "channel": "in", "kanaal": "in", "sinds": "since"}


def parse_query(text: str, person: PersonId, now: datetime) -> Query:
    """`TEXT [domain:X] [in:#channel] [since:30d] [open]`, with the Dutch words `domein:`, `kanaal:`, `sinds:` as
    well; names with spaces in double quotes. `since` takes days, weeks, months or years (30d, 2w, 6m, 1y or 1j) or
    a date (2026-03-01). Raises InputError when `since` is neither."""
    given = {name.lower(): value.strip('"') for name, value in _OPTION.findall(text)}
    options = {_NAMES.get(name, name): value for name, value in given.items()}
    rest = " " + " ".join(_OPTION.sub(" ", text).split())
    since = options.get("since")
    return Query(
        text=_OPEN.sub("", rest).strip(),
        person=person,
        domain=options.get("domain"),
        channel=options["in"].lstrip("#") if "in" in options else None,
        since=_moment(since, now) if since else None,
        open=bool(_OPEN.search(rest)),
    )


def _moment(text: str, now: datetime) -> datetime:
    ago = _AGO.fullmatch(text)
    if ago:
        return now - timedelta(days=int(ago[1]) * _DAYS[ago[2].lower()])
    try:
        return datetime.fromisoformat(text).replace(tzinfo=now.tzinfo)
    except ValueError:
        raise InputError(f"since:{text} is no time: write since:30d, since:2w, since:6m or since:2026-03-01") from None


async def search(
    tx: Transaction,
    plane: SearchPlane,
    embedder: Embedder,
    gate: Gate,
    query: Query,
    *,
    second: Embedder | None = None,
    hurry: bool = False,
) -> Results:
    """One page of what `query.person` may read about `query.text`, best first. An empty text, an unknown name and
    a name of something hidden all give nothing. `second`: reads the best few again (`bot.practice.second`), in a
    `hurry` only when nearly all of them were read ahead. Raises TransportError when a remote embedder does not
    answer."""
    text = query.text[:_LONGEST].strip()
    place = await _place(tx, gate, query)
    if not text or not place.channels:
        return Results()
    vector: Vector = (await embedder.embed([text]))[0]
    candidates = await plane.find(
        text=text, vector=vector, channels=place.channels, limit=_FILTERED if _thins(query) else CANDIDATES
    )
    again = (
        None
        if second is None or only_identifiers(text)
        else _reading_again(tx, text, second, HURRIED if hurry else READ)
    )
    return await _page(tx, gate, query, place, ranked(text, candidates), again)


Again = Callable[[Sequence[Thread]], Awaitable[Array | None]]
"""What the second embedder says of some threads, in order; None when there is no time to ask it."""


def _reading_again(tx: Transaction, text: str, second: Embedder, most: int) -> Again:
    """`most`: so many threads at most are read now."""

    async def read(threads: Sequence[Thread]) -> Array | None:
        known = await tx.vectors([thread.item.ref for thread in threads], Part.NEAR, second.model)
        if len(threads) - len(known) > most:
            return None
        return await nearness(second, text, threads, known)

    return read


def ranked(text: str, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Array]]:
    """Candidates with their row of features, best first; those alike in the order of their references."""
    if not candidates:
        return []
    rows = fusion.features(text, candidates)
    order = zip(candidates, rows, fusion.ranks(rows).tolist(), strict=True)
    return [(c, row) for c, row, _ in sorted(order, key=lambda found: (-found[2], found[0].ref))]


async def _page(
    tx: Transaction,
    gate: Gate,
    query: Query,
    place: "_Place",
    ranking: Sequence[tuple[Candidate, Array]],
    again: Again | None,
) -> Results:
    domains = await _domains(tx, query.domain) if query.domain else None
    hits: list[Hit] = []
    wanted = query.offset + query.limit
    for start in range(0, len(ranking), PAGE):
        page = ranking[start : start + PAGE]
        threads = await tx.threads([candidate.ref for candidate, _ in page])
        fitting = [t for t in threads.values() if _fits(t.item, query, domains)]
        # asked again, now that the items are in hand
        here = [thread for thread in fitting if thread.item.ref.channel in place.channels]
        shown = await as_seen(tx, gate, query.person, here, place.readable)
        hits += _below(hits, await _read(query.text, page, shown, None if hits else again))
        if len(hits) > wanted:
            break
    return Results(hits=tuple(hits[query.offset : wanted]), more=len(hits) > wanted)


async def _read(
    text: str,
    page: Sequence[tuple[Candidate, Array]],
    threads: Mapping[Ref, Thread],
    again: Again | None,
) -> list[Hit]:
    """The threads of a page as hits, best first, the first of them as they are when read `again`."""
    found = [(candidate, row, threads[candidate.ref]) for candidate, row in page if candidate.ref in threads]
    if not found:
        return []
    said = ["\n".join((thread.item.text, *(a.text for a in thread.answers))) for _, _, thread in found]
    rows = fusion.closer(text, np.array([row for _, row, _ in found]), said)
    scores = fusion.scores(rows)
    order = np.argsort(-scores, kind="stable")
    first = order[:READ]
    near = await again([found[n][2] for n in first]) if again is not None else None
    if near is not None:
        scores[first] = fusion.second_scores(text, rows[first], near)
        order[: len(first)] = first[np.argsort(-scores[first], kind="stable")]
    named = bool(identifiers(text))
    return [Hit(thread=found[n][2], score=float(scores[n]), why=_why(named, found[n][0])) for n in order.tolist()]


def _below(hits: Sequence[Hit], more: Sequence[Hit]) -> list[Hit]:
    """`more` hits with no score above the one before them: pages, and what was read again, keep their order."""
    lowered, lowest = [], hits[-1].score if hits else 1.0
    for hit in more:
        lowest = min(lowest, hit.score)
        lowered.append(replace(hit, score=lowest))
    return lowered


async def as_seen(
    tx: People,
    gate: Gate,
    person: PersonId,
    threads: Iterable[Thread],
    within: frozenset[ChannelId] | None = None,
) -> dict[Ref, Thread]:
    """The threads that the person may read now, without answers that they may not. `within`: see `Gate.seen`."""
    threads = list(threads)
    seen = await gate.seen(tx, person, [item for thread in threads for item in (thread.item, *thread.answers)], within)
    return {
        thread.item.ref: replace(thread, answers=tuple(a for a in thread.answers if a.ref in seen))
        for thread in threads
        if thread.item.ref in seen
    }


def _fits(item: Item, query: Query, domains: Collection[tuple[object, DomainKey]] | None) -> bool:
    return (
        (domains is None or (item.domain is not None and (item.community, item.domain) in domains))
        and (query.since is None or item.at >= query.since)
        and (not query.open or (item.kind is ItemKind.QUESTION and item.status is Status.OPEN))
    )


def _thins(query: Query) -> bool:
    return bool(query.domain or query.since or query.open)


class _Place(NamedTuple):
    """What the person may read, and the `channels` of it that are looked in."""

    readable: frozenset[ChannelId]
    channels: frozenset[ChannelId]


async def _place(tx: Transaction, gate: Gate, query: Query) -> _Place:
    readable = await gate.readable(tx, query.person)
    if query.channel is None:
        return _Place(readable, readable)
    known = await tx.channels(readable)
    wanted = query.channel.casefold()
    named = (c.id for c in known.values() if wanted in (c.id.casefold(), c.name.lstrip("#").casefold()))
    return _Place(readable, frozenset(named))


async def _domains(tx: Transaction, name: str) -> frozenset[tuple[object, DomainKey]]:
    """The domains that people may mean by a name, and those merged into them."""
    known = await tx.domains()
    wanted = {(d.community, d.merged_into or d.key) for d in known if name.casefold() in _spellings(d.key, d.name)}
    merged = {(d.community, d.key) for d in known if d.merged_into and (d.community, d.merged_into) in wanted}
    return frozenset(wanted | merged)


def _spellings(*names: str) -> set[str]:
    return {spelling for name in names for spelling in (name.casefold(), name.casefold().replace(" ", "-"))}


def _why(named: bool, candidate: Candidate) -> tuple[str, ...]:
    by_words = bool(candidate.words)
    near = candidate.own is not None or candidate.thread is not None
    reasons = {"identifier": by_words and named, "words": by_words, "meaning": near}
    return tuple(reason for reason, holds in reasons.items() if holds)


def as_row(hit: Hit, link: str | None) -> dict[str, object]:
    """A hit as other programs read it. Know-how has no question; a question without answers has no answer."""
    item, answers = hit.thread.item, hit.thread.answers
    asked = item.kind is ItemKind.QUESTION
    return {
        "id": str(item.ref),
        "kind": str(item.kind),
        "question": item.text if asked else None,
        "answer": (answers[0].text if answers else None) if asked else item.text,
        "domain": item.domain,
        "channel": item.ref.channel,
        "author": item.author,
        "ts": item.at.timestamp(),
        "score": round(hit.score, 4),
        "link": link,
    }


class Remembering:
    """An embedder that remembers the last single texts: *more* and filters ask for the same one again."""

    def __init__(self, embedder: Embedder, size: int = 64) -> None:
        """`size`: how many texts are remembered, in memory only."""
        self.model, self.dim = embedder.model, embedder.dim
        self._embedder, self._size = embedder, size
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `bot.ports.Embedder`."""
        if len(texts) != 1:
            return await self._embedder.embed(texts)
        if texts[0] not in self._known:
            self._known[texts[0]] = await self._embedder.embed(texts)
        self._known.move_to_end(texts[0])
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return self._known[texts[0]]
