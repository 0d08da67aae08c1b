"""A stand-in for a server that translates, and a model that does."""

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from isogloss.corpora.sources import patience

from ...marian import tiny_marian


@dataclass
class Chat:
    """The server, what is wrong with it, and what it was asked.

    Attributes:
        url: base of its interface.
        faults: taken one by one: a status, `(status, headers)`, "cut", or a body; then all is well.
        asked: texts in order, of requests that were answered.
        keys: headers `Authorization`.
    """

    url: str = ""
    faults: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    chat: Chat

    def log_message(self, *words: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Translate into capitals, or fail as told."""
        chat = self.chat
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        chat.keys.append(self.headers.get("Authorization"))
        fault = chat.faults.pop(0) if chat.faults else None
        if isinstance(fault, int):
            fault = (fault, {})
        if isinstance(fault, tuple):
            self._give(fault[0], f"no: {chat.keys[-1]}".encode(), fault[1])
            return
        text = request["messages"][-1]["content"]
        chat.asked.append(text)
        choice = {"message": {"content": f" {text.upper()}\n"}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 30, "completion_tokens": 5}
        body = json.dumps({"choices": [choice], "usage": usage}).encode()
        if isinstance(fault, str):
            body = body[:20] if fault == "cut" else fault.encode()
        self._give(200, body, {})

    def _give(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """A running server, an empty cache, no key."""
    state = Chat()
    handler = type("Handler", (_Handler,), {"chat": state})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which are noted and not waited for."""
    noted: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", noted.append)
    return noted


@pytest.fixture(scope="session")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of Marian's form."""
    return tiny_marian(tmp_path_factory.mktemp("marian"))
