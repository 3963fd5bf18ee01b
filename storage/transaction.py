"""One unit of work: `bot.ports.Transaction`, each call handed to the file of its noun."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.events import ChannelId, ChannelKind, EventId, PersonId
from bot.model import (
    AnswerLink,
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
from storage import anders, changes, jobs, outbox, practice, privacy, report, talk
from storage import people as people_
from storage import vectors as vectors_

T = TypeVar("T")


class Work:
    """The transaction of `bot.ports`. `explain` makes a StoreError of what the database says."""

    def __init__(
        self, conn: AsyncConnection, ledger: privacy.Ledger, explain: Callable[[BaseException], StoreError]
    ) -> None:
        self._conn = conn
        self._ledger = ledger
        self._explain = explain
        self._over = False
        self.trouble: StoreError | None = None
        """The first error of the database: what came before it may be undone, so nothing may follow."""

    def end(self) -> None:
        """The block it was made for has ended."""
        self._over = True

    async def _do(self, work: Coroutine[Any, Any, T]) -> T:
        if problem := self._problem():
            work.close()
            raise problem
        try:
            return await finish(work)
        except SQLAlchemyError as wrong:
            self.trouble = self._explain(wrong)
            raise self.trouble from wrong

    def _problem(self) -> StoreError | None:
        if self._over:
            return StoreError("This transaction is over; begin another one.")
        return self.trouble

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────────
    async def put_people(self, people: Sequence[Person]) -> None:
        await self._do(people_.put_people(self._conn, people))

    async def put_settings(self, person: Person) -> None:
        await self._do(people_.put_settings(self._conn, person))

    async def people(self, ids: Collection[PersonId] | None = None) -> dict[PersonId, Person]:
        return await self._do(people_.people(self._conn, ids))

    async def accounts(self, person: PersonId) -> list[Person]:
        return await self._do(people_.accounts(self._conn, person))

    async def put_link_code(self, code: LinkCode) -> None:
        await self._do(people_.put_link_code(self._conn, code))

    async def take_link_code(self, hash: str, now: datetime) -> PersonId | None:
        return await self._do(people_.take_link_code(self._conn, hash, now))

    async def put_channels(self, channels: Sequence[Channel]) -> None:
        await self._do(people_.put_channels(self._conn, channels))

    async def channels(self, ids: Collection[ChannelId] | None = None) -> dict[ChannelId, Channel]:
        return await self._do(people_.channels(self._conn, ids))

    async def read_back(self, channel: ChannelId, since: datetime | None) -> None:
        await self._do(people_.read_back(self._conn, channel, since))

    async def leave_channel(self, channel: ChannelId, at: datetime) -> None:
        await self._do(people_.leave_channel(self._conn, channel, at))

    async def move_channel(self, channel: ChannelId, community: CommunityId) -> None:
        await self._do(people_.move_channel(self._conn, channel, community))

    async def put_members(
        self,
        joined: Sequence[tuple[ChannelId, PersonId, datetime]],
        left: Sequence[tuple[ChannelId, PersonId, datetime]],
    ) -> None:
        await self._do(people_.put_members(self._conn, joined, left))

    async def doors(
        self, person: PersonId, kind: ChannelKind, channels: Collection[ChannelId] | None = None
    ) -> list[Door]:
        return await self._do(people_.doors(self._conn, person, kind, channels))

    async def stays(self, person: PersonId, channels: Collection[ChannelId]) -> dict[ChannelId, datetime]:
        return await self._do(people_.stays(self._conn, person, channels))

    async def close_past(self, channels: Collection[ChannelId]) -> None:
        await self._do(people_.close_past(self._conn, channels))

    async def memberships(self, person: PersonId) -> frozenset[ChannelId]:
        return await self._do(people_.memberships(self._conn, person))

    async def all_memberships(self) -> dict[PersonId, frozenset[ChannelId]]:
        return await self._do(people_.all_memberships(self._conn))

    async def members(self, channel: ChannelId) -> frozenset[PersonId]:
        return await self._do(people_.members(self._conn, channel))

    async def put_communities(self, communities: Sequence[Community]) -> None:
        await self._do(people_.put_communities(self._conn, communities))

    async def communities(self) -> dict[CommunityId, Community]:
        return await self._do(people_.communities(self._conn))

    async def put_domains(self, domains: Sequence[Domain]) -> None:
        await self._do(people_.put_domains(self._conn, domains))

    async def domains(self, community: CommunityId | None = None) -> list[Domain]:
        return await self._do(people_.domains(self._conn, community))

    # ── what was said ─────────────────────────────────────────────────────────────────────────────────────────────
    async def take_in(self, events: Sequence[EventId], now: datetime) -> frozenset[EventId]:
        return await self._do(talk.take_in(self._conn, events, now))

    async def unseen(self, events: Sequence[EventId]) -> frozenset[EventId]:
        return await self._do(talk.unseen(self._conn, events))

    async def bury(self, dead: DeadEvent) -> None:
        await self._do(talk.bury(self._conn, dead))

    async def dead_events(self) -> list[DeadEvent]:
        return await self._do(talk.dead_events(self._conn))

    async def revive(self, event: EventId) -> None:
        await self._do(talk.revive(self._conn, event))

    async def add_messages(self, messages: Sequence[Message]) -> frozenset[Ref]:
        return await self._do(talk.add_messages(self._conn, messages))

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
        edited = talk.edit_message(self._conn, ref, author, text, lang, kind, at, past_closed=past_closed)
        return await self._do(edited)

    async def drop_message(self, ref: Ref, now: datetime) -> None:
        await self._do(talk.drop_message(self._conn, ref, now))

    async def message(self, ref: Ref) -> Message | None:
        return await self._do(talk.message(self._conn, ref))

    async def recent(self, channel: ChannelId, limit: int) -> list[Message]:
        return await self._do(talk.recent(self._conn, channel, limit))

    async def thread_messages(self, root: Ref, limit: int) -> list[Message]:
        return await self._do(talk.thread_messages(self._conn, root, limit))

    async def bookmark(self, name: str) -> str | None:
        return await self._do(talk.bookmark(self._conn, name))

    async def put_bookmark(self, name: str, value: str) -> None:
        await self._do(talk.put_bookmark(self._conn, name, value))

    # ── the practice ──────────────────────────────────────────────────────────────────────────────────────────────
    async def put_items(self, items: Sequence[Item]) -> None:
        await self._do(practice.put_items(self._conn, items))

    async def items(self, refs: Collection[Ref]) -> dict[Ref, Item]:
        return await self._do(practice.items(self._conn, refs))

    async def threads(self, refs: Collection[Ref]) -> dict[Ref, Thread]:
        return await self._do(practice.threads(self._conn, refs))

    async def open_questions(
        self,
        *,
        channels: Collection[ChannelId] | None = None,
        community: CommunityId | None = None,
        domain: DomainKey | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Item]:
        return await self._do(
            practice.open_questions(
                self._conn, channels=channels, community=community, domain=domain, since=since, limit=limit
            )
        )

    async def items_since(self, community: CommunityId, since: datetime) -> list[Item]:
        return await self._do(practice.items_since(self._conn, community, since))

    async def unfiled(self, community: CommunityId, limit: int) -> list[Item]:
        return await self._do(practice.unfiled(self._conn, community, limit))

    async def filed(self, community: CommunityId, limit: int) -> list[Item]:
        return await self._do(practice.filed(self._conn, community, limit))

    async def due_questions(self, now: datetime, limit: int) -> list[Item]:
        return await self._do(practice.due_questions(self._conn, now, limit))

    async def link_answers(self, links: Sequence[AnswerLink]) -> None:
        await self._do(practice.link_answers(self._conn, links))

    async def links_of(self, questions: Collection[Ref]) -> list[AnswerLink]:
        return await self._do(practice.links(self._conn, questions, "question_"))

    async def questions_of(self, answers: Collection[Ref]) -> list[AnswerLink]:
        return await self._do(practice.links(self._conn, answers, "answer_"))

    async def put_vectors(self, vectors: Sequence[ItemVector]) -> None:
        await self._do(vectors_.put_vectors(self._conn, vectors))

    async def vectors(self, refs: Collection[Ref], part: Part, model: str) -> dict[Ref, Vector]:
        return await self._do(vectors_.vectors(self._conn, refs, part, model))

    async def lacking_vectors(self, part: Part, model: str, limit: int, *, resting: int = 0) -> list[Ref]:
        return await self._do(vectors_.lacking_vectors(self._conn, part, model, limit, resting))

    async def changes_after(self, seq: int, limit: int) -> list[Change]:
        return await self._do(changes.changes_after(self._conn, seq, limit))

    async def last_change(self) -> int:
        return await self._do(changes.last_change(self._conn))

    async def all_refs(self, after: Ref | None, limit: int) -> list[Ref]:
        return await self._do(practice.all_refs(self._conn, after, limit))

    async def add_suggestion(self, suggestion: Suggestion) -> None:
        await self._do(practice.add_suggestion(self._conn, suggestion))

    async def answer_suggestion(self, question: Ref, earlier: Ref, person: PersonId, helped: bool) -> bool:
        return await self._do(practice.answer_suggestion(self._conn, question, earlier, person, helped))

    async def put_search(self, record: SearchRecord) -> None:
        await self._do(practice.put_search(self._conn, record))

    async def search_record(self, id: str) -> SearchRecord | None:
        return await self._do(practice.search_record(self._conn, id))

    # ── anders ────────────────────────────────────────────────────────────────────────────────────────────────────
    async def add_evidence(self, rows: Sequence[EvidenceRow]) -> None:
        await self._do(anders.add_evidence(self._conn, rows))

    async def evidence(self, *, before: datetime | None = None, since: datetime | None = None) -> list[EvidenceRow]:
        return await self._do(anders.evidence(self._conn, before=before, since=since))

    async def newest_evidence(self) -> datetime | None:
        return await self._do(anders.newest_evidence(self._conn))

    async def add_invitations(self, rows: Sequence[InvitationRow]) -> list[InvitationId]:
        return await self._do(anders.add_invitations(self._conn, rows))

    async def put_invitation(self, row: InvitationRow) -> None:
        await self._do(anders.put_invitation(self._conn, row))

    async def invitation(self, id: InvitationId) -> InvitationRow | None:
        return await self._do(anders.invitation(self._conn, id))

    async def invitations(
        self,
        *,
        person: PersonId | None = None,
        question: Ref | None = None,
        community: CommunityId | None = None,
        states: Collection[str] | None = None,
        since: datetime | None = None,
    ) -> list[InvitationRow]:
        return await self._do(
            anders.invitations(
                self._conn, person=person, question=question, community=community, states=states, since=since
            )
        )

    async def report_material(self, community: CommunityId, week: Week) -> Material:
        return await self._do(report.report_material(self._conn, community, week))

    async def put_consent(self, consent: Consent) -> None:
        await self._do(anders.put_consent(self._conn, consent))

    async def put_tellings(self, tellings: Sequence[Telling]) -> None:
        await self._do(anders.put_tellings(self._conn, tellings))

    async def tellings(self, question: Ref) -> dict[PersonId, Telling]:
        return await self._do(anders.tellings(self._conn, question))

    async def consent(self, question: Ref) -> Consent | None:
        return await self._do(anders.consent(self._conn, question))

    # ── the outbox ────────────────────────────────────────────────────────────────────────────────────────────────
    async def put_out(self, outgoing: Sequence[Outgoing]) -> list[OutgoingId]:
        return await self._do(outbox.put_out(self._conn, outgoing))

    async def claim_out(self, now: datetime, limit: int, platform: str) -> list[Outgoing]:
        return await self._do(outbox.claim_out(self._conn, now, limit, platform))

    async def unsettled_out(self, platform: str) -> list[Outgoing]:
        return await self._do(outbox.unsettled_out(self._conn, platform))

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
        await self._do(outbox.settle_out(self._conn, id, state, now, remote=remote, retry_at=retry_at, error=error))

    async def out(self, state: SendState, limit: int = 100) -> list[Outgoing]:
        return await self._do(outbox.out(self._conn, state, limit))

    async def withdraw_out(self, purpose: str, target: Target, key: str) -> None:
        await self._do(outbox.withdraw_out(self._conn, purpose, target, key))

    # ── jobs ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def claim_job(self, job: str, period: str, now: datetime, lease_until: datetime) -> Claim | None:
        return await self._do(jobs.claim_job(self._conn, job, period, now, lease_until))

    async def finish_job(self, claim: Claim, now: datetime) -> None:
        await self._do(jobs.finish_job(self._conn, claim, now))

    async def job_done(self, job: str, period: str) -> bool:
        return await self._do(jobs.job_done(self._conn, job, period))

    # ── privacy ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def forget(self, person: PersonId, now: datetime) -> int:
        return await self._do(privacy.forget(self._conn, self._ledger, person, now))

    async def forgotten(self, people: Collection[PersonId]) -> frozenset[PersonId]:
        return await self._do(privacy.forgotten(self._conn, self._ledger, people))

    async def export(self, person: PersonId) -> dict[str, list[dict[str, object]]]:
        return await self._do(privacy.export(self._conn, person))

    async def purge(self, before: datetime, limit: int) -> int:
        return await self._do(privacy.purge(self._conn, before, limit))

    # ── for `open_store` only ──────────────────────────────────────────────────────────────────────────────────

    async def keep_mark(self, mark: str) -> bool:
        return await self._do(privacy.keep_mark(self._conn, mark))


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Let work on a connection come to its end even when the one who asked is cancelled meanwhile: a statement cut
    off halfway would take the connection, and with it everybody's transaction, along."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
