"""What Ander answers: to a command, to a button, and unasked to whoever asks what was answered before."""

from bot import commands
from bot.events import ButtonPressed, CommandCalled
from bot.model import Channel, ChannelKind
from bot.outgoing import Audience, Outgoing, Target
from bot.ports import Transaction
from bot.world import World


async def to_command(tx: Transaction, event: CommandCalled, world: World) -> commands.Reply:
    """Answer a command through the outbox."""
    reply = await commands.answer(event, tx, world)
    await _post(tx, event, reply, world)
    return reply


async def to_button(tx: Transaction, event: ButtonPressed, world: World) -> commands.Reply | None:
    """Do what a button stands for, and say so; None for a button that is none of ours."""
    reply = await commands.press(event, tx, world)
    if reply is not None:
        await _post(tx, event, reply, world)
    return reply


async def _post(
    tx: Transaction, event: CommandCalled | ButtonPressed, reply: commands.Reply, world: World
) -> None:
    channel = (await tx.channels([event.channel])).get(event.channel)
    await tx.put_out(
        [
            Outgoing(
                purpose="farewell" if reply.forgot else "reply",
                target=_target(event, channel, private=reply.private),
                key=event.event,
                body=reply.body,
                due_at=world.clock(),
                about=reply.about,
            )
        ]
    )


def _target(event: CommandCalled | ButtonPressed, channel: Channel | None, *, private: bool) -> Target:
    thread = event.thread if isinstance(event, CommandCalled) else None
    if channel is None or channel.kind is ChannelKind.DIRECT:
        return Target(audience=Audience.DIRECT, person=event.person)
    if private:
        return Target(audience=Audience.WHISPER, channel=channel.id, thread=thread, person=event.person)
    return Target(audience=Audience.CHANNEL, channel=channel.id, thread=thread)
