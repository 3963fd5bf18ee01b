"""`search`: what colleagues asked and knew, as far as this person may read it."""

import uuid
from dataclasses import replace

from bot.buttons import SearchHelped, SearchMore, SearchOpened, button
from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.commands.showing import PAGE, as_quote, facts, names_for, refs, whole
from bot.commands.suggestions import credit
from bot.errors import NotAllowed
from bot.locale import texts
from bot.model import Ref, SearchRecord, Thread
from bot.outgoing import BodyPart, Buttons, Text
from bot.permission import may_read, readable

_LONGEST = 200
"""Characters of a query: it travels in the *More* button."""


async def answer(asked: Asked) -> Reply:
    """The first five; counts as one search for the report, without who or what."""
    _ = texts(asked.lang).gettext
    query = asked.words.strip()[:_LONGEST]
    if not query:
        return say(
            asked.lang,
            _("Search for what? Like `search connect to vpn`, or `search wound domain:care since:30d`."),
        )
    found = await _find(asked, query)
    search = uuid.uuid4().hex
    record = SearchRecord(
        id=search, community=asked.community.id if asked.community else None, at=asked.now, results=len(found)
    )
    await asked.tx.put_search(record)
    if not found:
        return say(
            asked.lang,
            _(
                "I found nothing where you can read. "
                "Ask it in your channel: if nobody there knows, I look further."
            ),
        )
    return await _page(asked, found, search, query, 0)


async def more(asked: Asked, choice: SearchMore) -> Reply:
    """The next five."""
    found = await _find(asked, choice.query)
    if len(found) <= choice.offset:
        return say(asked.lang, texts(asked.lang).gettext("That was all."))
    return await _page(asked, found, choice.search, choice.query, max(choice.offset, 0))


async def opened(asked: Asked, choice: SearchOpened) -> Reply:
    """One result at length. Raises NotAllowed when the person may not read it (any more)."""
    thread = await _thread(asked, choice.ref)
    record = await asked.tx.search_record(choice.search)
    if record is not None:
        await asked.tx.put_search(replace(record, opened=True))
    parts = await whole(asked, thread)
    helped = button(texts(asked.lang).gettext("This helped"), SearchHelped(search=choice.search, ref=choice.ref))
    return say(asked.lang, *parts, Buttons(buttons=(helped,)), about=refs([thread]))


async def helped(asked: Asked, choice: SearchHelped) -> Reply:
    """Count it, once per search. Raises NotAllowed as above."""
    await _thread(asked, choice.ref)
    record = await asked.tx.search_record(choice.search)
    if record is not None and not record.helped:
        await asked.tx.put_search(replace(record, opened=True, helped=True))
        await credit(asked, choice.ref)
    return say(asked.lang, texts(asked.lang).gettext("How good! I remember that this helped."))


async def _thread(asked: Asked, ref: Ref) -> Thread:
    thread = (await asked.tx.threads([ref])).get(ref)
    if thread is None or not await may_read(asked.tx, asked.person.id, ref):
        raise NotAllowed("nothing there for this person")
    return thread


async def _find(asked: Asked, query: str) -> list[Thread]:
    channels = await readable(asked.tx, asked.person.id)
    vector = (await asked.world.embedder.embed([query]))[0]
    found = await asked.world.plane.find(text=query, vector=vector, channels=channels, limit=50)
    threads = await asked.tx.threads([one.ref for one in found])
    return [threads[one.ref] for one in found if one.ref in threads and one.ref.channel in channels]


async def _page(asked: Asked, found: list[Thread], search: str, query: str, offset: int) -> Reply:
    shown = found[offset : offset + PAGE]
    parts: list[BodyPart] = []
    for number, thread in enumerate(shown, offset + 1):
        parts += await _result(asked, thread, search, number)
    if len(found) > offset + PAGE:
        following = SearchMore(search=search, offset=offset + PAGE, query=query)
        parts.append(Buttons(buttons=(button(texts(asked.lang).gettext("More"), following),)))
    return say(asked.lang, *parts, about=refs(shown))


async def _result(asked: Asked, thread: Thread, search: str, number: int) -> list[BodyPart]:
    _ = texts(asked.lang).gettext
    names = await names_for(asked, [thread.item, *thread.answers])
    best = [as_quote(asked, answer, names) for answer in thread.answers[:1]]
    if not best and thread.item.kind == "question":
        best_line: list[BodyPart] = [Text(text=_("Nobody has answered this yet."))]
    else:
        best_line = [*best]
    choices = (
        button(_("Read it all"), SearchOpened(search=search, ref=thread.item.ref)),
        button(_("This helped"), SearchHelped(search=search, ref=thread.item.ref)),
    )
    head = Text(text=f"{number}. {facts(thread.item, names, asked)}")
    return [head, as_quote(asked, thread.item, names), *best_line, Buttons(buttons=choices)]
