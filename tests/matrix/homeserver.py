"""A real Synapse on this machine, for tests and benches: started, killed, and gone with its folder."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import aiohttp

NAME = "ander.test"
PASSWORD = "correct horse"
_PYTHON = Path(__file__).parents[2] / ".synapse" / "bin" / "python"
_SECRET = "registration"
_PATIENCE = 60.0

_CONFIG = """
server_name: {name}
pid_file: {folder}/synapse.pid
listeners:
  - {{port: {port}, type: http, bind_addresses: [127.0.0.1], resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: {folder}/synapse.db}}}}
log_config: {folder}/log.yaml
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
registration_shared_secret: {secret}
macaroon_secret_key: macaroon
form_secret: form
report_stats: false
bcrypt_rounds: 4
presence: {{enabled: false}}
url_preview_enabled: false
federation_domain_whitelist: []
trusted_key_servers: []
suppress_key_server_warning: true
user_directory: {{enabled: false}}
{limits}
"""
_NO_LIMITS = "\n".join(
    [
        *(f"{name}: {{per_second: 10000, burst_count: 10000}}" for name in ("rc_message", "rc_admin_redaction")),
        *(f"{name}: {{per_second: 10000, burst_count: 10000}}" for name in ("rc_registration", "rc_room_creation")),
        "rc_login:",
        *(f"  {part}: {{per_second: 10000, burst_count: 10000}}" for part in ("address", "account", "failed_attempts")),
        "rc_joins:",
        *(f"  {part}: {{per_second: 10000, burst_count: 10000}}" for part in ("local", "remote")),
        "rc_invites:",
        *(f"  {part}: {{per_second: 10000, burst_count: 10000}}" for part in ("per_room", "per_user", "per_issuer")),
    ]
)
_LOG = """
version: 1
handlers: {{file: {{class: logging.FileHandler, filename: {folder}/synapse.log}}}}
root: {{level: WARNING, handlers: [file]}}
disable_existing_loggers: false
"""


@dataclass(slots=True)
class Homeserver:
    """One Synapse over SQLite in a folder. `limited`: with Synapse's own rate limits."""

    folder: Path
    limited: bool = False
    port: int = field(default_factory=lambda: _free_port())
    _process: "Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns when it answers. Raises when there is no Synapse to start, or it does not come up."""
        if not _PYTHON.exists():
            raise FileNotFoundError("no homeserver is installed: run `make .synapse/.installed`, or `make test`")
        self._write_config()
        command = [str(_PYTHON), "-m", "synapse.app.homeserver", "-c", str(self.folder / "homeserver.yaml")]
        self._process = await asyncio.to_thread(Popen, command, stdout=DEVNULL, stderr=DEVNULL, cwd=self.folder)
        until = time.monotonic() + _PATIENCE
        while not await self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Synapse did not start; see {self.folder}/synapse.log")
            await asyncio.sleep(0.1)

    def kill(self) -> None:
        """At once, as a machine that loses power would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In good order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)
        self._process = None

    async def register(self, name: str, *, admin: bool = False, device: str = "") -> "Account":
        """A new account, logged in."""
        path = "/_synapse/admin/v1/register"
        async with aiohttp.ClientSession() as http:
            nonce = (await (await http.get(self.url + path)).json())["nonce"]
            role = "admin" if admin else "notadmin"
            said = "\0".join((nonce, name, PASSWORD, role)).encode()
            mac = hmac.new(_SECRET.encode(), said, hashlib.sha1).hexdigest()
            asked = {"nonce": nonce, "username": name, "password": PASSWORD, "admin": admin, "mac": mac}
            answer = await (await http.post(self.url + path, json=asked)).json()
        return Account(server=self, user=answer["user_id"], token=answer["access_token"], device=answer["device_id"])

    def _write_config(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        limits = "" if self.limited else _NO_LIMITS
        values = {"name": NAME, "folder": self.folder, "port": self.port, "secret": _SECRET, "limits": limits}
        (self.folder / "homeserver.yaml").write_text(_CONFIG.format(**values), encoding="utf-8")
        (self.folder / "log.yaml").write_text(_LOG.format(folder=self.folder), encoding="utf-8")
        key = self.folder / "signing.key"
        if not key.exists():
            seed = base64.b64encode(os.urandom(32)).decode().rstrip("=")
            key.write_text(f"ed25519 a_test {seed}\n", encoding="utf-8")

    async def _answers(self) -> bool:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
                return (await http.get(f"{self.url}/_matrix/client/versions")).status == 200
        return False


@dataclass(slots=True, kw_only=True)
class Account:
    """Somebody on the homeserver, by plain requests: no client, no encryption."""

    server: Homeserver
    user: str
    token: str
    device: str
    _count: int = 0

    async def ask(self, method: str, path: str, content: object = None, **query: str) -> dict[str, Any]:
        """A request below /_matrix/client/v3; raises AssertionError when it is refused."""
        status, answer = await self.try_to(method, path, content, **query)
        assert status == 200, (method, path, status, answer)
        return answer

    async def try_to(self, method: str, path: str, content: object = None, **query: str) -> tuple[int, dict[str, Any]]:
        """The same, refused or not."""
        url = f"{self.server.url}/_matrix/client/v3{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {} if content is None and method != "GET" else content
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, url, json=body, params=query, headers=headers) as answer,
        ):
            return answer.status, await answer.json()

    async def create(self, name: str, **how: object) -> str:
        """A new room, public unless said otherwise; returns its id."""
        content = {"name": name, "preset": "public_chat"} | how
        return str((await self.ask("POST", "/createRoom", content))["room_id"])

    async def send(self, room: str, content: dict[str, object], kind: str = "m.room.message") -> str:
        """An event; returns its id."""
        self._count += 1
        path = f"/rooms/{quoted(room)}/send/{kind}/{self.device}{self._count}"
        return str((await self.ask("PUT", path, content))["event_id"])

    async def say(self, room: str, text: str, **more: object) -> str:
        """A text message; returns its id."""
        return await self.send(room, {"msgtype": "m.text", "body": text} | more)

    async def reply(self, room: str, thread: str, text: str) -> str:
        """A message in a thread."""
        relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True}
        return await self.say(room, text, **{"m.relates_to": relation | {"m.in_reply_to": {"event_id": thread}}})

    async def react(self, room: str, message: str, key: str) -> str:
        """A reaction."""
        relation = {"rel_type": "m.annotation", "event_id": message, "key": key}
        return await self.send(room, {"m.relates_to": relation}, "m.reaction")

    async def edit(self, room: str, message: str, text: str) -> str:
        """Replace a message's text."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": message}
        return await self.say(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    async def redact(self, room: str, event: str) -> str:
        """Take an event back."""
        self._count += 1
        path = f"/rooms/{quoted(room)}/redact/{quoted(event)}/{self.device}r{self._count}"
        return str((await self.ask("PUT", path))["event_id"])

    async def invite(self, room: str, user: str) -> None:
        await self.ask("POST", f"/rooms/{quoted(room)}/invite", {"user_id": user})

    async def join(self, room: str) -> None:
        await self.ask("POST", f"/join/{quoted(room)}")

    async def leave(self, room: str) -> None:
        await self.ask("POST", f"/rooms/{quoted(room)}/leave")

    async def timeline(self, room: str, limit: int = 100) -> list[dict[str, Any]]:
        """The newest events of a room, oldest first."""
        path = f"/rooms/{quoted(room)}/messages"
        return list(reversed((await self.ask("GET", path, dir="b", limit=str(limit)))["chunk"]))


def quoted(part: str) -> str:
    """An id, as a piece of a path."""
    return "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in part)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":  # a homeserver to look at by hand
    server = Homeserver(Path(sys.argv[1]))
    asyncio.run(server.start())
    print(server.url)
