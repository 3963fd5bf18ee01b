"""What people ask of Ander in a chat: words, buttons, its own page.

`answer`, `press` and `welcome` are the only doors.
"""

from bot.commands.call import answer
from bot.commands.home import welcome
from bot.commands.press import press
from bot.commands.reply import Reply

__all__ = ["Reply", "answer", "press", "welcome"]
