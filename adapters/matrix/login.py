"""Logging in: a password or a ready token becomes a device of Ander's own, with keys that others can trust."""

from dataclasses import replace
from pathlib import Path

from adapters.matrix import signing
from adapters.matrix.keys import Keys
from adapters.matrix.server import Refused, Server
from adapters.matrix.settings import MatrixSection
from adapters.matrix.state import Session, load_session, new_pickle_key, open_folder, save_session
from adapters.untrusted import Raw, words
from bot.errors import ConfigError

DEVICE_NAME = "Ander"


async def login(settings: MatrixSection, folder: Path, *, password: str | None, token: str | None) -> bool:
    """Write the session into the folder and publish the device; the password goes nowhere else. Logging in again
    keeps the device and its keys. Returns whether the device is cross-signed.

    Raises ConfigError when neither is given, or the server does not accept it; TransportError.
    """
    if not password and not token:
        raise ConfigError(
            "Ander needs MATRIX_PASSWORD or MATRIX_ACCESS_TOKEN in its environment to log in: set one, run this "
            "again, and take it away after."
        )
    before = load_session(folder)
    kept = before if before and before.user == settings.user else None
    async with Server(settings.homeserver, token or "") as server:
        answer = await (_whoami(server) if token else _with_password(server, settings, password or "", kept))
        session = _session(settings, answer, token or words(answer, "access_token", 1000), kept)
        save_session(open_folder(folder), session)
        server.token = session.token
        return await _publish(server, session, folder, password)


async def _with_password(server: Server, settings: MatrixSection, password: str, kept: Session | None) -> Raw:
    asked: Raw = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.user},
        "password": password,
        "initial_device_display_name": DEVICE_NAME,
    }
    if kept:
        asked["device_id"] = kept.device
    try:
        return await server.post("/login", asked)
    except Refused as refused:
        if refused.retryable:
            raise
        raise ConfigError(
            f"{settings.homeserver} does not let {settings.user} in with this password ({refused.code}). Check "
            "`user` under [matrix] and MATRIX_PASSWORD; a server that logs in through a website gives a token "
            "instead: put it in MATRIX_ACCESS_TOKEN."
        ) from refused


async def _whoami(server: Server) -> Raw:
    try:
        return await server.get("/account/whoami")
    except Refused as refused:
        if refused.retryable:
            raise
        raise ConfigError(
            f"{server.url} does not accept the token in MATRIX_ACCESS_TOKEN ({refused.code}). Make a new one."
        ) from refused


def _session(settings: MatrixSection, answer: Raw, token: str, kept: Session | None) -> Session:
    user, device = words(answer, "user_id", 255), words(answer, "device_id", 255)
    if user != settings.user:
        raise ConfigError(f"That token belongs to {user}, and `user` under [matrix] is {settings.user}.")
    if not device:
        raise ConfigError("That token belongs to no device, so it cannot hold keys. Make one by logging in.")
    if kept is not None and kept.device == device:
        return replace(kept, homeserver=settings.homeserver, token=token)
    seeds = kept.seeds if kept is not None else signing.new_seeds()
    return Session(
        homeserver=settings.homeserver,
        user=user,
        device=device,
        token=token,
        pickle_key=kept.pickle_key if kept is not None else new_pickle_key(),
        seeds=seeds,
    )


async def _publish(server: Server, session: Session, folder: Path, password: str | None) -> bool:
    keys = Keys(folder, session)
    try:
        await keys.publish_device(server)
        return await signing.make_sure(server, keys, session, password)
    finally:
        keys.close()
