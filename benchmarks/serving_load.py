"""What `benchmarks/serving.py` is made of: servers as processes, and clients that load them."""

import asyncio
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psutil  # type: ignore[import-untyped]

PLAIN = """
import sys, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer
model, app = SentenceTransformer(sys.argv[1], device="cpu"), FastAPI()
class Asked(BaseModel):
    input: str | list[str]
@app.post("/v1/embeddings")
def embeddings(asked: Asked):
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    rows = model.encode(texts, show_progress_bar=False)
    return {"data": [{"embedding": row.tolist()} for row in rows]}
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""

START_SECONDS = 180.0
"""For a server to answer its first request."""


class Load(NamedTuple):
    """What clients saw, and what it cost.

    Attributes:
        requests: answered, a second.
        texts: of them, a second.
        p50: milliseconds from request to answer, of half of them at most.
        p99: the same of 99 in 100.
        lost: requests without the answer 200.
        cpu: milliseconds of processor time that the server took for a text.
    """

    requests: float
    texts: float
    p50: float
    p99: float
    lost: int
    cpu: float


class Server:
    """A server in a process of its own, until the block ends.

    Args:
        command: with the port in it.
        port: that it listens on.
    """

    def __init__(self, command: Sequence[str], port: int) -> None:
        self.command, self.port = command, port

    def __enter__(self) -> "Server":
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.2)
        self.process.kill()
        raise SystemExit(f"it does not start: {' '.join(self.command)[:200]}")

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def measure(self, trace: list[list[str]], clients: int, seconds: float) -> Load:
        """Load the server from another process; requests begun in time are waited for."""
        before = self._cpu()
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            took, texts, lost, whole = pool.apply(ask, (self.port, trace, clients, seconds))
        cpu = self._cpu() - before
        cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
        return Load(
            requests=len(took) / whole,
            texts=texts / whole,
            p50=cuts[49] * 1e3,
            p99=cuts[98] * 1e3,
            lost=lost,
            cpu=cpu / max(1, texts) * 1e3,
        )

    def padding(self) -> float:
        """Padded by real tokens of all that an isogloss service has read, as it counts them."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            lines = [line.split() for line in answer.read().decode().splitlines()]
        counted = {name: float(value) for name, value in (w for w in lines if len(w) == 2)}
        return counted["isogloss_padded_tokens_total"] / counted["isogloss_real_tokens_total"]

    def _cpu(self) -> float:
        """Seconds of processor time so far, children among it."""
        process = psutil.Process(self.process.pid)
        family = [process, *process.children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in family)


def ask(port: int, trace: list[list[str]], clients: int, seconds: float) -> tuple[Any, ...]:
    """What so many clients see, each with one connection and a new request after each answer.

    Returns:
        Seconds of each answer, texts answered, requests lost, seconds in all.
    """
    requests = [_request(texts) for texts in trace]
    took: list[float] = []
    texts = lost = 0
    start = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal texts, lost
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        turn = number * 31
        while time.perf_counter() - start < seconds:
            place, begun = turn % len(requests), time.perf_counter()
            writer.write(requests[place])
            try:
                answer = await reader.readuntil(b"\r\n\r\n")
                size = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(size)
            except (asyncio.IncompleteReadError, OSError):
                lost += 1
                return
            took.append(time.perf_counter() - begun)
            good = answer.startswith(b"HTTP/1.1 200")
            texts += len(trace[place]) if good else 0
            lost += not good
            turn += 1
        writer.close()

    async def all_clients() -> None:
        await asyncio.gather(*(client(number) for number in range(clients)))

    asyncio.run(all_clients())
    return took, texts, lost, time.perf_counter() - start


def _request(texts: list[str]) -> bytes:
    body = json.dumps({"input": texts, "model": "m"}).encode()
    head = (
        "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def plain(model: str, port: int) -> list[str]:
    """The command of the plain handler."""
    return [sys.executable, "-c", PLAIN, model, str(port)]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def padded_by_real(
    requests: Sequence[Sequence[int]],
    put: Callable[[Sequence[int], float], None],
    take: Callable[[], Sequence[int]],
    waiting: int = 64,
) -> float:
    """Padded by real tokens of a queue in which so many texts always wait.

    Args:
        requests: tokens per text.
        put: takes a request's texts, and the time.
        take: the lengths of the next batch; none when nothing waits.
        waiting: texts.
    """
    real = padded = there = turn = 0
    coming = iter(requests)
    while True:
        while there < waiting and (lengths := next(coming, None)):
            put(lengths, float(turn))
            there += len(lengths)
        batch = take()
        if not batch:
            return padded / real
        turn, there = turn + 1, there - len(batch)
        real, padded = real + sum(batch), padded + len(batch) * max(batch)
