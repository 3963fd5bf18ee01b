"""The contracts between the core and the world. Each says when it is called and what it must not do.

The core passes these around as arguments; nothing is looked up globally. `storage/` implements Store and
SearchPlane, `adapters/` implement Chat and Embedder. One contract suite runs over every implementation.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.events import ChannelId, ChannelKind, Event, EventId, PersonId
from bot.finding import Finding
from bot.model import (
    AnswerLink,
    Candidate,
    Change,
    Channel,
    Claim,
    Community,
    CommunityId,
    Consent,
    DeadEvent,
    Domain,
    DomainKey,
    Door,
    EvidenceRow,
    InvitationId,
    InvitationRow,
    Item,
    ItemKind,
    ItemVector,
    LinkCode,
    Message,
    OutgoingId,
    Part,
    Person,
    Ref,
    SearchRecord,
    Suggestion,
    Telling,
    Thread,
    Vector,
)
from bot.outgoing import Outgoing, SendState, Target
from bot.reports.material import Material
from bot.reports.week import Week


class Embedder(Protocol):
    """Turns texts into vectors, on this machine unless the administrator chose otherwise."""

    model: str
    """Name and version: stored with each vector, so that two models are never mixed."""
    dim: int

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 per text, shape (len(texts), dim), in order. An empty text gives a valid row.

        Called with up to some hundreds of masked texts of at most a few thousand characters. Must not block
        the event loop and must not keep the texts. Raises TransportError when a remote model does not answer.
        """
        ...


class Listener(Protocol):
    """What a platform's client hears with: the one door, and where it left off before."""

    async def listen(self, events: Sequence[Event]) -> None:
        """Take events in, in order; returns after they are on disk. Handing the same ones in again changes nothing.

        Raises StoreError when the record cannot be written: then nothing may be acknowledged, and the events are
        handed in again later.
        """
        ...

    async def channels(self) -> list[Channel]:
        """The channels of this platform that the record knows."""
        ...

    async def language(self, channel: ChannelId) -> str | None:
        """The language of the community that a channel belongs to, None when it belongs to none."""
        ...

    async def recent(self, channel: ChannelId, limit: int) -> list[Message]:
        """The last messages of a channel that the record has, oldest first: what is no longer on the platform was
        taken back while nobody listened."""
        ...

    async def forgotten(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        """Those of `people` who asked to be forgotten."""
        ...

    async def refusing(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        """Those of `people` whose words may not be kept, not even closed ones: they opted out, or were forgotten."""
        ...

    async def bookmark(self, name: str) -> str | None:
        """What `keep_bookmark` kept under this name (a sync token); None at first."""
        ...

    async def keep_bookmark(self, name: str, value: str) -> None:
        """Keep where we are, on disk. Call it after `listen` returned for everything before."""
        ...


class Chat(Protocol):
    """One platform, connected."""

    platform: str
    whispers: bool
    """Whether one person in a channel can be told something that the others there do not see. Where not, it goes to
    them directly, unless everybody there may read it."""

    async def run(self, listener: Listener) -> None:
        """Hand every event to `listener` and tell the platform "got it" only after that returned.

        First what was missed: who is where (`MembersListed`, `AnderAdded` for each channel it may listen in), and
        the messages since each channel was read last. Runs until cancelled. Connects again by itself; raises
        TransportError(permanent=True) when nothing but the administrator can help (a revoked token).
        """
        ...

    async def send(self, outgoing: Outgoing) -> str:
        """Put one message on the platform; returns the platform's id of it.

        Called by the sender only, one at a time per target. Must carry `outgoing.id` along wherever the
        platform has room, and must not retry by itself. Raises TransportError; `UnclearSend` below when the
        platform may have taken it.
        """
        ...

    async def find_sent(self, outgoing: Outgoing) -> str | None:
        """After an unclear send: the platform's id of it if it did arrive, None if it certainly did not.
        Raises UnclearSend when even that cannot be known."""
        ...

    def link(self, ref: Ref) -> str | None:
        """A link that opens the original message, None where the platform has none. Pure."""
        ...

    async def is_member(self, person: PersonId, channel: ChannelId) -> bool | None:
        """Ask the platform now; None when it has no say (an archive, the terminal). Raises TransportError when it
        does not answer. May be kept for a minute at most."""
        ...

    async def bring_in(self, person: PersonId, channel: ChannelId) -> bool:
        """Make the person a member of a public channel, where the platform lets us; a repeat changes nothing.
        False when they must come in by themselves. Never raises TransportError for a refusal."""
        ...

    def history(self, channel: ChannelId, since: datetime) -> AsyncIterator[Sequence[Event]]:
        """What was said in a channel from `since` to now, oldest first, replies and marks too, with the same event
        ids as live. Asked for when a facilitator wants Ander to read back. Raises TransportError."""
        ...

    async def forget(self, person: PersonId) -> None:
        """Let go of what the adapter itself keeps of somebody: they were forgotten, and the last message to them was
        sent. A repeat changes nothing. Never raises TransportError."""
        ...

    async def check(self) -> list[Finding]:
        """Connect once and look: tokens, permissions, where Ander is. Says what to mend; changes nothing."""
        ...


class People(Protocol):
    """Persons, channels, communities and who is where."""

    async def put_people(self, people: Sequence[Person]) -> None:
        """Insert or update what the *platform* says (name, zone, lang, guest, external, automatic, active);
        settings of people already known stay as they are."""
        ...

    async def put_settings(self, person: Person) -> None:
        """Update what the person chose: opted_out_at, invitations, per_week, quiet hours, paused_until, lang, main."""
        ...

    async def accounts(self, person: PersonId) -> list[Person]:
        """All linked accounts of the same human, the main one first; just the person themselves when there are no
        others; nobody when they are unknown."""
        ...

    async def put_link_code(self, code: LinkCode) -> None:
        """Keep it; an earlier one of the same person is void."""
        ...

    async def take_link_code(self, hash: str, now: datetime) -> PersonId | None:
        """Whose code it is, once, and not after its time."""
        ...

    async def people(self, ids: Collection[PersonId] | None = None) -> dict[PersonId, Person]:
        """The known ones among `ids`; all when None."""
        ...

    async def put_channels(self, channels: Sequence[Channel]) -> None:
        """Insert or update; a known `noticed_at`, `removed_at`, `recall_from` or `community` is kept when the new value
        is None; one that was encrypted stays so."""
        ...

    async def read_back(self, channel: ChannelId, since: datetime | None) -> None:
        """Set from when on a facilitator wants the channel's history; None when that is done."""
        ...

    async def leave_channel(self, channel: ChannelId, at: datetime) -> None:
        """Ander is no longer there: `noticed_at` is emptied, `removed_at` set."""
        ...

    async def channels(self, ids: Collection[ChannelId] | None = None) -> dict[ChannelId, Channel]:
        """The known ones among `ids`; all when None."""
        ...

    async def move_channel(self, channel: ChannelId, community: CommunityId) -> None:
        """The channel now belongs to another community, and so does what was filed and learned there; domains
        of the old one are taken off, unless both have one by that key."""
        ...

    async def put_members(
        self,
        joined: Sequence[tuple[ChannelId, PersonId, datetime]],
        left: Sequence[tuple[ChannelId, PersonId, datetime]],
    ) -> None:
        """Joins first, then leaves; a repeat changes nothing; an older event never undoes a newer one."""
        ...

    async def doors(
        self, person: PersonId, kind: ChannelKind, channels: Collection[ChannelId] | None = None
    ) -> list[Door]:
        """The doors that the person may find open, of all channels (or these), now: to where they are a member, and to
        all of this `kind`. Asked at each search: keep it cheap. Two doors may be alike, and one channel may lie behind
        two."""
        ...

    async def stays(self, person: PersonId, channels: Collection[ChannelId]) -> dict[ChannelId, datetime]:
        """Since when the person has been in these channels without a gap, in whichever of Ander's stays; those where
        they are now."""
        ...

    async def close_past(self, channels: Collection[ChannelId]) -> None:
        """What is kept of these channels is not for those who come later, whatever was said of it before."""
        ...

    async def memberships(self, person: PersonId) -> frozenset[ChannelId]:
        """The channels the person is a member of now."""
        ...

    async def all_memberships(self) -> dict[PersonId, frozenset[ChannelId]]:
        """Of everybody, now."""
        ...

    async def members(self, channel: ChannelId) -> frozenset[PersonId]:
        """The people who are members of the channel now."""
        ...

    async def put_communities(self, communities: Sequence[Community]) -> None:
        """Insert or update."""
        ...

    async def communities(self) -> dict[CommunityId, Community]: ...

    async def put_domains(self, domains: Sequence[Domain]) -> None:
        """Insert or update by (community, key)."""
        ...

    async def domains(self, community: CommunityId | None = None) -> list[Domain]:
        """Ordered by community, then name; those merged into another one are included."""
        ...


class Talk(Protocol):
    """The inbox and what was said."""

    async def take_in(self, events: Sequence[EventId], now: datetime) -> frozenset[EventId]:
        """Mark events as seen; returns those that were new. The same call twice returns nothing new."""
        ...

    async def unseen(self, events: Sequence[EventId]) -> frozenset[EventId]:
        """Those that `take_in` would call new; marks nothing."""
        ...

    async def bury(self, dead: DeadEvent) -> None:
        """Keep the reference of an event that could not be taken in (and mark it seen)."""
        ...

    async def dead_events(self) -> list[DeadEvent]: ...

    async def revive(self, event: EventId) -> None:
        """Forget that the event was seen, so that the next delivery or replay takes it in again."""
        ...

    async def add_messages(self, messages: Sequence[Message]) -> frozenset[Ref]:
        """Store messages not yet there; returns the refs that were new. A message that was deleted before it
        arrived (see `drop_message`) is not stored and not returned."""
        ...

    async def edit_message(
        self,
        ref: Ref,
        author: PersonId,
        text: str,
        lang: str | None,
        kind: str,
        at: datetime,
        *,
        past_closed: bool = False,
    ) -> bool:
        """Replace the text when `author` wrote it; False when the message is unknown or somebody else's, or when it
        was edited later than `at` already: edits may arrive in any order. `past_closed`: what stands there now was
        written where who comes later may not look back."""
        ...

    async def drop_message(self, ref: Ref, now: datetime) -> None:
        """The message, its item, links, vectors, evidence, suggestions and invitations' texts are gone; a
        tombstone (ref only) stays so that a late or repeated arrival stays away."""
        ...

    async def message(self, ref: Ref) -> Message | None: ...

    async def recent(self, channel: ChannelId, limit: int) -> list[Message]:
        """The last `limit` messages of a channel, oldest first."""
        ...

    async def thread_messages(self, root: Ref, limit: int) -> list[Message]:
        """The root and its replies, oldest first."""
        ...

    async def bookmark(self, name: str) -> str | None:
        """What a platform's client kept under this name."""
        ...

    async def put_bookmark(self, name: str, value: str) -> None:
        """Insert or replace."""
        ...


class Practice(Protocol):
    """Items, their answers, vectors, and the log the search plane follows.

    Every call that changes what a search could show also appends to `changes`, for the question whose thread it
    is (an answer's change is its question's change).
    """

    async def put_items(self, items: Sequence[Item]) -> None:
        """Insert or replace by ref, whole rows."""
        ...

    async def items(self, refs: Collection[Ref]) -> dict[Ref, Item]:
        """The known ones."""
        ...

    async def threads(self, refs: Collection[Ref]) -> dict[Ref, Thread]:
        """Questions and know-how with their unrejected answers (persons' links first, then by confidence,
        then oldest first). Hidden items are left out."""
        ...

    async def open_questions(
        self,
        *,
        channels: Collection[ChannelId] | None = None,
        community: CommunityId | None = None,
        domain: DomainKey | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Item]:
        """Unhidden questions with status OPEN, newest first."""
        ...

    async def items_since(self, community: CommunityId, since: datetime) -> list[Item]:
        """Unhidden questions and know-how of a community, oldest first."""
        ...

    async def unfiled(self, community: CommunityId, limit: int) -> list[Item]:
        """Questions and know-how without a domain, newest first."""
        ...

    async def filed(self, community: CommunityId, limit: int) -> list[Item]:
        """Questions and know-how with a domain, newest first."""
        ...

    async def due_questions(self, now: datetime, limit: int) -> list[Item]:
        """Open questions whose look_at has come, oldest look_at first."""
        ...

    async def link_answers(self, links: Sequence[AnswerLink]) -> None:
        """Insert or update by (question, answer); a link decided by a person is never changed by a detector."""
        ...

    async def links_of(self, questions: Collection[Ref]) -> list[AnswerLink]:
        """Including rejected ones."""
        ...

    async def questions_of(self, answers: Collection[Ref]) -> list[AnswerLink]:
        """Including rejected ones."""
        ...

    async def put_vectors(self, vectors: Sequence[ItemVector]) -> None:
        """Insert or replace by (ref, part, model); stored as int8."""
        ...

    async def vectors(self, refs: Collection[Ref], part: Part, model: str) -> dict[Ref, Vector]:
        """float32, length 1 within int8 precision."""
        ...

    async def lacking_vectors(self, part: Part, model: str, limit: int, *, resting: int = 0) -> list[Ref]:
        """Unhidden questions and know-how without this vector. For Part.THREAD only questions that have an
        unrejected answer count. Of Part.THREAD and Part.NEAR, those whose thread changed since their vector was made
        come back too. `resting`: only what did not change among the last so many changes to anything."""
        ...

    async def changes_after(self, seq: int, limit: int) -> list[Change]:
        """The log, oldest first."""
        ...

    async def last_change(self) -> int:
        """The newest seq, 0 when there is none."""
        ...

    async def all_refs(self, after: Ref | None, limit: int) -> list[Ref]:
        """Refs of searchable (unhidden) questions and know-how in key order, for a rebuild of the plane."""
        ...

    async def add_suggestion(self, suggestion: Suggestion) -> None: ...

    async def answer_suggestion(self, question: Ref, earlier: Ref, person: PersonId, helped: bool) -> bool:
        """False when no such suggestion was shown to that person."""
        ...

    async def put_search(self, record: SearchRecord) -> None:
        """Insert or replace by id."""
        ...

    async def search_record(self, id: str) -> SearchRecord | None: ...


class Anders(Protocol):
    """Evidence, invitations and consent."""

    async def add_evidence(self, rows: Sequence[EvidenceRow]) -> None:
        """A repeat of (person, kind, item or domain) changes nothing."""
        ...

    async def evidence(self, *, before: datetime | None = None, since: datetime | None = None) -> list[EvidenceRow]:
        """All evidence whose item still exists and is not hidden, oldest first."""
        ...

    async def newest_evidence(self) -> datetime | None:
        """When the newest piece of evidence was given, None when there is none."""
        ...

    async def add_invitations(self, rows: Sequence[InvitationRow]) -> list[InvitationId]:
        """Insert; one that exists already for (question, person) is skipped. Returns the ids that are new."""
        ...

    async def put_invitation(self, row: InvitationRow) -> None:
        """Update by id."""
        ...

    async def invitation(self, id: InvitationId) -> InvitationRow | None: ...

    async def invitations(
        self,
        *,
        person: PersonId | None = None,
        question: Ref | None = None,
        community: CommunityId | None = None,
        states: Collection[str] | None = None,
        since: datetime | None = None,
    ) -> list[InvitationRow]:
        """Ordered by due_at."""
        ...

    async def report_material(self, community: CommunityId, week: Week) -> Material:
        """The facts of a weekly report (see `bot.reports.material`)."""
        ...

    async def put_consent(self, consent: Consent) -> None:
        """Insert or update by question."""
        ...

    async def consent(self, question: Ref) -> Consent | None: ...

    async def put_tellings(self, tellings: Sequence[Telling]) -> None:
        """Insert or update by (question, person)."""
        ...

    async def tellings(self, question: Ref) -> dict[PersonId, Telling]:
        """Who was asked whether the report may tell about this exchange, and what they said."""
        ...


class Post(Protocol):
    """The outbox."""

    async def put_out(self, outgoing: Sequence[Outgoing]) -> list[OutgoingId]:
        """Insert; a repeat of (purpose, target, key) is skipped. Makes the ids; returns those that are new."""
        ...

    async def claim_out(self, now: datetime, limit: int, platform: str) -> list[Outgoing]:
        """Take NEW rows that are due for a platform (by the prefix of target channel or person), set them
        SENDING, oldest first; no other claimer gets them."""
        ...

    async def unsettled_out(self, platform: str) -> list[Outgoing]:
        """Rows left SENDING by a process that died: to be looked up with `Chat.find_sent`."""
        ...

    async def settle_out(
        self,
        id: OutgoingId,
        state: SendState,
        now: datetime,
        *,
        remote: str | None = None,
        retry_at: datetime | None = None,
        error: str = "",
    ) -> None:
        """The end of a try. NEW with `retry_at` puts it back in the queue; attempts are counted."""
        ...

    async def out(self, state: SendState, limit: int = 100) -> list[Outgoing]: ...

    async def withdraw_out(self, purpose: str, target: Target, key: str) -> None:
        """Take back what is still NEW."""
        ...


class Jobs(Protocol):
    """Work that happens once per period, however many processes tick."""

    async def claim_job(self, job: str, period: str, now: datetime, lease_until: datetime) -> Claim | None:
        """None when it is done, or somebody holds an unexpired lease. Each claim has a higher fence."""
        ...

    async def finish_job(self, claim: Claim, now: datetime) -> None:
        """Mark done in this transaction. Raises StoreBusy when a later fence took over: roll back then."""
        ...

    async def job_done(self, job: str, period: str) -> bool: ...


class Privacy(Protocol):
    """Erasure, retention, and what somebody may see of themselves."""

    async def forget(self, person: PersonId, now: datetime) -> int:
        """Everything by or about the person goes: messages, items, answers, links, vectors, evidence,
        invitations, suggestions, consents, memberships, outbox rows to them or quoting them, settings; a keyed
        hash goes into the ledger of erasures. Returns the number of rows. Call `Store.scrub` afterwards."""
        ...

    async def forgotten(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        """Those of `people` who are in the ledger of erasures."""
        ...

    async def export(self, person: PersonId) -> dict[str, list[dict[str, object]]]:
        """Table name → rows about the person, JSON-able, nothing about anybody else."""
        ...

    async def purge(self, before: datetime, limit: int) -> int:
        """Retention: drop up to `limit` messages older than `before`; items made of them stay."""
        ...


class Transaction(People, Talk, Practice, Anders, Post, Jobs, Privacy, Protocol):
    """One unit of work: all of it is committed, durably, or none of it. Not safe to share between tasks."""


class Store(Protocol):
    """The record."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Read and write. Leaving the block without an exception returns after the commit is on disk; an
        exception rolls back. Raises StoreBusy, StoreFull, StoreError."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Transaction]:
        """Read only, never waits for a writer, sees one consistent state."""
        ...

    async def scrub(self) -> None:
        """Make sure that no byte of what was deleted is left in the database's files."""
        ...

    async def close(self) -> None:
        """Finish what is under way; committed work is on disk."""
        ...


class SearchPlane(Protocol):
    """A derived, rebuildable index over the record. What it finds must be fetched, and permission checked
    again, before anybody sees it."""

    async def catch_up(self, progress: Callable[[int], None] | None = None) -> int:
        """Follow `changes` to their end; returns how many were taken in, which `progress` hears on the way. Safe to
        kill anywhere."""
        ...

    async def find(
        self,
        *,
        text: str,
        vector: Vector | None,
        channels: Collection[ChannelId] | None,
        kinds: Collection[ItemKind] | None = None,
        limit: int = 100,
    ) -> list[Candidate]:
        """The best `limit` by words and the best `limit` by vectors among items of `channels` (None: all), one
        candidate per item, unordered; scores of the other kind are filled in where cheap."""
        ...

    async def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """From the record, anew; the old index serves until the new one replaces it. Returns the items."""
        ...

    async def scrub(self) -> None:
        """After a forget: no byte of what was dropped is left in the index's files."""
        ...

    async def close(self) -> None: ...


Clock = Callable[[], datetime]
"""Now, aware, in UTC."""

Links = Mapping[str, Chat]
"""Platform → its chat, for making links."""
