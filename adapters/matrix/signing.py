"""Cross-signing of Ander's own device: clients that trust signed devices only (MSC4153) send keys to no other.

Three Ed25519 keys, from seeds kept with the store: the master key signs the self-signing key, that one signs the
device. (The user-signing key would vouch for others; the server wants all three.)
"""

import base64
import json
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.matrix.keys import Keys
from adapters.matrix.server import Refused, Server
from adapters.matrix.state import Session
from adapters.untrusted import Raw, child

USAGES = ("master", "self_signing", "user_signing")


def new_seeds() -> dict[str, str]:
    """Fresh seeds of the three keys, by usage."""
    return {usage: _text(os.urandom(32)) for usage in USAGES}


async def make_sure(server: Server, keys: Keys, session: Session, password: str | None = None) -> bool:
    """Whether the device is signed, after doing what can be done. Raises TransportError when trying again may help."""
    try:
        if await published_master(server, session.user) is None:
            await publish(server, keys, session, password)
        return await sign_device(server, session)
    except Refused as refused:
        if refused.retryable:
            raise
        return False


async def published_master(server: Server, user: str) -> str | None:
    """The master key that the server has for a user. Raises TransportError."""
    answer = await server.post("/keys/query", {"device_keys": {user: []}})
    keys = child(child(child(answer, "master_keys"), user), "keys")
    return next((str(key) for key in keys.values()), None)


async def publish(server: Server, keys: Keys, session: Session, password: str | None) -> None:
    """Make our three keys the account's. Raises Refused when the server wants a password that we do not have."""
    content = _key_objects(session, keys)
    try:
        await server.post("/keys/device_signing/upload", content)
    except Refused as refused:
        if "flows" not in refused.answer or password is None:
            raise
        auth = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": session.user},
            "password": password,
            "session": refused.answer.get("session"),
        }
        await server.post("/keys/device_signing/upload", content | {"auth": auth})


async def is_signed(server: Server, session: Session) -> bool:
    """Whether our device carries the signature of our own key. Raises TransportError."""
    answer = await server.post("/keys/query", {"device_keys": {session.user: []}})
    return _has_our_master(answer, session) and _signature_name(session) in _signatures(
        _device(answer, session), session
    )


async def sign_device(server: Server, session: Session) -> bool:
    """Sign our device, unless it is signed already; False when the account's master key is not ours."""
    answer = await server.post("/keys/query", {"device_keys": {session.user: []}})
    device = _device(answer, session)
    if not device or not _has_our_master(answer, session):
        return False
    name = _signature_name(session)
    if name not in _signatures(device, session):
        plain = {key: value for key, value in device.items() if key not in ("signatures", "unsigned")}
        signature = _sign(_key(session.seeds["self_signing"]), plain)
        signed = plain | {"signatures": {session.user: {name: signature}}}
        await server.post("/keys/signatures/upload", {session.user: {session.device: signed}})
    return True


def _has_our_master(answer: Raw, session: Session) -> bool:
    master = child(child(child(answer, "master_keys"), session.user), "keys")
    return _public(_key(session.seeds["master"])) in master.values()


def _device(answer: Raw, session: Session) -> Raw:
    return child(child(child(answer, "device_keys"), session.user), session.device)


def _signatures(device: Raw, session: Session) -> Raw:
    return child(child(device, "signatures"), session.user)


def _signature_name(session: Session) -> str:
    return f"ed25519:{_public(_key(session.seeds['self_signing']))}"


def _key_objects(session: Session, keys: Keys) -> Raw:
    master = _key(session.seeds["master"])
    made: Raw = {}
    for usage in USAGES:
        public = _public(_key(session.seeds[usage]))
        plain = {"user_id": session.user, "usage": [usage], "keys": {f"ed25519:{public}": public}}
        if usage == "master":
            signature = {f"ed25519:{session.device}": keys.sign(plain)}
        else:
            signature = {f"ed25519:{_public(master)}": _sign(master, plain)}
        made[f"{usage}_key"] = plain | {"signatures": {session.user: signature}}
    return made


def _key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed + "=="))


def _public(key: Ed25519PrivateKey) -> str:
    return _text(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _sign(key: Ed25519PrivateKey, value: Mapping[str, object]) -> str:
    return _text(key.sign(canonical(value)))


def canonical(value: object) -> bytes:
    """Canonical JSON, as Matrix signs it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
