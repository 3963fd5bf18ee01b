"""`ander check` for Slack: both tokens, the scopes, and where Ander is; each with what to do when it is not well."""

from collections.abc import Awaitable, Callable

from adapters.slack import directory, paths, scopes
from adapters.slack.api import LOCKED_OUT, Api, Session, SlackRefused, no_session
from adapters.slack.receiving import Seat
from adapters.slack.settings import Secrets, SlackSection
from adapters.untrusted import words
from bot.errors import TransportError
from bot.finding import Finding

_INSTALL = (
    "Under “OAuth & Permissions” of the app (api.slack.com/apps) install it to the workspace, and copy the bot token"
)

_ADD = "Add what lacks under “OAuth & Permissions” of the app, then install it anew."


async def socket_url(secrets: Secrets, session: Session = no_session) -> str:
    """A url that opens one socket. Raises TransportError, permanent when the administrator must mend something."""

    async def token() -> str:
        return secrets.app_token

    api = Api(token, base=secrets.base, session=session)
    try:
        answer = await api.do("apps.connections.open")
    except SlackRefused as refused:
        raise TransportError(_no_socket(refused), permanent=True) from refused
    url = words(answer, "url", 2000)
    if not url.startswith(("ws://", "wss://")):
        raise TransportError("Slack gives no address for Socket Mode")
    return url


def _no_socket(refused: SlackRefused) -> str:
    if refused.code in LOCKED_OUT or refused.code == "not_allowed_token_type":
        return (
            f"Slack does not accept SLACK_APP_TOKEN ({refused.code}). Make an app-level token with connections:write "
            "under “Basic Information” of the app, and put it there."
        )
    if refused.code == "missing_scope":
        return "SLACK_APP_TOKEN lacks connections:write. Make a new app-level token that has it."
    return f"Slack opens no socket ({refused.code}). Switch Socket Mode on in the app's settings."


async def check(
    settings: SlackSection, secrets: Secrets, open_all: Callable[[], Awaitable[list[Seat]]]
) -> list[Finding]:
    """Connect once and look."""
    findings: list[Finding] = []
    try:
        seats = await open_all()
    except TransportError as failed:
        findings.append(_bad("Slack bot token", str(failed), _mend(failed)))
        seats = []
    if not seats and not findings:
        findings.append(_bad("Slack", "no workspace installed Ander yet", f"Open {settings.url}{paths.INSTALL}."))
    for seat in seats:
        findings += await _workspace(settings, seat)
    if settings.mode == "socket":
        findings.append(await _socket(secrets))
    return findings


async def _workspace(settings: SlackSection, seat: Seat) -> list[Finding]:
    space = seat.space
    try:
        answer, headers = await space.api.ask_with_headers("auth.test")
        rights = _scopes(headers.get("x-oauth-scopes"), settings)
        where = await _where(seat)
    except TransportError as failed:
        return [_bad(f"Slack workspace {space.ids.team}", str(failed), _mend(failed))]
    name = f"{words(answer, 'team')} as @{words(answer, 'user')}"
    return [Finding(what="Slack bot token", well=True, detail=name), rights, where]


def _scopes(header: str | None, settings: SlackSection) -> Finding:
    if header is None:
        return Finding(what="Slack scopes", well=True, detail="Slack does not tell")
    given = {scope.strip() for scope in header.split(",")}
    lacking = [one for one in scopes.wanted(invite=settings.invite, pin=settings.pin) if one not in given]
    if not lacking:
        return Finding(what="Slack scopes", well=True, detail=f"all {len(given)} are there")
    reasons = "; ".join(f"{one} ({scopes.reason(one)})" for one in lacking)
    return _bad(
        "Slack scopes", f"lacking: {reasons}", "Add them under “OAuth & Permissions”, then install the app anew."
    )


async def _where(seat: Seat) -> Finding:
    names = [words(raw, "name", 80) async for raw in directory.ours(seat.space)]
    if names:
        shown = ", ".join(f"#{name}" for name in sorted(names)[:8]) + (" …" if len(names) > 8 else "")
        return Finding(what="Slack channels", well=True, detail=f"in {len(names)}: {shown}")
    return _bad("Slack channels", "in no channel yet", "Say `/invite @Ander` in each channel it should read along in.")


async def _socket(secrets: Secrets) -> Finding:
    try:
        await socket_url(secrets)
    except TransportError as failed:
        return _bad("Slack app token", str(failed), "")
    return Finding(what="Slack app token", well=True, detail="opens sockets")


def _mend(failed: TransportError) -> str:
    if isinstance(failed, SlackRefused) and failed.needed:
        return _ADD
    if isinstance(failed, SlackRefused):
        return f"{_INSTALL} into SLACK_BOT_TOKEN."
    return "Look whether this machine can reach slack.com; if it can, try again in a minute."


def _bad(what: str, detail: str, do: str) -> Finding:
    return Finding(what=what, well=False, detail=detail, do=do)
