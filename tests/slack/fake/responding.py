"""What the app says through a response_url or in the acknowledgement of a command or a press."""

from dataclasses import replace
from datetime import timedelta

from tests.slack.fake import acts, posting
from tests.slack.fake.errors import Refused
from tests.slack.fake.model import Ephemeral, Json, Message, ResponseUrl, Token
from tests.slack.fake.state import State

USES = 5
LIFE = timedelta(minutes=30)


def respond(state: State, key: str, body: Json, *, method: str = "response_url") -> None:
    """Take an answer. Raises expired_url, used_url, no_service or what posting raises."""
    url = state.response_urls.get(key)
    if url is None:
        raise Refused("no_service")
    if state.clock() - url.at > LIFE:
        raise Refused("expired_url")
    if url.used >= USES:
        raise Refused("used_url")
    url.used += 1
    speak(state, url, body, method)


def speak(state: State, url: ResponseUrl, body: Json, method: str) -> None:
    """Replace or delete the message that was pressed, or say something new: to the person alone by default."""
    token, channel = bot_token(state, url.team), state.channels[url.channel]
    if body.get("delete_original"):
        _take_away(state, url)
    elif body.get("replace_original") and url.source is not None:
        _replace(state, url, body, method)
    elif body.get("response_type") == "in_channel":
        posting.post(state, token, channel, _threaded(url, body), method)
    else:
        posting.whisper(state, token, channel, url.user, _threaded(url, body), method)


def _threaded(url: ResponseUrl, body: Json) -> Json:
    return {"thread_ts": url.thread_ts} | body if url.thread_ts else body


def ephemeral_of(state: State, message: Message) -> Ephemeral | None:
    """The ephemeral that a message is, None when it stands in the channel."""
    return next((one for one in state.ephemerals if one.message.ts == message.ts and not one.gone), None)


def _take_away(state: State, url: ResponseUrl) -> None:
    if url.source is None:
        return
    if (ephemeral := ephemeral_of(state, url.source)) is not None:
        ephemeral.gone = True
        state.changed()
    else:
        acts.delete(state, state.channels[url.channel], url.source.ts)


def _replace(state: State, url: ResponseUrl, body: Json, method: str) -> None:
    assert url.source is not None
    channel, token = state.channels[url.channel], bot_token(state, url.team)
    if (ephemeral := ephemeral_of(state, url.source)) is not None:
        ephemeral.gone = True
        url.source = posting.whisper(state, token, channel, url.user, _threaded(url, body), method)
    else:
        url.source = posting.change(state, channel, url.source.ts, token.user, body, method)


def bot_token(state: State, team: str) -> Token:
    """The newest token of the app's bot in a team, or in the organisation whose installation serves it."""
    holder = state.installs[team].enterprise or team
    found = [one for one in state.tokens.values() if one.kind == "bot" and one.team == holder]
    return replace(found[-1], team=team)
