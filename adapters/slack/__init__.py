"""Slack: client (connect, acknowledge, send), translate (pure: payload → event), render (pure: body → blocks).

`opening` makes the chat; `settings` is light, so that the file can be read without loading the rest.
"""
