"""What an ander answers to an invitation, and what Ander does with it."""

from dataclasses import replace

from bot import following, notices
from bot.accounts import wish
from bot.anders.evidence import Evidence
from bot.anders.explain import Described, reason
from bot.anders.invitation import MEANING, State, Step, steps, take
from bot.buttons import InvitationChoice
from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.commands.showing import as_quote, names_for
from bot.errors import NotAllowed
from bot.events import MessageId
from bot.language import language
from bot.locale import texts
from bot.model import (
    AnswerLink,
    By,
    Community,
    EvidenceKind,
    EvidenceRow,
    InvitationRow,
    Item,
    ItemKind,
    Message,
    Ref,
    Status,
)
from bot.outgoing import Audience, Body, Outgoing, Target
from bot.permission import may_be_asked, may_read, may_show
from bot.quoting import place, quote
from bot.reading import Kind, mask

_TAKEN_PART = (State.ANSWERED, State.HELPFUL)


async def choose(asked: Asked, choice: InvitationChoice, words: str) -> Reply:
    """Take the step that was pressed; `words` is what they typed with *Answer here*.

    Raises NotAllowed when the invitation is not this person's, or the question may not be shown to them (now).
    """
    row = await asked.tx.invitation(choice.invitation)
    if row is None:
        raise NotAllowed("no such invitation for this person")
    if choice.step is Step.HELP:
        return await _help(asked, row)
    if row.person != asked.person.id or row.state == State.DUE:
        raise NotAllowed("no such invitation for this person")
    if choice.step in (Step.ACCEPT, Step.ANSWER):
        return await _take_part(asked, row, choice.step, words)
    return await _decline(asked, row, choice.step)


# ── no ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _decline(asked: Asked, row: InvitationRow, step: Step) -> Reply:
    if step in steps(row):
        await asked.tx.put_invitation(take(row, step, asked.now))
    if MEANING[step].invitations_off:
        await wish(asked.tx, asked.person, invitations=False)
    return say(asked.lang, _declined(step, asked.lang))


def _declined(step: Step, lang: str) -> str:
    _ = texts(lang).gettext
    match step:
        case Step.DECLINE:
            return _("Fine, another time. I leave you in peace for a while.")
        case Step.DISCLAIM:
            return _("Good to know: I will not ask you about this again.")
        case _:
            return _("I will not ask you any more. `me invitations on` turns it back on.")


# ── yes ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def _take_part(asked: Asked, row: InvitationRow, step: Step, words: str) -> Reply:
    _ = texts(asked.lang).gettext
    question = (await asked.tx.items([row.question])).get(row.question)
    may = question is not None and not question.hidden and await may_be_asked(asked.tx, row.person, row.question)
    if question is None or not may or row.state == State.WITHDRAWN:
        return say(asked.lang, _("Thank you! It has been settled in the meantime, so you need not do anything."))
    if step is Step.ACCEPT:
        return await _join(asked, row, question)
    said = mask(words.strip())[0]
    if not said:
        return say(asked.lang, _("Tell me what you would like to say, and I put it in the thread with your name."))
    return await _answer(asked, row, question, said)


async def _join(asked: Asked, row: InvitationRow, question: Item) -> Reply:
    _ = texts(asked.lang).gettext
    if Step.ACCEPT in steps(row):
        await asked.tx.put_invitation(take(row, Step.ACCEPT, asked.now))
        await _introduce(asked, row, question)
    if not await may_read(asked.tx, asked.person.id, question.ref):
        return say(
            asked.lang,
            _("How nice! You cannot open that channel yourself, so choose *Answer here* and I carry it over."),
        )
    names = await names_for(asked, [question])
    where = place(names.channels.get(question.ref.channel))
    return say(
        asked.lang,
        _("How nice! The conversation is in {channel}; I told them you are coming.").format(channel=where),
        as_quote(asked, question, names),
        about=(question.ref,),
    )


async def _introduce(asked: Asked, row: InvitationRow, question: Item) -> None:
    lang = await _lang_there(asked, row)
    why = await _why(asked, row, question, lang)
    home = await _home(asked, row)
    body = notices.introduction(
        lang, ander=asked.person.name, community=home.name if home else None, why=why, occasion=row.occasion
    )
    await asked.tx.put_out([_in_thread("introduction", row, question, row.id, body, asked)])


async def _answer(asked: Asked, row: InvitationRow, question: Item, said: str) -> Reply:
    _ = texts(asked.lang).gettext
    if row.state not in _TAKEN_PART:
        await asked.tx.put_invitation(take(row, Step.ANSWER, asked.now))
    answer = await _keep(asked, row, question, said)
    home = await _home(asked, row)
    words = quote(said, author=asked.person.name, channel=None, at=asked.now, limit=3000)
    lang = await _lang_there(asked, row)
    body = notices.relayed(lang, words=words, invitation=row.id, community=home.name if home else None)
    await asked.tx.put_out([_in_thread("relayed", row, question, answer.id, body, asked)])
    return say(asked.lang, _("It stands in the thread, with your name. I tell you when somebody writes back."))


async def _keep(asked: Asked, row: InvitationRow, question: Item, said: str) -> Ref:
    """The words lie where the question lies, so that whoever may read the one may read the other."""
    before = await asked.tx.thread_messages(question.ref, 1000)
    number = sum(message.author == row.person for message in before)
    ref = Ref(question.ref.channel, MessageId(f"ander-{row.id}-{number}"))
    root = question.thread or question.ref.id
    channel = (await asked.tx.channels([ref.channel])).get(ref.channel)
    closed = question.past_closed or (channel is not None and channel.past_closed)
    answer = replace(_item(ref, root, row, asked, said, question), past_closed=closed)
    await asked.tx.add_messages([replace(_message(ref, root, row, asked, said, question), past_closed=closed)])
    await asked.tx.put_items([answer, _replied(question, row, asked)])
    await asked.tx.link_answers([AnswerLink(question=question.ref, answer=ref, confidence=1.0, by=By.PERSON)])
    await asked.tx.add_evidence([_evidence(EvidenceKind.ANSWER, row, question, ref, asked)])
    return ref


def _message(ref: Ref, root: MessageId, row: InvitationRow, asked: Asked, said: str, question: Item) -> Message:
    return Message(
        ref=ref,
        thread=root,
        reply_to=question.ref.id,
        author=row.person,
        at=asked.now,
        text=said,
        lang=question.lang,
        kind=Kind.answer,
    )


def _item(ref: Ref, root: MessageId, row: InvitationRow, asked: Asked, said: str, question: Item) -> Item:
    return Item(
        ref=ref,
        kind=ItemKind.ANSWER,
        author=row.person,
        at=asked.now,
        text=said,
        lang=question.lang,
        community=question.community,
        thread=root,
        domain=question.domain,
        by=By.PERSON,
    )


def _replied(question: Item, row: InvitationRow, asked: Asked) -> Item:
    return replace(
        question,
        status=Status.ANSWERED if question.status is Status.OPEN else question.status,
        first_reply_at=question.first_reply_at or asked.now,
        first_reply_by=question.first_reply_by or row.person,
        look_at=None,
    )


def _evidence(kind: EvidenceKind, row: InvitationRow, question: Item, answer: Ref, asked: Asked) -> EvidenceRow:
    return EvidenceRow(
        person=row.person,
        kind=kind,
        community=question.community,
        domain=question.domain,
        at=asked.now,
        item=answer,
        about=question.ref,
    )


def _in_thread(purpose: str, row: InvitationRow, question: Item, key: str, body: Body, asked: Asked) -> Outgoing:
    thread = question.thread or question.ref.id
    return Outgoing(
        purpose=purpose,
        target=Target(audience=Audience.CHANNEL, channel=row.question.channel, thread=thread),
        key=key,
        body=body,
        due_at=asked.now,
        about=(question.ref,),
    )


# ── it helped ─────────────────────────────────────────────────────────────────────────────────────────────────


async def _help(asked: Asked, row: InvitationRow) -> Reply:
    """Only the asker says so."""
    question = (await asked.tx.items([row.question])).get(row.question)
    if question is None or question.author != asked.person.id:
        raise NotAllowed("only the asker knows whether it helped")
    if Step.HELP in steps(row):
        await _solve(asked, row, question)
    return say(asked.lang, texts(asked.lang).gettext("How good! I told them."))


async def _solve(asked: Asked, row: InvitationRow, question: Item) -> None:
    links = [link.answer for link in await asked.tx.links_of([question.ref]) if not link.rejected]
    theirs = [item for item in (await asked.tx.items(links)).values() if item.author == row.person]
    confirmed = [replace(item, confirmed=True, helped=item.helped + 1) for item in theirs]
    solved = replace(question, status=Status.RESOLVED, resolved_at=asked.now, look_at=None)
    helpful = [_evidence(EvidenceKind.HELPFUL, row, question, item.ref, asked) for item in theirs]
    await asked.tx.put_items([solved, *confirmed])
    await asked.tx.add_evidence(helpful)
    await following.thank(asked.tx, helpful, asked.world)


# ── who they are to the people there ──────────────────────────────────────────────────────────────────────────


async def _lang_there(asked: Asked, row: InvitationRow) -> str:
    return language(None, (await asked.tx.communities()).get(row.community))


async def _home(asked: Asked, row: InvitationRow) -> Community | None:
    """The community the ander is known in, as far as everybody may know: that of a public channel of theirs."""
    joined = await asked.tx.channels(await asked.tx.memberships(row.person))
    known = await asked.tx.communities()
    homes = sorted(
        c.community
        for c in joined.values()
        if c.community and c.community != row.community and c.kind == "public" and c.community in known
    )
    return known[max(homes, key=homes.count)] if homes else None


async def _why(asked: Asked, row: InvitationRow, question: Item, lang: str) -> str:
    """The first piece of evidence that everybody in the channel may read; "" when there is none."""
    items = await asked.tx.items(row.evidence)
    shown = {ref: await _describe(asked, item, question) for ref, item in items.items()}
    why = [_kept(items[ref]) for ref in row.evidence if ref in items]
    name = asked.person.name.partition(" ")[0]
    return reason(why, lang, shown.get, question=question.text, name=name, now=asked.now)


def _kept(item: Item) -> Evidence:
    kind = EvidenceKind.KNOW_HOW if item.kind is ItemKind.KNOW_HOW else EvidenceKind.ANSWER
    return Evidence(person=item.author, kind=kind, at=item.at, item=item.ref)


async def _describe(asked: Asked, item: Item, question: Item) -> Described | None:
    origin = (await asked.tx.channels([item.ref.channel])).get(item.ref.channel)
    there = Target(audience=Audience.CHANNEL, channel=question.ref.channel)
    if item.hidden or item.past_closed or origin is None or not await may_show(asked.tx, there, item.ref):
        return None
    return Described(about=item.text, channel=origin.name.removeprefix("#"), at=item.at)
