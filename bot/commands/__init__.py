"""What people ask of Ander in a chat: words and buttons. `answer` and `press` are the only doors."""

from bot.commands.call import answer
from bot.commands.press import press
from bot.commands.reply import Reply

__all__ = ["Reply", "answer", "press"]
