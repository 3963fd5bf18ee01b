"""What the weekly report is made of: plain facts, filled by the storage, read by pure functions.

How far back
    Everything from `week.back(HISTORY_WEEKS)` up to `week.end`; of older questions those that were still open
    then. Facts after `week.end` are ignored, so a report made late says the same as one made in time.
What may be in it
    Only items whose origin the readers of the report may read (the gate decides, before this is filled);
    nothing of people who opted out or were forgotten. `public` marks what may also be quoted and linked.
From a chat history alone
    posts, questions, answers and newcomers suffice; leave the other fields empty and their metrics say "no
    data".
Ids are opaque strings, times aware UTC datetimes. No display name is here except where the report may show
one: newcomers to greet, an ander to ask, the people of a story who agreed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.reports.week import Week

HISTORY_WEEKS = 19
"""Weeks before the reported one to fill in: 11 more are shown, and conversion looks 8 weeks back from
each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody belonged to the community from `joined_at` (None: before the history) to `left_at` (None:
    still)."""

    person: str
    joined_at: datetime | None = None
    left_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the person was a member just before the moment `at`."""
        return (self.joined_at is None or self.joined_at < at) and (self.left_at is None or self.left_at >= at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message by a human in the community's channels; `reply_to` is the person it answers, else None."""

    person: str
    at: datetime
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """Somebody other than the asker answered.

    outsider: their home group is not this community. helpful: the asker or others said so (✅, thanks,
    button). first_pair: asker and answerer had never replied to each other before, anywhere Ander reads.
    """

    person: str
    at: datetime
    outsider: bool = False
    helpful: bool = False
    first_pair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRecord:
    """One filed question. `first_reply_at`: first reply by a human other than the asker.

    title: short masked excerpt, shown (escaped, with `link` if there is one) only when `public`: every reader
    of the report may see it.
    """

    id: str
    person: str
    at: datetime
    domain: str | None = None
    first_reply_at: datetime | None = None
    resolved_at: datetime | None = None
    answers: tuple[AnswerRecord, ...] = ()
    title: str = ""
    link: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowHowRecord:
    """A message kept as know-how at `at`; `confirmed_at` when a person said it is (None: only a detector
    did)."""

    at: datetime
    domain: str | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    """One search in this practice: was a result opened, did one help? `person`: any stand-in that is the same for all
    searches of one person in the window; without it k would count searches, not people."""

    person: str
    at: datetime
    opened: bool = False
    helped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRecord:
    """An asker was shown an earlier answer ("already asked"); `accepted`: This helped. `person`: any stable
    stand-in."""

    person: str
    at: datetime
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """One person was asked to join one question; the times of each step it reached, None when it did not."""

    person: str
    question: str
    sent_at: datetime
    accepted_at: datetime | None = None
    replied_at: datetime | None = None
    helpful_at: datetime | None = None
    opted_out_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who posted for the first time ever at `first_post_at`, and when another human first replied to them.

    `name` and `link` (to the first post) only when the readers of the report may see that post, else empty.
    """

    person: str
    first_post_at: datetime
    first_reply_at: datetime | None = None
    name: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revival:
    """The ander Ander would ask for an open question; `why` is a sentence whose evidence the readers may
    see."""

    question: str
    person: str
    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCandidate:
    """A confirmed exchange that could be told. Quoted only when `consented`: everybody in it said yes to
    being told."""

    question: str
    helpful_at: datetime
    asker: str
    ander: str
    group: str = ""
    asked: str = ""
    answered: str = ""
    link: str = ""
    helped: int = 1
    outsider: bool = False
    consented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything one report needs.

    lang: "nl" or "en", the report's default language. groups: home group (community id) of everybody who
    posts or answers; people without one are left out of bridging. group_names and domain_names: what readers
    call them. invitable: everybody who could have been invited (for fairness); may be left empty.
    """

    community: str
    name: str
    timezone: str
    lang: str
    week: Week
    members: tuple[Membership, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    group_names: Mapping[str, str] = field(default_factory=dict)
    domain_names: Mapping[str, str] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()
    questions: tuple[QuestionRecord, ...] = ()
    know_how: tuple[KnowHowRecord, ...] = ()
    searches: tuple[SearchRecord, ...] = ()
    suggestions: tuple[SuggestionRecord, ...] = ()
    invitations: tuple[InvitationRecord, ...] = ()
    newcomers: tuple[Newcomer, ...] = ()
    invitable: frozenset[str] = frozenset()
    revivals: tuple[Revival, ...] = ()
    stories: tuple[StoryCandidate, ...] = ()

    def member_ids(self, at: datetime) -> frozenset[str]:
        """Who was a member just before the moment `at`."""
        return frozenset(m.person for m in self.members if m.covers(at))
