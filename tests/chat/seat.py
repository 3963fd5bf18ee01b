"""Where a chat adapter is tried: the chat, a channel it is in, and somebody there."""

from dataclasses import dataclass

from bot.events import ChannelId, PersonId
from bot.ports import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One platform's own ids; the chat is connected where the platform needs that."""

    chat: Chat
    channel: ChannelId
    person: PersonId
