"""What a service in a process of its own takes from clients who mean it ill, and stays up."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

resource = pytest.importorskip("resource")

pytestmark = pytest.mark.slow

CLIENTS = 10_000
BYTES_EACH = 20_000
"""Of the service's memory; 3,000 were measured."""

PROGRAM = """
import json, sys
import isogloss
from isogloss.server.limits import Limits

isogloss.serve(
    sys.argv[1],
    port=0,
    precision="fp32",
    limits=Limits(**json.loads(sys.argv[2])),
    started=lambda url: print(url, flush=True),
)
"""
MIB = 2**20


@dataclass
class Attacked:
    """A service, and what a client with a question gets of it."""

    url: str
    process: psutil.Process

    def connect(self) -> socket.socket:
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname, address.port), timeout=60)

    def post(self, body: bytes) -> int:
        headers = {"content-type": "application/json"}
        path = f"{self.url}/v1/embeddings"
        return httpx.post(path, content=body, headers=headers, timeout=120).status_code

    def vector(self) -> Any:
        asked = {"input": "a text", "model": "m"}
        return httpx.post(f"{self.url}/v1/embeddings", json=asked, timeout=120).json()["data"]


@contextmanager
def attacked(model: Path, **limits: Any) -> Iterator[Attacked]:
    """A service, which in the end leaves in order."""
    words = [sys.executable, "-c", PROGRAM, str(model), json.dumps(limits)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Attacked(process.stdout.readline().strip(), psutil.Process(process.pid))
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")  # and nothing surprised it


@contextmanager
def files_allowed(wanted: int) -> Iterator[None]:
    """As many open files as there can be, in this process and those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted:
        pytest.skip(f"needs {wanted} open files; the system lets a process have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_idle_clients_cost_little_memory_and_hold_up_nobody(tiny_teacher: Path) -> None:
    with (
        files_allowed(CLIENTS + 200),
        ExitStack() as idle,
        attacked(tiny_teacher, body_seconds=600) as service,
    ):
        first, before = service.vector(), service.process.memory_info().rss
        for _ in range(CLIENTS):
            idle.enter_context(service.connect())
        assert service.vector() == first
        assert service.process.num_fds() > CLIENTS  # it has taken them all, and none has left
        assert service.process.memory_info().rss - before < CLIENTS * BYTES_EACH


def test_bodies_that_no_client_would_send_cost_less_than_what_may_be_held(
    tiny_teacher: Path,
) -> None:
    head = b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with ExitStack() as open_, attacked(tiny_teacher, body_seconds=60) as service:
        first, before = service.vector(), service.process.memory_info().rss
        for thing in (b"1", b"[1]", b"{}", b'"a"', b"1.5", b"[" * 1_000):
            body = b'{"input": [' + b",".join([thing] * (8 * MIB // (len(thing) + 1) - 4)) + b"]}"
            assert service.post(body) in (400, 413)
        assert service.post(b'{"input": "' + b"\xff" * 8_000_000 + b'"}') == 400
        assert service.post(b"1" * 9 * MIB) == 413
        for _ in range(20):  # a gigabyte, of which it is told
            lying = open_.enter_context(service.connect())
            lying.sendall(head + b"Content-Length: 1000000000\r\n\r\n")
            assert b" 413 " in lying.recv(4_096)
        for _ in range(80):  # 640 MB, the ends of which never come
            slow = open_.enter_context(service.connect())
            with suppress(OSError):  # it has had enough
                slow.sendall(head + b"Content-Length: 8000000\r\n\r\n" + b'{"input": "' * 700_000)
        asked = json.dumps({"input": ["a text"] * 2_000}).encode()
        whole = head + b"Content-Length: %d\r\n\r\n" % len(asked) + asked
        for number in range(40):  # half of them leave, half of them never read
            lazy = service.connect() if number % 2 else open_.enter_context(service.connect())
            lazy.sendall(whole)
            if number % 2:
                lazy.close()
        assert service.vector() == first
        assert service.process.memory_info().rss - before < 700 * MIB
