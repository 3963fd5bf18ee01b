"""`search`: what colleagues asked and knew, as far as this person may read it."""

import uuid
from dataclasses import replace

from bot import permission
from bot.buttons import SearchHelped, SearchMore, SearchOpened, button
from bot.commands.asked import Asked
from bot.commands.reply import Reply, say
from bot.commands.showing import PAGE, as_quote, facts, names_for, refs, whole
from bot.commands.suggestions import credit
from bot.errors import InputError, NotAllowed
from bot.locale import texts
from bot.model import CommunityId, ItemKind, Ref, SearchRecord, Thread
from bot.outgoing import BodyPart, Buttons, Text
from bot.practice.search import Query, Results, as_seen, parse_query, search

_LONGEST = 200
"""Characters of a query: it travels in the *More* button."""


async def find(asked: Asked, words: str, offset: int) -> Results:
    """Five of what colleagues said about `words`, after the first `offset`; nothing for a query that is none."""
    query, world = _parse(asked, _query_of(words)), asked.world
    if query is None:
        return Results()
    query = replace(query, offset=max(offset, 0))
    return await search(asked.tx, world.plane, world.embedder, permission, query, second=world.second, hurry=True)


async def answer(asked: Asked) -> Reply:
    """The first five; counts as one search for the report, without who or what."""
    _ = texts(asked.lang).gettext
    words = _query_of(asked.words)
    if _parse(asked, words) is None:
        return say(
            asked.lang, _("Search for what? Like `search connect to vpn`, or `search wound domain:care since:30d`.")
        )
    found = await _still(asked)
    record = SearchRecord(id=uuid.uuid4().hex, community=_here(asked), at=asked.now, results=len(found.hits))
    await asked.tx.put_search(record)
    if not found.hits:
        return say(
            asked.lang,
            _("I found nothing where you can read. Ask it in your channel: if nobody there knows, I look further."),
            private=False,
        )
    return await _page(asked, found, SearchMore(search=record.id, offset=0, query=words))


async def more(asked: Asked, choice: SearchMore) -> Reply:
    """The next five."""
    found = await _still(asked)
    if not found.hits:
        return say(asked.lang, texts(asked.lang).gettext("That was all."))
    return await _page(asked, found, choice)


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
    threads = await asked.tx.threads([ref])
    seen = await as_seen(asked.tx, permission, asked.person.id, threads.values())
    if ref not in seen:
        raise NotAllowed("nothing there for this person")
    return seen[ref]


def _parse(asked: Asked, words: str) -> Query | None:
    try:
        query = parse_query(words, asked.person.id, asked.now)
    except InputError:
        return None
    return replace(query, limit=PAGE) if query.text else None


def _query_of(words: str) -> str:
    return words.strip()[:_LONGEST]


async def _still(asked: Asked) -> Results:
    """What was found, as it reads now, as far as the person may read it now: it was looked up a moment ago."""
    threads = await asked.tx.threads([hit.thread.item.ref for hit in asked.found.hits])
    seen = await as_seen(asked.tx, permission, asked.person.id, threads.values())
    hits = (replace(hit, thread=seen[ref]) for hit in asked.found.hits if (ref := hit.thread.item.ref) in seen)
    return replace(asked.found, hits=tuple(hits))


def _here(asked: Asked) -> CommunityId | None:
    return asked.community.id if asked.community else None


async def _page(asked: Asked, found: Results, page: SearchMore) -> Reply:
    """Private when there is more: whether there is may hang on what only this person may read."""
    threads = [hit.thread for hit in found.hits]
    parts: list[BodyPart] = []
    for number, thread in enumerate(threads, page.offset + 1):
        parts += await _result(asked, thread, page.search, number)
    if found.more:
        following = replace(page, offset=page.offset + PAGE)
        parts.append(Buttons(buttons=(button(texts(asked.lang).gettext("More"), following),)))
    return say(asked.lang, *parts, about=refs(threads, answers=1), private=found.more)


async def _result(asked: Asked, thread: Thread, search: str, number: int) -> list[BodyPart]:
    _ = texts(asked.lang).gettext
    names = await names_for(asked, [thread.item, *thread.answers])
    best: list[BodyPart] = [as_quote(asked, answer, names) for answer in thread.answers[:1]]
    if not best and thread.item.kind is ItemKind.QUESTION:
        best = [Text(text=_("Nobody has answered this yet."))]
    choices = (
        button(_("Read it all"), SearchOpened(search=search, ref=thread.item.ref)),
        button(_("This helped"), SearchHelped(search=search, ref=thread.item.ref)),
    )
    head = Text(text=f"{number}. {facts(thread.item, names, asked)}")
    return [head, as_quote(asked, thread.item, names), *best, Buttons(buttons=choices)]
