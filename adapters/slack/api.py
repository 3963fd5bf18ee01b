"""Calls to Slack's Web API, and what it means when they fail.

Asking is tried again by itself (it changes nothing); saying never is: after an unclear answer somebody has to look.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.settings import BASE
from adapters.untrusted import Raw, child, items, words
from bot.errors import TransportError, UnclearSend

SECONDS = 15
"""How long an answer is waited for."""
UNKNOWN_OUTCOME = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""What Slack answers when "some aspect of the operation" may have succeeded."""
LOCKED_OUT = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "org_login_required", "token_expired", "token_revoked"}
)
UNKNOWN_METHOD = "unknown_method"
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_PAGE = 200
_TRIES = 4
_LONGEST_PAUSE = 60.0

T = TypeVar("T")
log = logging.getLogger(__name__)

logging.getLogger("slack_sdk").setLevel(logging.WARNING)  # at DEBUG both write down what people say
logging.getLogger("slack_bolt").setLevel(logging.WARNING)


class SlackRefused(TransportError):
    """Slack understood and said no. `code` is its word for it, `needed` the scope that lacks when it is that."""

    def __init__(self, method: str, code: str, *, needed: str = "") -> None:
        why = f"Slack refused {method}: {code}" + (f" (needs {needed})" if needed else "")
        super().__init__(why, permanent=code not in LOCKED_OUT)
        self.code, self.needed = code, needed


Session = Callable[[], aiohttp.ClientSession | None]
"""Gives the open connections that calls may share; None when there are none, then each call makes its own."""


def no_session() -> None:
    """No connections to share."""


class Api:
    """The Web API with one token. `token` gives it fresh each time, for it may have been renewed."""

    def __init__(
        self,
        token: Callable[[], Awaitable[str]],
        *,
        base: str = BASE,
        session: Session = no_session,
        defaults: Raw | None = None,
    ) -> None:
        """`defaults` go with every question that lists something (the team, for an app of a whole organisation)."""
        self.base = base
        self._token = token
        self._session = session
        self._defaults = defaults or {}

    async def ask(self, method: str, **arguments: Any) -> Raw:
        """Read something. Raises TransportError, SlackRefused when Slack says no."""
        return (await self.ask_with_headers(method, **arguments))[0]

    async def ask_with_headers(self, method: str, **arguments: Any) -> tuple[Raw, dict[str, str]]:
        """The same, with the headers of the answer: they tell the scopes of the token."""
        retries = [
            AsyncRateLimitErrorRetryHandler(max_retry_count=_TRIES),
            AsyncConnectionErrorRetryHandler(max_retry_count=_TRIES),
            AsyncServerErrorRetryHandler(max_retry_count=_TRIES),
            _InTroubleRetryHandler(max_retry_count=_TRIES),
        ]
        client = await self._client(retries)
        try:
            answer = await client.api_call(method, data=_form(arguments))
        except Exception as error:
            raise failure(method, error) from error
        return _body(answer.data), {key.lower(): value for key, value in answer.headers.items()}

    async def pages(self, method: str, key: str, *, limit: int = _PAGE, **arguments: Any) -> AsyncIterator[list[Any]]:
        """A list, page by page. Raises as `ask`."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = await self.ask(method, limit=limit, **self._defaults, **arguments, **more)
            yield items(answer, key)
            cursor = words(child(answer, "response_metadata"), "next_cursor", 2000)
            if not cursor:
                return

    async def do(self, method: str, **arguments: Any) -> Raw:
        """Change something, once. Raises UnclearSend when nobody knows whether it was done, else as `ask`."""
        client = await self._client([])
        try:
            answer = await client.api_call(method, json=arguments)
        except Exception as error:
            raise failure(method, error, saying=True) from error
        return _body(answer.data)

    async def upload(self, channel: str, thread: str | None, files: Sequence[tuple[str, str]]) -> None:
        """Put files (path, name) beside each other into a channel. Raises as `do`."""
        client = await self._client([])
        uploads = [{"file": path, "filename": name, "title": name} for path, name in files]
        try:
            await client.files_upload_v2(file_uploads=uploads, channel=channel, thread_ts=thread)
        except OSError as missing:
            raise TransportError(f"the file to attach cannot be read ({missing.strerror})", permanent=True) from missing
        except Exception as error:
            raise failure("files.upload", error, saying=True) from error

    async def _client(self, retries: list[Any]) -> AsyncWebClient:
        return AsyncWebClient(
            await self._token(), base_url=self.base, timeout=SECONDS, session=self._session(), retry_handlers=retries
        )


class _InTroubleRetryHandler(AsyncRetryHandler):
    """Asks again when Slack says in so many words that it could not."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,  # noqa: ARG002 # slack_sdk gives it
        request: HttpRequest,  # noqa: ARG002 # the same
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002 # the same
    ) -> bool:
        return response is not None and words(_body(response.body), "error", 80) in UNKNOWN_OUTCOME


async def patiently(work: Callable[[], Awaitable[T]], *, pause: float = 1.0) -> T:
    """Do what has to succeed before anything else can, again and again while Slack is only in trouble; `pause` is the
    first wait in seconds. Raises TransportError(permanent=True) when Slack understood and said no."""
    wait = pause
    while True:
        try:
            return await work()
        except SlackRefused as refused:
            raise TransportError(str(refused), permanent=True) from refused
        except TransportError as failed:
            if not failed.retryable:
                raise
            log.warning("not connected: %s; trying again", failed)
            await asyncio.sleep(failed.retry_after or wait)
            wait = min(2 * wait, _LONGEST_PAUSE)


def failure(method: str, error: Exception, *, saying: bool = False) -> TransportError:
    """What went wrong. `saying`: something may have been done all the same."""
    match error:
        case TransportError():
            return error
        case SlackApiError():
            return _refusal(method, error, saying)
        case aiohttp.ClientConnectorError():
            return TransportError(f"{method}: Slack cannot be reached")
        case TimeoutError() | asyncio.TimeoutError() | aiohttp.ClientError() | SlackRequestError():
            said = f"{method}: no answer from Slack ({type(error).__name__})"
            return UnclearSend(said) if saying else TransportError(said)
        case AttributeError() | ValueError() | KeyError() | TypeError():  # an answer that is no JSON
            said = f"{method}: an answer that makes no sense ({type(error).__name__})"
            return UnclearSend(said) if saying else TransportError(said)
        case _:
            raise error


def _refusal(method: str, error: SlackApiError, saying: bool) -> TransportError:
    answer: Any = error.response
    status, headers = getattr(answer, "status_code", 200), getattr(answer, "headers", {}) or {}
    body = _body(getattr(answer, "data", {}))
    code = words(body, "error", 80)
    if status == 429 or code in _BUSY:
        return TransportError(f"{method}: Slack asks to slow down", retry_after=wait_of(headers))
    if status == 404 and not code:
        return SlackRefused(method, UNKNOWN_METHOD)
    if status >= 500 or not code or code in UNKNOWN_OUTCOME:
        said = f"{method}: Slack is in trouble ({code or status})"
        return UnclearSend(said) if saying else TransportError(said)
    return SlackRefused(method, code, needed=words(body, "needed", 200))


def wait_of(headers: Any) -> float:
    """Seconds of a Retry-After; a minute when it does not say."""
    found = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    return float(found) if found.isdecimal() else 60.0


def _form(arguments: Raw) -> dict[str, str]:
    """As fields of a form, which every method of Slack's takes."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in arguments.items()}


def _body(data: object) -> Raw:
    return data if isinstance(data, dict) else {}
