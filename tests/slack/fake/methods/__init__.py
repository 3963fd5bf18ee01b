"""The Web API, one file per noun. Importing this enters every method into `calls.METHODS`."""

from tests.slack.fake.methods import auth, chat, conversations, files, marks, users, views

__all__ = ["auth", "chat", "conversations", "files", "marks", "users", "views"]
