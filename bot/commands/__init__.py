"""What people ask of Ander in a chat: words, buttons, its own page.

`answer`, `press` and `welcome` are the only doors; `look_up` goes before the first two where one `seeks`.
"""

from bot.commands.call import answer
from bot.commands.home import welcome
from bot.commands.lookup import look_up, seeks
from bot.commands.press import press
from bot.commands.reply import Reply

__all__ = ["Reply", "answer", "look_up", "press", "seeks", "welcome"]
