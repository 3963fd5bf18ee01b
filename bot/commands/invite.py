"""`invite`: a facilitator does not want to wait for a question's patience and asks for an ander now."""

from dataclasses import replace

from bot.commands.asked import Asked, facilitated
from bot.commands.reply import Reply, say
from bot.commands.showing import PAGE, as_quote, names_for
from bot.commands.waiting import waiting
from bot.errors import NotAllowed
from bot.locale import texts
from bot.model import Community, Item, ItemKind, Ref, Status, parse_ref
from bot.outgoing import Heading, Text
from bot.permission import may_read


async def answer(asked: Asked) -> Reply:
    """For the thread it is said in, the number in the list below, or a reference from the report.

    Raises NotAllowed when the person is no facilitator here, or the question is none of theirs to see.
    """
    community = await facilitated(asked)
    if asked.words.strip() == "" and asked.thread is None:
        return await _list(asked, community)
    question = await _question(asked, community)
    if question.status is not Status.OPEN:
        return say(asked.lang, texts(asked.lang).gettext("That question has an answer already."))
    await asked.tx.put_items([replace(question, look_at=asked.now)])
    names = await names_for(asked, [question])
    return say(
        asked.lang,
        texts(asked.lang).gettext("I will look for somebody from outside now, at a moment that suits them:"),
        as_quote(asked, question, names),
        about=(question.ref,),
    )


async def _list(asked: Asked, community: Community) -> Reply:
    _ = texts(asked.lang).gettext
    found = (await _of(asked, community))[:PAGE]
    if not found:
        return say(asked.lang, _("Nothing waits for an answer where you can read. 🌿"))
    names = await names_for(asked, found)
    parts = [p for n, item in enumerate(found, 1) for p in (Text(text=f"{n}."), as_quote(asked, item, names))]
    title = Heading(text=_("For which question? Say `invite 1`, or invite in its thread."))
    return say(asked.lang, title, *parts, about=tuple(item.ref for item in found))


async def _of(asked: Asked, community: Community) -> list[Item]:
    return [item for item in await waiting(asked.about("")) if item.community == community.id]


async def _question(asked: Asked, community: Community) -> Item:
    ref = await _ref(asked, community)
    item = (await asked.tx.items([ref])).get(ref) if ref else None
    theirs = item is not None and item.kind is ItemKind.QUESTION and item.community == community.id
    if item is None or item.hidden or not theirs or not await may_read(asked.tx, asked.person.id, item.ref):
        raise NotAllowed("no such question for this person")
    return item


async def _ref(asked: Asked, community: Community) -> Ref | None:
    words = asked.words.strip()
    if not words:
        return Ref(asked.channel, asked.thread) if asked.thread else None
    if words.isdecimal():
        found = await _of(asked, community)
        return found[int(words) - 1].ref if 0 < int(words) <= len(found) else None
    try:
        return parse_ref(words)
    except ValueError:
        return None
