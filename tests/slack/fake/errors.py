"""How Slack refuses: an error code in the answer, or a status."""

from tests.slack.fake.model import Json


class Refused(Exception):
    """`{"ok": false, "error": code, …}`, as the Web API answers it."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.code, self.more = code, more

    def answer(self) -> Json:
        """The body of the answer."""
        return {"ok": False, "error": self.code, **self.more}


class RateLimited(Exception):
    """Status 429 with `Retry-After` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"ratelimited: {retry_after} s")
        self.retry_after = retry_after
