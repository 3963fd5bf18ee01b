"""The embedder that asks a server, against a real HTTP server on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from adapters.embedding import open_embedder
from bot.errors import TransportError


class Server(HTTPServer):
    """Answers with [length of the text, 1] per text, last first; `status` and `body` can be set."""

    status = 200
    body: Any = None
    seen: list[dict[str, Any]]
    keys: list[str | None]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.seen.append(asked)
        server.keys.append(self.headers.get("Authorization"))
        data = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(asked["input"])]
        body = json.dumps(server.body if server.body is not None else {"data": data[::-1]}).encode()
        self.send_response(server.status)
        if server.status == 302:
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.seen, server.keys = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def ask(server: Server, texts: list[str], dim: int = 2) -> Any:
    spec = f"openai:http://127.0.0.1:{server.server_port}/v1,m,{dim}"
    return await open_embedder(spec, env={"ANDER_EMBEDDING_KEY": "secret"}).embed(texts)


async def test_rows_come_in_the_order_of_the_texts(server: Server) -> None:
    rows = await ask(server, ["a" * 3, "a" * 1, ""])
    np.testing.assert_allclose(rows[:, 0] / rows[:, 1], [3, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert server.keys == ["Bearer secret"]


async def test_many_texts_go_in_batches(server: Server) -> None:
    assert (await ask(server, ["x"] * 130)).shape == (130, 2)
    assert [len(asked["input"]) for asked in server.seen] == [64, 64, 2]


@pytest.mark.parametrize(("status", "retryable"), [(429, True), (503, True), (401, False), (302, False)])
async def test_a_refusal_says_whether_to_try_again(server: Server, status: int, retryable: bool) -> None:
    server.status = status
    with pytest.raises(TransportError, match=str(status)) as caught:
        await ask(server, ["x"])
    assert caught.value.retryable is retryable
    assert len(server.seen) == 1  # a redirect is not followed, the key goes nowhere else


@pytest.mark.parametrize("data", [None, [], [{"index": 0}], [{"index": 0, "embedding": [1]}]])
async def test_an_answer_without_vectors_is_no_answer(server: Server, data: Any) -> None:
    server.body = {"data": data}
    with pytest.raises(TransportError) as caught:
        await ask(server, ["x"])
    assert not caught.value.retryable


async def test_nobody_there_can_be_tried_again(server: Server) -> None:
    spec = "openai:http://127.0.0.1:1/v1,m,2"
    with pytest.raises(TransportError) as caught:
        await open_embedder(spec, env={}).embed(["x"])
    assert caught.value.retryable
