"""Ten thousand clients that say nothing, at a service in a process of its own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

resource = pytest.importorskip("resource")

pytestmark = pytest.mark.slow

CLIENTS = 10_000
BYTES_EACH = 20_000
"""Of the service's memory; 3,000 were measured."""

PATIENT = """
import sys
import isogloss
from isogloss.server.limits import Limits

isogloss.serve(
    sys.argv[1],
    port=0,
    precision="fp32",
    limits=Limits(body_seconds=600),
    started=lambda url: print(url, flush=True),
)
"""


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
    with files_allowed(CLIENTS + 200), ExitStack() as idle:
        service = subprocess.Popen(
            [sys.executable, "-c", PATIENT, str(tiny_teacher)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert service.stdout is not None
            url = service.stdout.readline().strip()
            address, process = urlsplit(url), psutil.Process(service.pid)
            asked = {"input": "a text", "model": "m"}
            first = httpx.post(f"{url}/v1/embeddings", json=asked).json()["data"]
            before = process.memory_info().rss
            for _ in range(CLIENTS):
                idle.enter_context(
                    socket.create_connection((address.hostname, address.port), timeout=60)
                )
            answer = httpx.post(f"{url}/v1/embeddings", json=asked, timeout=60)
            assert answer.json()["data"] == first
            assert process.num_fds() > CLIENTS  # it has taken them all, and none has left
            assert process.memory_info().rss - before < CLIENTS * BYTES_EACH
        finally:
            service.terminate()
            assert service.wait(60) == 0
