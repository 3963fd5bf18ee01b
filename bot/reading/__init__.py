"""Reading chat: what a message is, what it answers, what in it must be masked. Pure; standard library and numpy."""

from bot.reading.conversation import Conversation
from bot.reading.model import KINDS, Kind, Link, Reading, Utterance
from bot.reading.reader import Glance, Reader, load_reader
from bot.reading.secrets import mask

__all__ = ["KINDS", "Conversation", "Glance", "Kind", "Link", "Reader", "Reading", "Utterance", "load_reader", "mask"]
