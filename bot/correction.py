"""What people do to a message afterwards: edit it, delete it, mark it (✅ 📚 🚫), take the mark away.

A mark is a decision by a person: it stands, whatever a detector thinks of the message later.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot import following, notices
from bot.directory import with_past
from bot.events import MessageDeleted, MessageEdited, MessageId, PersonId, ReactionAdded, ReactionRemoved
from bot.hearing import Hearing, with_kind
from bot.language import language
from bot.model import AnswerLink, By, EvidenceKind, Item, ItemKind, Message, Ref, Status
from bot.notebook import Notebook, evidence_of
from bot.outgoing import Audience, Outgoing, Target
from bot.permission import may_read
from bot.ports import Transaction
from bot.reading import Kind, mask
from bot.shelves import Shelves
from bot.world import World

RIGHT = frozenset({"white_check_mark", "heavy_check_mark", "ballot_box_with_check", "✅", "✔️", "☑️"})
SAVE = frozenset({"books", "📚"})
UNDO = frozenset({"no_entry_sign", "🚫"})
MARKS = RIGHT | SAVE | UNDO
"""The only reactions that mean anything to Ander; all others are not even looked up."""

Correction = MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved


async def apply(tx: Transaction, event: Correction, hearing: Hearing, shelves: Shelves, world: World) -> None:
    """Follow one correction. What the person may not touch, or what we never had, is left alone."""
    ref = Ref(event.channel, event.message)
    match event:
        case MessageDeleted():
            await tx.drop_message(ref, world.clock())
            hearing.forget(ref)
        case MessageEdited():
            await _edit(tx, ref, event, hearing, shelves, world)
        case ReactionAdded() | ReactionRemoved() if event.name in MARKS:
            await _mark(tx, ref, event, hearing, shelves, world)


async def _edit(
    tx: Transaction, ref: Ref, event: MessageEdited, hearing: Hearing, shelves: Shelves, world: World
) -> None:
    text = mask(event.text)[0]
    closed = bool(with_past(event, await tx.channels([ref.channel])).past_closed)
    message = await tx.message(ref)
    if message is None or message.author != event.author:
        # it waits for its message, or is ignored
        await tx.edit_message(ref, event.author, text, None, Kind.other, event.at, past_closed=closed)
        return
    if message.edited_at is not None and message.edited_at > event.at:
        return
    heard = await hearing.reread(tx, replace(message, text=text, past_closed=message.past_closed or closed))
    reading = heard.reading
    await tx.edit_message(ref, event.author, text, reading.lang, reading.kind, event.at, past_closed=closed)
    notebook = await shelves.notebook(tx, {ref.channel}, world.clock())
    await notebook.open(tx, [heard])
    item = notebook.items.get(ref)
    if item is None:
        notebook.note(heard)
    else:
        notebook.reword(item, heard)
    await notebook.write(tx)


async def _mark(
    tx: Transaction,
    ref: Ref,
    event: ReactionAdded | ReactionRemoved,
    hearing: Hearing,
    shelves: Shelves,
    world: World,
) -> None:
    message = await tx.message(ref)
    if message is None or not await may_read(tx, event.person, ref):
        return
    notebook = await shelves.notebook(tx, {ref.channel}, world.clock())
    mark = _Mark(
        tx=tx, notebook=notebook, hearing=hearing, message=message, by=event.person, event=event, now=world.clock()
    )
    if event.name in RIGHT:
        await mark.right(isinstance(event, ReactionAdded))
    elif event.name in SAVE:
        await mark.save(isinstance(event, ReactionAdded))
    else:
        await mark.undo(isinstance(event, ReactionAdded))
    await notebook.write(tx)
    await following.thank(tx, notebook.credited, world)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """One mark on one message."""

    tx: Transaction
    notebook: Notebook
    hearing: Hearing
    message: Message
    by: PersonId
    event: ReactionAdded | ReactionRemoved
    now: datetime

    async def right(self, on: bool) -> None:
        """✅: this answers it; under a question: it is solved; under know-how: it holds."""
        item = await self._item()
        if item and item.kind is ItemKind.QUESTION:
            self.notebook.put(replace(item, status=Status.RESOLVED if on else Status.ANSWERED, look_at=None))
            return
        question = await self._question()
        if question is not None:
            await self._answer(question, on)
        elif item is not None:
            self.notebook.put(replace(item, confirmed=on, by=By.PERSON))

    async def save(self, on: bool) -> None:
        """📚: keep this."""
        item = await self._item()
        if item is None and on:
            item = await self._make(Kind.knowhow)
            self.notebook.credit(evidence_of(item, EvidenceKind.KNOW_HOW))
        if item is not None and item.kind is ItemKind.QUESTION and on:
            item = replace(item, kind=ItemKind.KNOW_HOW, look_at=None)
        if item is not None:
            self.notebook.put(replace(item, confirmed=on, hidden=False, by=By.PERSON))
        if item is not None and on:
            await self._confirm_saved(item)

    async def _confirm_saved(self, item: Item) -> None:
        """Whoever saves something hears that it worked, alone."""
        people = await self.tx.people([self.by, item.author])
        channel = (await self.tx.channels([item.ref.channel]))[item.ref.channel]
        community = (await self.tx.communities()).get(channel.community) if channel.community else None
        author = people.get(item.author)
        said = notices.saved(language(people.get(self.by), community), author=author.name if author else "?")
        target = Target(audience=Audience.WHISPER, channel=channel.id, thread=item.thread, person=self.by)
        key = str(item.ref)
        await self.tx.put_out(
            [Outgoing(purpose="saved", target=target, key=key, body=said, due_at=self.now, about=(item.ref,))]
        )

    async def undo(self, on: bool) -> None:
        """🚫: this was filed wrongly."""
        item = await self._item()
        if item is None:
            return
        if item.kind is not ItemKind.ANSWER:
            self.notebook.put(replace(item, hidden=on, by=By.PERSON, look_at=None))
            return
        self.notebook.put(replace(item, by=By.PERSON, confirmed=False))
        for link in await self.tx.questions_of([item.ref]):
            self.notebook.link(replace(link, rejected=on, by=By.PERSON))
            await self._reopen(link.question, item.ref, on)

    async def _answer(self, question: Item, on: bool) -> None:
        item = await self._item() or await self._make(Kind.answer)
        self.notebook.put(replace(item, kind=ItemKind.ANSWER, confirmed=on, by=By.PERSON, domain=question.domain))
        self.notebook.link(
            AnswerLink(question=question.ref, answer=item.ref, confidence=1.0, by=By.PERSON, rejected=False)
        )
        if not on:
            return
        self.notebook.put(
            replace(
                question,
                status=Status.RESOLVED if self.by == question.author else Status.ANSWERED,
                resolved_at=self.event.at if self.by == question.author else question.resolved_at,
                first_reply_at=question.first_reply_at or item.at,
                first_reply_by=question.first_reply_by or item.author,
                look_at=None,
            )
        )
        if self.by != item.author:
            self.notebook.credit(evidence_of(item, EvidenceKind.HELPFUL, about=question, at=self.event.at))

    async def _reopen(self, ref: Ref, answer: Ref, undone: bool) -> None:
        """A question whose only answer was none is open again."""
        question = (await self.tx.items([ref])).get(ref)
        others = [one for one in await self.tx.links_of([ref]) if one.answer != answer and not one.rejected]
        if question is None or others or question.status is Status.RESOLVED:
            return
        self.notebook.put(replace(question, status=Status.OPEN if undone else Status.ANSWERED))

    async def _question(self) -> Item | None:
        """The question this message answers: by its links, else the one its thread or reply points to."""
        linked = [link.question for link in await self.tx.questions_of([self.message.ref])]
        ids = [MessageId(id) for id in (self.message.thread, self.message.reply_to) if id]
        refs = [*linked, *(Ref(self.message.ref.channel, id) for id in ids)]
        items = await self.tx.items(refs)
        return next((items[ref] for ref in refs if ref in items and items[ref].kind is ItemKind.QUESTION), None)

    async def _item(self) -> Item | None:
        return (await self.tx.items([self.message.ref])).get(self.message.ref)

    async def _make(self, kind: Kind) -> Item:
        heard = with_kind(await self.hearing.reread(self.tx, self.message), kind)
        return self.notebook.make(heard)
