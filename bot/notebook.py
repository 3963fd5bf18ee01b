"""What a batch of messages does to the practice: questions opened, answers linked, know-how kept, evidence noted.

A notebook is filled in memory and written at once, in the transaction that stores the messages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.anders.hours import Calendar
from bot.anders.patience import look_at
from bot.anders.settings import AnderSettings
from bot.events import ChannelId, MessageId, PersonId
from bot.hearing import ITEM_KINDS, Heard
from bot.model import (
    AnswerLink,
    By,
    Channel,
    CommunityId,
    EvidenceKind,
    EvidenceRow,
    Item,
    ItemKind,
    ItemVector,
    Part,
    Ref,
    Status,
)
from bot.ports import Transaction
from bot.practice.filing import FilingIndex

SURE = 0.5
"""A link at least this probable makes a question answered; weaker ones are kept for the thread only."""


class Notebook:
    """Collects items, links, evidence and vectors; `write` stores them. Good for one transaction."""

    def __init__(
        self,
        *,
        channels: Mapping[ChannelId, Channel],
        indexes: Mapping[CommunityId, FilingIndex],
        calendars: Mapping[CommunityId, Calendar],
        settings: AnderSettings,
        model: str,
        now: datetime,
    ) -> None:
        self._channels = channels
        self._indexes = indexes
        self._calendars = calendars
        self._settings = settings
        self._model = model
        self._now = now
        self.items: dict[Ref, Item] = {}
        self._changed: dict[Ref, None] = {}
        self._links: list[AnswerLink] = []
        self._old_links: list[AnswerLink] = []
        self.credited: list[EvidenceRow] = []
        self._vectors: list[ItemVector] = []
        self.answered: set[Ref] = set()
        """Questions that were open before."""

    async def open(self, tx: Transaction, heard: Iterable[Heard]) -> None:
        """Look up what the messages may touch."""
        heard = list(heard)
        self.items = await tx.items({ref for one in heard for ref in touched(one)})
        solved = [self._at(one, one.reading.resolves) for one in heard if one.reading.resolves]
        self._old_links = await tx.links_of(solved) if solved else []
        self.items |= await tx.items({link.answer for link in self._old_links})

    def note(self, heard: Heard) -> None:
        """Take one message in. A person's earlier decision about it stands."""
        earlier = self.items.get(heard.ref)
        if earlier and earlier.by is By.PERSON:
            return
        self._note_reply(heard)
        kind = ITEM_KINDS.get(heard.reading.kind)
        if kind is ItemKind.ANSWER:
            self._note_answer(heard)
        elif kind is not None and heard.is_filed:
            self._note_item(heard, kind)
        if heard.reading.resolves:
            self._resolve(self._at(heard, heard.reading.resolves), heard.posted.at)

    def put(self, item: Item) -> None:
        """An item as it now is."""
        self.items[item.ref] = item
        self._changed[item.ref] = None

    def make(self, heard: Heard) -> Item:
        """The item that a message becomes because a person says so."""
        item = self._file(self._item(heard, ITEM_KINDS[heard.reading.kind]), heard)
        self.put(item)
        self._keep_vector(heard)
        return item

    def reword(self, item: Item, heard: Heard) -> None:
        """Its text was edited: the same item in other words, with another vector; its domain stays."""
        closed = item.past_closed or bool(heard.posted.past_closed)
        self.put(replace(item, text=heard.reading.masked, lang=heard.reading.lang, past_closed=closed))
        if item.kind is not ItemKind.ANSWER:
            self._keep_vector(heard)

    def link(self, link: AnswerLink) -> None:
        """An answer to a question."""
        self._links.append(link)

    def credit(self, row: EvidenceRow) -> None:
        """Evidence that somebody knows about something."""
        self.credited.append(row)

    async def write(self, tx: Transaction) -> None:
        """Store everything that was noted."""
        await tx.put_items([self.items[ref] for ref in self._changed])
        await tx.link_answers(self._links)
        await tx.put_vectors(self._vectors)
        await tx.add_evidence(self.credited)

    # ── one message ───────────────────────────────────────────────────────────────────────────────────────────

    def _note_item(self, heard: Heard, kind: ItemKind) -> None:
        item = self._file(self._item(heard, kind), heard)
        self.put(item)
        self._keep_vector(heard)
        if kind is ItemKind.KNOW_HOW:
            self.credit(evidence_of(item, EvidenceKind.KNOW_HOW))

    def _note_answer(self, heard: Heard) -> None:
        questions = [(self.items.get(self._at(heard, link.question)), link) for link in heard.reading.answers]
        known = [(q, link) for q, link in questions if q and q.kind is ItemKind.QUESTION]
        if not known:
            return
        first = known[0][0]
        self.put(replace(self._item(heard, ItemKind.ANSWER), domain=first.domain))
        for question, link in known:
            self.link(AnswerLink(question=question.ref, answer=heard.ref, confidence=link.confidence))
            if link.confidence >= SURE:
                self._answered(question.ref, heard)
        self.credit(evidence_of(self.items[heard.ref], EvidenceKind.ANSWER, about=first))

    def _note_reply(self, heard: Heard) -> None:
        """A reply by another human ends the wait, whether or not it is an answer."""
        for message in (heard.posted.thread, heard.reading.parent, heard.posted.reply_to):
            question = self.items.get(self._at(heard, message)) if message else None
            if question and question.kind is ItemKind.QUESTION:
                self._replied(question.ref, heard.posted.author, heard.posted.at)

    def _keep_vector(self, heard: Heard) -> None:
        if heard.vector is not None:
            self._vectors.append(ItemVector(ref=heard.ref, part=Part.OWN, model=self._model, vector=heard.vector))

    def _item(self, heard: Heard, kind: ItemKind) -> Item:
        channel = self._channels[heard.posted.channel]
        item = Item(
            ref=heard.ref,
            kind=kind,
            author=heard.posted.author,
            at=heard.posted.at,
            text=heard.reading.masked,
            lang=heard.reading.lang,
            community=channel.community,
            thread=heard.posted.thread,
            confidence=heard.reading.confidence,
            past_closed=bool(heard.posted.past_closed),
        )
        return replace(item, look_at=self._look_at(item)) if kind is ItemKind.QUESTION else item

    def _look_at(self, item: Item) -> datetime | None:
        calendar = self._calendars.get(item.community) if item.community else None
        if calendar is None or self._now - item.at > timedelta(days=self._settings.oldest_days):
            return None
        return look_at(item.at, calendar, self._settings)

    def _file(self, item: Item, heard: Heard) -> Item:
        index = self._indexes.get(item.community) if item.community else None
        if index is None or heard.vector is None:
            return item
        filed = index.file(item.text, heard.vector, item.ref.channel)
        if filed.domain is not None:
            index.learn(item.ref, item.text, heard.vector, filed.domain, by_person=False)
        return replace(item, domain=filed.domain, domain_confidence=filed.confidence)

    # ── what it does to a question ────────────────────────────────────────────────────────────────────────────

    def _replied(self, ref: Ref, by: PersonId, at: datetime) -> None:
        question = self.items[ref]
        if by == question.author or at < question.at or question.first_reply_at is not None:
            return
        self.put(replace(question, first_reply_at=at, first_reply_by=by, look_at=None))

    def _answered(self, ref: Ref, heard: Heard) -> None:
        self._replied(ref, heard.posted.author, heard.posted.at)
        question = self.items[ref]
        if question.status is Status.OPEN:
            self.answered.add(ref)
            self.put(replace(question, status=Status.ANSWERED, look_at=None))

    def _resolve(self, ref: Ref, at: datetime) -> None:
        question = self.items.get(ref)
        if question is None or question.kind is not ItemKind.QUESTION or question.status is Status.RESOLVED:
            return
        self.put(replace(question, status=Status.RESOLVED, resolved_at=at, look_at=None))
        self._credit_answers(question, at)

    def _credit_answers(self, question: Item, at: datetime) -> None:
        links = [*self._old_links, *self._links]
        for link in links:
            answer = self.items.get(link.answer)
            if link.question == question.ref and answer and not link.rejected and link.confidence >= SURE:
                self.credit(evidence_of(answer, EvidenceKind.HELPFUL, about=question, at=at))

    @staticmethod
    def _at(heard: Heard, message: str) -> Ref:
        return Ref(heard.posted.channel, MessageId(message))


def touched(heard: Heard) -> list[Ref]:
    """The items a message may touch: itself, its thread, and whatever it replies to, answers or resolves."""
    reading = heard.reading
    ids = [
        heard.posted.message,
        heard.posted.thread,
        heard.posted.reply_to,
        reading.parent,
        reading.resolves,
        *(link.question for link in reading.answers),
    ]
    return [Ref(heard.posted.channel, MessageId(id)) for id in ids if id]


def evidence_of(
    item: Item, kind: EvidenceKind, *, about: Item | None = None, at: datetime | None = None
) -> EvidenceRow:
    """That the author of `item` knows about it."""
    return EvidenceRow(
        person=item.author,
        kind=kind,
        community=item.community,
        domain=item.domain,
        at=at or item.at,
        item=item.ref,
        about=about.ref if about else None,
    )
