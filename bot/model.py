"""The nouns of Ander. Plain, frozen data: rules live with the verbs that need them.

Every key that concerns a channel's content begins with the channel, so that the record can one day be spread
over machines by channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId, ChannelKind, EventId, MessageId, PersonId, WorkspaceId

CommunityId = NewType("CommunityId", str)
DomainKey = NewType("DomainKey", str)
"""Unique within its community."""
InvitationId = NewType("InvitationId", str)
OutgoingId = NewType("OutgoingId", str)

Vector = NDArray[np.float32]
"""A text as the embedder sees it: shape (dim,), length 1."""


class Ref(NamedTuple):
    """Where something was said. Messages and the items made of them are known by it."""

    channel: ChannelId
    id: MessageId

    def __str__(self) -> str:
        return f"{self.channel}/{self.id}"


def parse_ref(text: str) -> Ref:
    """The Ref that `str(ref)` came from. Raises ValueError when there is no "/" in it."""
    channel, slash, message = text.rpartition("/")
    if not slash or not channel or not message:
        raise ValueError(f"not a reference to a message: {text!r}")
    return Ref(ChannelId(channel), MessageId(message))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who speaks where Ander listens, with the settings they chose (`me`)."""

    id: PersonId
    workspace: WorkspaceId
    name: str
    timezone: str | None = None
    lang: str | None = None
    guest: bool = False
    external: bool = False
    automatic: bool = False
    active: bool = True
    opted_out_at: datetime | None = None
    invitations: bool = True
    per_week: int | None = None
    quiet_from: str | None = None
    """Local "HH:MM"; together with `quiet_to` narrows the working hours."""
    quiet_to: str | None = None
    paused_until: datetime | None = None
    main: PersonId | None = None
    """One human's accounts, linked by themselves, all name the one they want to be asked at; None: not linked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCode:
    """A one-time code by which somebody links another account of theirs to `person`. Only its hash is kept."""

    hash: str
    person: PersonId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place where people talk. Nothing is read before the notice stands there (`noticed_at`), nor after Ander was
    taken out (`removed_at`: the last time that happened). `recall_from`: a facilitator wants it to read back from
    there, and that is still to be done."""

    id: ChannelId
    workspace: WorkspaceId
    name: str
    kind: ChannelKind
    community: CommunityId | None = None
    archived: bool = False
    encrypted: bool = False
    """Once so, for ever."""
    past_closed: bool = False
    """Who comes later may not read what is said now. What was said under it keeps that mark (`Item.past_closed`)."""
    spaces: tuple[str, ...] = ()
    """Names and ids of the places it belongs to, where the platform has such."""
    noticed_at: datetime | None = None
    removed_at: datetime | None = None
    recall_from: datetime | None = None


class Door(NamedTuple):
    """What decides whether somebody may enter: the kind of channel, its workspace, and whether they are a member;
    and the channels that lie behind it."""

    kind: ChannelKind
    workspace: WorkspaceId
    member: bool
    channels: Sequence[ChannelId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """The people who share a practice."""

    id: CommunityId
    name: str
    lang: str = "en"
    timezone: str = "Europe/Amsterdam"
    facilitators: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Something a community cares about. `merged_into` keeps an old key working."""

    community: CommunityId
    key: DomainKey
    name: str
    description: str = ""
    merged_into: DomainKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was said, secrets already masked. Kept for the retention period only."""

    ref: Ref
    thread: MessageId | None
    reply_to: MessageId | None
    author: PersonId
    at: datetime
    text: str
    lang: str | None
    kind: str
    """A `bot.reading.Kind`."""
    resolved: bool = False
    edited_at: datetime | None = None
    """When the author changed it to what stands there; None when they never did."""
    past_closed: bool = False
    """Who came later may not read it."""


class ItemKind(StrEnum):
    """The three kinds of item in the practice."""

    QUESTION = "question"
    ANSWER = "answer"
    KNOW_HOW = "know_how"


class Status(StrEnum):
    """How far a question has come. Answers and know-how stay OPEN and mean nothing by it."""

    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"


class By(StrEnum):
    """Who decided: what a person decided is never overruled by a detector."""

    DETECTOR = "detector"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question, an answer or a piece of know-how in the practice.

    `confidence` is the reading's calibrated probability of its kind; `confirmed` means a person vouched for it
    (✅, 📚, "this helped"); `hidden` that a person undid it (🚫): it stays, so that no detector files it again.
    `look_at`: when an open question's patience runs out and somebody should look at it, None when never.
    """

    ref: Ref
    kind: ItemKind
    author: PersonId
    at: datetime
    text: str
    lang: str | None
    community: CommunityId | None
    thread: MessageId | None = None
    confidence: float = 1.0
    domain: DomainKey | None = None
    domain_confidence: float = 0.0
    domain_by: By = By.DETECTOR
    by: By = By.DETECTOR
    status: Status = Status.OPEN
    confirmed: bool = False
    hidden: bool = False
    helped: int = 0
    first_reply_at: datetime | None = None
    first_reply_by: PersonId | None = None
    resolved_at: datetime | None = None
    look_at: datetime | None = None
    past_closed: bool = False
    """Who came later may not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLink:
    """`answer` answers `question`; both lie in one channel unless Ander carried the words across."""

    question: Ref
    answer: Ref
    confidence: float
    by: By = By.DETECTOR
    rejected: bool = False


class Part(StrEnum):
    """Which text of an item a vector stands for: its own words, the whole thread's, or, for the second reading of a
    search (`bot.practice.second`), the beginning of the thread's."""

    OWN = "own"
    THREAD = "thread"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVector:
    """One vector of one item, made by one model."""

    ref: Ref
    part: Part
    model: str
    vector: Vector


class EvidenceKind(StrEnum):
    """Why Ander believes that somebody knows about something."""

    ANSWER = "answer"
    KNOW_HOW = "know_how"
    OFFER = "offer"
    HELPFUL = "helpful"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One reason to think of a person; `item` is what they wrote, `about` the question it answered
    (its vector tells what the evidence is about). An offer has neither: it names a domain."""

    person: PersonId
    kind: EvidenceKind
    community: CommunityId | None
    domain: DomainKey | None
    at: datetime
    item: Ref | None = None
    about: Ref | None = None


class Occasion(StrEnum):
    """Why somebody is invited: a question nobody answered, or their group's weekly ander moment."""

    QUESTION = "question"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """The prompt that Ander sends an ander, and what became of it. `state` is a `bot.anders` invitation state;
    `due_at` the moment that suits the person, `until` when it expires; `evidence` why they were chosen."""

    id: InvitationId
    question: Ref
    person: PersonId
    community: CommunityId
    """The community that asked."""
    state: str
    due_at: datetime
    until: datetime
    evidence: tuple[Ref, ...] = ()
    occasion: Occasion = Occasion.QUESTION
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    replied_at: datetime | None = None
    helpful_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """That an asker was shown an earlier, answered question; `helped` is None until they say."""

    question: Ref
    earlier: Ref
    person: PersonId
    shown_at: datetime
    helped: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whether the asker lets their question leave its channel; `granted` is None while we wait."""

    question: Ref
    person: PersonId
    asked_at: datetime
    granted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Whether one of the people of an exchange lets the report tell about it; `granted` is None while we wait."""

    question: Ref
    person: PersonId
    asked_at: datetime
    granted: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    """That a search took place in a community; who searched for what is nobody's business and not kept."""

    id: str
    community: CommunityId | None
    at: datetime
    results: int
    opened: bool = False
    helped: bool = False


class Op(StrEnum):
    """What a change means for the search plane."""

    PUT = "put"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the log that the search plane follows; `seq` only ever grows."""

    seq: int
    ref: Ref
    op: Op


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the search plane found: scores per channel of evidence, None where it did not look or find.

    `words` is a cosine of weighted words (0 to 1), counted over what the reader may read only, so that hidden items
    leave no trace; `own` and `thread` are cosines with the question vector and the thread vector.
    """

    ref: Ref
    words: float | None = None
    own: float | None = None
    thread: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to do one job for one period, until `lease_until` and only while nobody took a later fence."""

    job: str
    period: str
    fence: int
    lease_until: datetime
    next_step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEvent:
    """An event that could not be taken in: a reference and the kind of error, never its text."""

    event: EventId
    at: datetime
    error: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A question or piece of know-how with its answers, best first."""

    item: Item
    answers: tuple[Item, ...] = field(default_factory=tuple)
