"""Matrix as a chat platform: one account on one homeserver.

`client` makes the chat; `settings` is light, so that the file can be read without loading the rest.
"""
