"""Requests to the homeserver: JSON in, JSON out, one try each; what it refuses becomes a TransportError.

Not nio's client: that one keeps trying inside a request, hands errors back as objects and moves its own place before
anybody has read. Here whoever asks decides about trying again.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from urllib.parse import quote

import aiohttp

from adapters.untrusted import Raw, items, words
from bot.errors import TransportError

_PREFIX = "/_matrix/client/v3"
_TIMEOUT = 30.0
_LARGEST = 200_000_000
"""Bytes of an answer that are read; a first sync of a large account has tens of millions."""
_LIST = "list"
"""Under this name stands an answer that is a list."""
_GONE = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})


class Refused(TransportError):
    """The homeserver answered, and not with what was asked. `code` is Matrix' own, like M_FORBIDDEN."""

    def __init__(
        self, message: str, *, code: str, answer: Raw, permanent: bool, retry_after: float | None = None
    ) -> None:
        super().__init__(message, permanent=permanent, retry_after=retry_after)
        self.code = code
        self.answer = answer


class TokenGone(Refused):
    """Our token is no longer worth anything: only the administrator can help."""


def room_path(room: str, *more: str) -> str:
    """The path of something in a room."""
    return "/rooms/" + "/".join(quote(part, safe="") for part in (room, *more))


class Server:
    """One homeserver, with or without a token."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.token = token
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Server":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def get(self, path: str, query: Mapping[str, str] | None = None, *, wait: float = _TIMEOUT) -> Raw:
        """Raises TransportError; Refused when the server says no."""
        return await self._ask("GET", path, None, query or {}, wait)

    async def list(self, path: str) -> list[Raw]:
        """A request whose answer is a list of objects. As `get`."""
        found = await self._ask("GET", path, None, {}, _TIMEOUT)
        return [one for one in items(found, _LIST) if isinstance(one, dict)]

    async def post(self, path: str, content: Raw | None = None, query: Mapping[str, str] | None = None) -> Raw:
        """As `get`."""
        return await self._ask("POST", path, json.dumps(content or {}).encode(), query or {}, _TIMEOUT)

    async def put(self, path: str, content: Raw) -> Raw:
        """As `get`."""
        return await self._ask("PUT", path, json.dumps(content).encode(), {}, _TIMEOUT)

    async def upload(self, data: bytes, mime: str, name: str | None) -> str:
        """Put a file on the server; returns its mxc address. Raises TransportError."""
        query = {"filename": name} if name else {}
        answer = await self._ask("POST", "/_matrix/media/v3/upload", data, query, 4 * _TIMEOUT, mime=mime)
        return words(answer, "content_uri", 500)

    async def _ask(
        self,
        method: str,
        path: str,
        data: bytes | None,
        query: Mapping[str, str],
        wait: float,
        mime: str = "application/json",
    ) -> Raw:
        url = self.url + (path if path.startswith("/_matrix") else _PREFIX + path)
        headers = {"Content-Type": mime} if data is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        async with (
            self._reached(wait),
            asyncio.timeout(wait),
            self._session().request(method, url, data=data, params=query, headers=headers) as answer,
        ):
            body = await _body(answer.content)
            return _checked(answer.status, _parsed(body), answer.headers.get("Retry-After"), self.url)

    @contextlib.asynccontextmanager
    async def _reached(self, wait: float) -> AsyncIterator[None]:
        try:
            yield
        except TimeoutError:
            raise TransportError(f"{self.url} did not answer within {wait:.0f} seconds") from None
        except (aiohttp.ClientError, OSError) as failed:
            raise TransportError(f"{self.url} cannot be reached ({type(failed).__name__})") from failed

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        return self._http


async def _body(content: aiohttp.StreamReader) -> bytes:
    """Raises TransportError when it is larger than anything a homeserver has to say."""
    body = bytearray()
    async for piece in content.iter_chunked(65_536):
        body += piece
        if len(body) > _LARGEST:
            raise TransportError("the homeserver's answer is larger than Ander reads", permanent=True)
    return bytes(body)


def _parsed(body: bytes) -> Raw | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return {_LIST: found} if isinstance(found, list) else found if isinstance(found, dict) else None


def _checked(status: int, answer: Raw | None, retry_after: str | None, url: str) -> Raw:
    if 200 <= status < 300 and answer is not None:
        return answer
    said = answer or {}
    code = words(said, "errcode", 60) or f"HTTP {status}"
    if code in _GONE:
        raise TokenGone(
            f"{url} no longer knows Ander's access token ({code}): it was logged out, or its account was closed. "
            "Log in again with `ander matrix login`.",
            code=code,
            answer=said,
            permanent=True,
        )
    raise Refused(
        f"{url} refused: {code} {words(said, 'error', 200)}".strip(),
        code=code,
        answer=said,
        permanent=400 <= status < 500 and status not in (408, 429),
        retry_after=_wait(status, said, retry_after),
    )


def _wait(status: int, said: Raw, header: str | None) -> float | None:
    if status != 429:
        return None
    found = said.get("retry_after_ms")
    if isinstance(found, int | float) and not isinstance(found, bool):
        return max(found / 1000, 0.05)
    return float(header) if header and header.isdecimal() else 5.0
