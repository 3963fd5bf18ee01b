"""A call to the Web API: its arguments, whichever way they came, and the table of methods."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.slack.fake import organisations, scopes
from tests.slack.fake.errors import Refused
from tests.slack.fake.limits import Limits
from tests.slack.fake.model import Channel, Json, Token
from tests.slack.fake.sockets import Sockets
from tests.slack.fake.state import State


@dataclass(slots=True, kw_only=True)
class Call:
    """One call, with the token already checked (None for methods that need none). `in_header`: where that stood;
    `holder`: whose token it is, a team or an organisation. `key` is the token in the team that the call concerns."""

    method: str
    args: Json
    state: State
    sockets: Sockets
    limits: Limits
    key: Token | None = None
    holder: str = ""
    basic: tuple[str, str] | None = None
    in_header: bool = True

    @property
    def token(self) -> Token:
        """The token it was called with."""
        if self.key is None:
            raise Refused("not_authed")
        return self.key

    def text(self, name: str) -> str | None:
        """An argument as text, None when it is absent or empty."""
        value = self.args.get(name)
        return None if value in (None, "") else str(value)

    def needed(self, name: str, code: str = "invalid_arguments") -> str:
        """An argument that must be there."""
        value = self.text(name)
        if value is None:
            more = {"response_metadata": {"messages": [f"[ERROR] missing required field: {name}"]}}
            raise Refused(code, **(more if code == "invalid_arguments" else {}))
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument that is true or false."""
        value = self.args.get(name)
        return default if value is None else str(value).lower() in ("true", "1")

    def number(self, name: str, default: int, most: int) -> int:
        """An argument that is a number from 1 to `most`."""
        try:
            value = int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise Refused("invalid_limit") from None
        if value < 1:
            raise Refused("invalid_limit")
        return min(value, most)

    def data(self, name: str, code: str = "invalid_arguments") -> Any:
        """An argument that is a structure: as such in a JSON body, as a JSON string in a form."""
        value = self.args.get(name)
        if isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError:
                raise Refused(code) from None
        return value

    def channel(self, name: str = "channel") -> Channel:
        """The channel that an argument names."""
        return self.state.channel_for(self.token, self.needed(name, "channel_not_found"))

    def page(self, items: list[Any], default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
        """The part of a list that `cursor` and `limit` ask for, and the answer's response_metadata."""
        limit = self.number("limit", default, most)
        start = 0
        if cursor := self.text("cursor"):
            head, _, tail = cursor.partition(":")
            if head != "next" or not tail.rstrip("=").isdigit():
                raise Refused("invalid_cursor")
            start = int(tail.rstrip("="))
        end = start + limit
        return items[start:end], {"next_cursor": f"next:{end}=" if end < len(items) else ""}


Sort = Literal["bot", "app", "any"]
"""Of token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a method is answered. `any_of`: a token with one of these scopes may call it; `sort`: with what kind of
    token, None without."""

    answer: Callable[[Call], Json]
    any_of: tuple[str, ...] = ()
    sort: Sort | None = "bot"


@dataclass(slots=True)
class Methods:
    """The table, filled by the modules of `methods/`."""

    by_name: dict[str, Method] = field(default_factory=dict)

    def add(
        self, name: str, *any_of: str, sort: Sort | None = "bot"
    ) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
        """Enter a function under a method's name."""

        def enter(answer: Callable[[Call], Json]) -> Callable[[Call], Json]:
            self.by_name[name] = Method(answer=answer, any_of=any_of, sort=sort)
            return answer

        return enter

    def answer(self, call: Call, bearer: str | None) -> Json:
        """Check the token and its scopes, then do it."""
        method = self.by_name.get(call.method)
        if method is None:
            raise Refused("unknown_method", req_method=call.method)
        if method.sort is not None:
            call.key = call.state.token(bearer)
            if method.sort == "app" and not call.in_header:
                raise Refused("not_authed")  # an app's token is taken from the Authorization header only
            if method.sort != "any" and call.key.kind != method.sort:
                raise Refused("not_allowed_token_type")
            call.holder = call.key.team
            call.key = organisations.within(call.state, call.key, call.method, call.args)
            call.limits.call(call.method, call.key.team)
            scopes.need(call.key, *method.any_of)
        return {"ok": True, **method.answer(call)}


METHODS = Methods()


async def arguments(request: web.Request) -> tuple[Json, str | None, bool]:
    """Query, form and JSON together, the token, and whether it came in the header. Raises Refused."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        args |= body
    elif request.can_read_body:
        args |= dict(await request.post())
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = args.pop("token", None)
    in_header = kind.lower() == "bearer" and bool(bearer)
    return args, bearer if in_header else given, in_header
