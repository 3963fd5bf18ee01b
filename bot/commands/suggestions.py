"""What people say when Ander asked them: was the earlier question the same, may a question travel, may it be told."""

from dataclasses import replace

from bot import notices
from bot.buttons import ConsentChoice, SuggestionChoice, TellChoice
from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.errors import NotAllowed
from bot.locale import texts
from bot.model import EvidenceKind, EvidenceRow, Ref, Status, Thread


async def choose(asked: Asked, choice: SuggestionChoice) -> Reply:
    """*This helped* or *Not the same*. Raises NotAllowed when no such suggestion was shown to this person."""
    shown = await asked.tx.answer_suggestion(choice.question, choice.earlier, asked.person.id, choice.helped)
    if not shown:
        raise NotAllowed("no such suggestion for this person")
    _ = texts(asked.lang).gettext
    if not choice.helped:
        return say(asked.lang, _("Thank you, then your question stays open."))
    await _resolve(asked, choice.question)
    await credit(asked, choice.earlier)
    return say(asked.lang, _("Good! I marked your question as solved."))


async def _resolve(asked: Asked, ref: Ref) -> None:
    question = (await asked.tx.items([ref])).get(ref)
    if question is not None and question.author == asked.person.id:
        solved = replace(question, status=Status.RESOLVED, resolved_at=asked.now, look_at=None)
        await asked.tx.put_items([solved])


async def credit(asked: Asked, ref: Ref) -> None:
    """Somebody was helped by what lies at `ref`: count it, and remember who knew. Not for one's own words."""
    thread = (await asked.tx.threads([ref])).get(ref)
    if thread is None or thread.item.author == asked.person.id:
        return
    await asked.tx.put_items([replace(thread.item, helped=thread.item.helped + 1)])
    await asked.tx.add_evidence([row for row in [_evidence(asked, thread)] if row.person != asked.person.id])


def _evidence(asked: Asked, thread: Thread) -> EvidenceRow:
    best = thread.answers[0] if thread.answers else thread.item
    return EvidenceRow(
        person=best.author,
        kind=EvidenceKind.HELPFUL,
        community=best.community,
        domain=thread.item.domain,
        at=asked.now,
        item=best.ref,
        about=thread.item.ref if thread.answers else None,
    )


async def consent(asked: Asked, choice: ConsentChoice) -> Reply:
    """The asker lets their question travel, or not. Raises NotAllowed when they were not asked."""
    known = await asked.tx.consent(choice.question)
    if known is None or known.person != asked.person.id:
        raise NotAllowed("this person was not asked")
    await asked.tx.put_consent(replace(known, granted=choice.granted))
    await _look_again(asked, choice)
    return Reply(body=notices.consent_thanks(asked.lang, granted=choice.granted))


async def tell(asked: Asked, choice: TellChoice) -> Reply:
    """Somebody lets the report tell about their exchange, or not; they may change their mind. Raises NotAllowed when
    they were not asked."""
    known = (await asked.tx.tellings(choice.question)).get(asked.person.id)
    if known is None:
        raise NotAllowed("this person was not asked")
    await asked.tx.put_tellings([replace(known, granted=choice.granted)])
    _ = texts(asked.lang).gettext
    yes, no = _("Thank you! It is told when the other agrees too."), _("Fine: it stays between you.")
    return say(asked.lang, yes if choice.granted else no)


async def _look_again(asked: Asked, choice: ConsentChoice) -> None:
    """With a yes somebody is looked for now; with a no never."""
    question = (await asked.tx.items([choice.question])).get(choice.question)
    if question is not None and question.status is Status.OPEN:
        await asked.tx.put_items([replace(question, look_at=asked.now if choice.granted else None)])
