"""What was said against what is in the record, and what Ander said against its outbox. Nothing may be lost or doubled.

Reads the record with SQL of its own: the code under test does not count itself.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.slack.fake import Said, Slack

_FILES = "files.completeUploadExternal"

Place = tuple[str, str]
"""Slack's channel, and who alone sees it there (or "")."""


@dataclass(slots=True)
class Story:
    """What people said in the course of a test, by (channel, ts). What was said to Ander may be kept or not."""

    messages: dict[tuple[str, str], str | None] = field(default_factory=dict)
    to_ander: set[tuple[str, str]] = field(default_factory=set)

    def said(self, channel: str, ts: str, token: str) -> None:
        """Somebody said or changed a message; `token` is a word that only this version has."""
        self.messages[channel, ts] = token

    def took_back(self, channel: str, ts: str) -> None:
        """Somebody deleted a message."""
        self.messages[channel, ts] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The count. `lost`: said and not in the record; `stale`: with words that were changed since; `kept`: in the
    record though taken back; `unheard`: in the record and never said; `unanswered`: mentions, direct messages, and
    commands that were acknowledged, for which the outbox holds no answer. Of what Ander said: `missing`: settled as
    sent, not on Slack; `doubled`: more often on Slack than in the outbox; `unknown`, `dead` and `waiting`: rows."""

    said: int
    lost: tuple[str, ...]
    stale: tuple[str, ...]
    kept: tuple[str, ...]
    unheard: tuple[str, ...]
    unanswered: tuple[str, ...]
    sent: int
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    unknown: int
    dead: int
    waiting: int
    buried: int

    @property
    def whole(self) -> bool:
        """Nothing lost, nothing doubled, nothing left over."""
        heard = self.lost or self.stale or self.kept or self.unheard or self.unanswered
        return not (heard or self.missing or self.doubled)


def tally(record: Path, slack: Slack, story: Story) -> Tally:
    """Count."""
    with _open(record) as db:
        stored = {(bare(row["channel"]), row["id"]): row["text"] for row in db.execute("SELECT * FROM messages")}
        rows = [dict(row) for row in db.execute("SELECT * FROM outbox")]
        buried = db.execute("SELECT count(*) FROM inbox WHERE state = 'dead'").fetchone()[0]
    standing = {place: token for place, token in story.messages.items() if token is not None}
    states = Counter(row["state"] for row in rows)
    missing, doubled = _compare(slack, rows)
    return Tally(
        said=len(story.messages),
        lost=_names(place for place in standing if place not in stored),
        stale=_names(place for place, token in standing.items() if place in stored and token not in stored[place]),
        kept=_names(place for place, token in story.messages.items() if token is None and place in stored),
        unheard=_names(place for place in stored if place not in {*story.messages, *story.to_ander}),
        unanswered=_unanswered(slack, story, rows),
        sent=states["sent"],
        missing=missing,
        doubled=doubled,
        unknown=states["unknown"],
        dead=states["dead"],
        waiting=states["new"] + states["sending"],
        buried=buried,
    )


def waiting(record: Path) -> int:
    """How many rows of the outbox are not settled."""
    with _open(record) as db:
        count: int = db.execute("SELECT count(*) FROM outbox WHERE state IN ('new', 'sending')").fetchone()[0]
    return count


def stored(record: Path) -> set[tuple[str, str]]:
    """The messages in the record, by (channel, ts)."""
    with _open(record) as db:
        return {(bare(row["channel"]), row["id"]) for row in db.execute("SELECT channel, id FROM messages")}


def noticed(record: Path) -> set[str]:
    """The channels in which the notice stands, as far as the record knows."""
    with _open(record) as db:
        return {bare(row["id"]) for row in db.execute("SELECT id FROM channels WHERE noticed_at IS NOT NULL")}


def caught_up(record: Path, team: str) -> datetime | None:
    """The moment before which everything was looked up in the history, as far as the record knows."""
    with _open(record) as db:
        row = db.execute("SELECT value FROM bookmarks WHERE name = ?", (f"slack:heard:{team}",)).fetchone()
    return datetime.fromisoformat(row[0]) if row else None


@contextmanager
def _open(record: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{record}?mode=ro", uri=True, timeout=10)) as db:
        db.row_factory = sqlite3.Row
        yield db


def bare(id: str | None) -> str:
    """Slack's own id of "slack:U2" or "slack:T1/U2"."""
    return (id or "").rpartition(":")[2].rpartition("/")[2]


def _names(places: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple("/".join(place) for place in sorted(places))


def _unanswered(slack: Slack, story: Story, rows: list[dict[str, Any]]) -> tuple[str, ...]:
    commands = [one for one in slack.deliveries.all if one.kind == "slash_commands" and one.taken]
    asked = [one.payload["trigger_id"] for one in commands]
    asked += [":".join(place) for place in story.to_ander]
    keys = [row["key"] for row in rows]
    return tuple(sorted(one for one in asked if not any(one in key for key in keys)))


def _compare(slack: Slack, rows: list[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(rows settled as sent of which Slack knows nothing, places where more was said than the outbox answers for)."""
    said = [one for one in slack.said if _is_new(one)]
    posts = Counter(_place(slack, one) for one in said)
    sent, perhaps = Counter[Place](), Counter[Place]()
    for row in rows:
        if row["audience"] == "home":
            continue
        place = _target(slack, row)
        sent[place] += row["state"] == "sent"
        perhaps[place] += row["state"] in ("sent", "unknown", "sending", "new", "dead")
    keys = Counter(str(one.metadata["event_payload"]) for one in said if one.metadata)
    short = [f"{place}: {posts[place]} of {count}" for place, count in sent.items() if posts[place] < count]
    over = [f"{place}: {count} for {perhaps[place]}" for place, count in posts.items() if count > perhaps[place]]
    return tuple(short), (*over, *(key for key, times in keys.items() if times > 1))


def _is_new(one: Said) -> bool:
    """Whether it was said once more; a change replaces what stood there, and files belong to the message above."""
    return one.method not in ("chat.update", _FILES) and (one.method != "response_url" or one.to is not None)


def _place(slack: Slack, one: Said) -> Place:
    """What is whispered in a direct conversation is as good as said there."""
    direct = slack.state.channels[one.channel].type == "im"
    return one.channel, "" if direct else one.to or ""


def _target(slack: Slack, row: dict[str, Any]) -> Place:
    if row["audience"] == "direct":
        return slack.direct(slack.state.users[bare(row["person"])]).id, ""
    return bare(row["channel"]), bare(row["person"]) if row["audience"] == "whisper" else ""
