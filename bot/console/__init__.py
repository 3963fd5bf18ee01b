"""What the administrator's commands do and show; wired to the world by `bot.__main__`."""
