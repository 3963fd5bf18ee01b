"""What Ander answers: to a command, to a button, and unasked to whoever asks what was answered before."""

from collections.abc import Sequence
from dataclasses import replace

from bot import commands, notices, permission
from bot.events import ButtonPressed, ChannelKind, CommandCalled, Event, EventId, HomeOpened, PersonId
from bot.hearing import Heard
from bot.language import language
from bot.model import Channel, Item, ItemKind, Ref, Suggestion, Thread
from bot.outgoing import Audience, Outgoing, Quote, Target
from bot.permission import may_show
from bot.ports import Transaction
from bot.practice.search import Results
from bot.practice.suggest import Asked, suggest
from bot.quoting import quote
from bot.reading import Kind
from bot.world import World, platform_of

SURE = 0.6
"""Below this confidence that something is a question Ander keeps quiet about it."""
CROWD = 50
"""Where more people are, each of whom would have to be looked up, what is for one of them is said to them alone."""


async def look_up(events: Sequence[Event], world: World) -> dict[EventId, Results]:
    """What those that ask for a search find, each under its event: before a transaction begins that others wait for."""
    seeking = [event for event in events if isinstance(event, CommandCalled | ButtonPressed) and commands.seeks(event)]
    if not seeking:
        return {}
    async with world.store.snapshot() as tx:
        return {event.event: await commands.look_up(event, tx, world) for event in seeking}


async def to_command(
    tx: Transaction, event: CommandCalled, world: World, found: Results | None = None
) -> tuple[PersonId, ...]:
    """Answer a command through the outbox. `found`: of `look_up`. Returns the accounts that were forgotten by it."""
    reply = await commands.answer(event, tx, world, found)
    await _post(tx, event, reply, world)
    return reply.forgot


async def to_button(
    tx: Transaction, event: ButtonPressed, world: World, found: Results | None = None
) -> tuple[PersonId, ...]:
    """Do what a button stands for, and say so; nothing for a button that is none of ours. Returns as above."""
    reply = await commands.press(event, tx, world, found)
    if reply is None:
        return ()
    await _post(tx, event, reply, world)
    return reply.forgot


async def to_visitor(tx: Transaction, event: HomeOpened, world: World) -> None:
    """Lay out Ander's own page for somebody who opened it."""
    reply = await commands.welcome(event, tx, world)
    target = Target(audience=Audience.HOME, person=event.person)
    page = Outgoing(
        purpose="home", target=target, key=event.event, body=reply.body, due_at=world.clock(), about=reply.about
    )
    await tx.put_out([page])


async def to_questions(tx: Transaction, heard: Sequence[Heard], world: World) -> None:
    """Tell those who just asked what was answered before, privately."""
    if not world.config.practice.suggest:
        return
    for one in heard:
        if one.reading.kind is Kind.question and one.reading.confidence >= SURE and one.vector is not None:
            await _to_question(tx, one, world)


async def _to_question(tx: Transaction, heard: Heard, world: World) -> None:
    question = (await tx.items([heard.ref])).get(heard.ref)
    if question is None or question.kind is not ItemKind.QUESTION or heard.vector is None:
        return
    asked = Asked(text=question.text, vector=heard.vector, person=question.author, at=question.at, ref=question.ref)
    earlier = await suggest(tx, world.plane, permission, asked)
    if earlier is not None:
        await _show_earlier(tx, question, earlier.thread, world)


async def _show_earlier(tx: Transaction, question: Item, earlier: Thread, world: World) -> None:
    asker = (await tx.people([question.author])).get(question.author)
    community = (await tx.communities()).get(question.community) if question.community else None
    answer = earlier.answers[0]
    about = (question.ref, earlier.item.ref, answer.ref)
    channel = (await tx.channels([question.ref.channel]))[question.ref.channel]
    aloud = await _may_be_said_aloud(tx, channel, about, world)
    body = notices.already_asked(
        language(asker, community),
        question=question.ref,
        earlier=await _quote(tx, earlier.item, world),
        answer=await _quote(tx, answer, world),
        aloud=aloud,
    )
    target = _in_the_thread(question)
    if not aloud:
        target = replace(target, audience=Audience.WHISPER, thread=question.thread, person=question.author)
    key = str(question.ref)
    now = world.clock()
    await tx.put_out([Outgoing(purpose="suggestion", target=target, key=key, body=body, due_at=now, about=about)])
    await tx.add_suggestion(
        Suggestion(question=question.ref, earlier=earlier.item.ref, person=question.author, shown_at=now)
    )


def _in_the_thread(question: Item) -> Target:
    thread = question.thread or question.ref.id
    return Target(audience=Audience.CHANNEL, channel=question.ref.channel, thread=thread)


async def _quote(tx: Transaction, item: Item, world: World) -> Quote:
    author = (await tx.people([item.author])).get(item.author)
    channel = (await tx.channels([item.ref.channel])).get(item.ref.channel)
    return quote(
        item.text,
        author=author.name if author else "?",
        channel=channel,
        at=item.at,
        ref=item.ref,
        link=world.link(item.ref),
    )


async def _post(tx: Transaction, event: CommandCalled | ButtonPressed, reply: commands.Reply, world: World) -> None:
    await tx.put_out(
        [
            Outgoing(
                purpose="farewell" if reply.forgot else "reply",
                target=await _target(tx, event, reply, world),
                key=event.event,
                body=reply.body,
                due_at=world.clock(),
                about=reply.about,
            )
        ]
    )


async def _target(tx: Transaction, event: CommandCalled | ButtonPressed, reply: commands.Reply, world: World) -> Target:
    channel = (await tx.channels([event.channel])).get(event.channel)
    thread, message = (event.thread, event.message) if isinstance(event, CommandCalled) else (None, None)
    if channel is None or channel.kind is ChannelKind.DIRECT:
        return Target(audience=Audience.DIRECT, person=event.person)
    if message is None or reply.private or not await _may_be_said_aloud(tx, channel, reply.about, world):
        return Target(audience=Audience.WHISPER, channel=channel.id, thread=thread, person=event.person)
    return Target(audience=Audience.CHANNEL, channel=channel.id, thread=thread or message)


async def _may_be_said_aloud(tx: Transaction, channel: Channel, about: Sequence[Ref], world: World) -> bool:
    """Whether all in a channel may hear what is for one of them: the platform cannot whisper, and everybody there may
    read all that is shown. Where who comes later may not look back, only what shows nothing is said aloud, and what was
    said where they may not is said aloud nowhere."""
    chat = world.chats.get(platform_of(channel.id))
    if chat is None or chat.whispers:
        return False
    shown = {ref.channel: ref for ref in about}.values()  # who may read what depends on where it was said
    if shown and (channel.past_closed or len(await tx.members(channel.id)) > CROWD):
        return False
    if any(item.past_closed for item in (await tx.items(about)).values()):
        return False
    everybody = Target(audience=Audience.CHANNEL, channel=channel.id)
    return all([await may_show(tx, everybody, ref) for ref in shown])
