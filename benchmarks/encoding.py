"""How fast texts become vectors here: isogloss, Sentence Transformers, and ONNX Runtime.

The same for all: machine, texts (drawn from all of a file), model, their order. Each side is a
process of its own, as its users have it (isogloss sets the allocator, see `isogloss.allocator`),
loads the model, encodes all texts once unmeasured, and then the sides take turns, so that a machine
that slows down slows all of them. Timed: from a list of texts to float32 rows, tokenizing included.
Not timed: imports, loading.

    python benchmarks/encoding.py --pairs en-de=corpus.tsv.gz
    python benchmarks/encoding.py --pairs en-de=corpus.tsv.gz --model runs/de --side target --quick
    python benchmarks/encoding.py --pairs en-de=corpus.tsv.gz --distinct
    python benchmarks/encoding.py --memory --model runs/de-static --lines 10000000

The check that results agree: each side's cosines to Sentence Transformers in fp32. Sides:

- `sentence-transformers`: `SentenceTransformer(MODEL).encode(texts)`, all at their defaults;
- `isogloss fp32`, `bf16`, `int8`, `auto`: `isogloss.load(MODEL, precision=...).encode(texts)`;
  "auto" is what users have who do not choose;
- `onnxruntime`: `SentenceTransformer(MODEL, backend="onnx").encode(texts)`, where the folder of the
  model holds an ONNX file and the packages are installed; else it is left out, which the page says.

Equal texts are encoded once by isogloss; `--distinct` draws each text once. `bf16 products alone`
is no encoder: the matrix products that the model's layers need for these tokens, without padding,
and nothing else. No encoder all in bf16 can surpass that on this machine.

`--memory` runs `isogloss encode` on lines of its own and tells its peak memory.
"""

import argparse
import datetime
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
PRODUCTS = "bf16 products alone"
SIDES = (
    "sentence-transformers",
    "isogloss fp32",
    "isogloss bf16",
    "isogloss int8",
    "isogloss auto",
    PRODUCTS,
    "onnxruntime",
)


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", default="all-MiniLM-L6-v2", help="folder or name")
    parser.add_argument("--pairs", help="LANGS=WHERE")
    parser.add_argument("--side", choices=("source", "target"), default="source")
    parser.add_argument("--sentences", type=int, default=16_384)
    parser.add_argument("--distinct", action="store_true", help="each text once")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="512 sentences, 2 turns")
    parser.add_argument("--memory", action="store_true", help="peak memory of a long file instead")
    parser.add_argument("--lines", type=int, default=10_000_000, help="of that file")
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--texts", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def encoder(side: str, model: str) -> Any:
    """What a side encodes with: a function from texts to rows."""
    if side == PRODUCTS:
        return products(model)
    if side.startswith("isogloss"):
        from isogloss.allocator import keep_memory

        keep_memory()
        import isogloss

        return isogloss.load(model, precision=side.split()[1]).encode
    from sentence_transformers import SentenceTransformer

    from isogloss.encoders.names import find_model

    folder = str(find_model(model))
    if side == "onnxruntime":
        return SentenceTransformer(folder, device="cpu", backend="onnx").encode
    return SentenceTransformer(folder).encode


def products(model: str) -> Callable[[list[str]], None]:
    """The matrix products that a model's layers need for texts, of numbers drawn at random."""
    import torch

    import isogloss

    encoder, rows = isogloss.load(model, precision="bf16"), 2_048
    mkldnn, layers = torch.ops.mkldnn, []
    body: Any = encoder.model[0]
    for name, layer in body.auto_model.named_modules():
        if isinstance(layer, torch.nn.Linear) and "pooler" not in name:
            weight = mkldnn._reorder_linear_weight(layer.weight.detach().bfloat16(), rows)
            layers.append((torch.randn(rows, layer.in_features).bfloat16(), weight))

    def multiply(texts: list[str]) -> None:
        tokens = sum(map(len, encoder.tokenize(texts)))
        with torch.inference_mode():
            for start in range(0, tokens, rows):
                for given, weight in layers:
                    part = given[: tokens - start]
                    mkldnn._linear_pointwise(part, weight, None, "none", [], "")

    return multiply


def serve(side: str, model: str, texts: list[str], folder: Path) -> None:
    """Encode all texts at every line of stdin; print the seconds."""
    encode = encoder(side, model)
    if (rows := encode(texts)) is not None:
        np.save(folder / f"{side}.npy", rows)
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        encode(texts)
        print(time.perf_counter() - start, flush=True)


def measure(options: argparse.Namespace, texts: list[str], folder: Path) -> dict[str, list[float]]:
    """Seconds of each side, turn by turn; a side that does not start is left out."""
    path = folder / "texts.json"
    path.write_text(json.dumps(texts), encoding="utf-8")
    sides: dict[str, subprocess.Popen[str]] = {}
    for side in SIDES:
        words = ["--serve", side, "--texts", str(path), "--model", options.model]
        process = subprocess.Popen(
            [sys.executable, __file__, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if side == "onnxruntime" else None,
            text=True,
        )
        if process.stdout and process.stdout.readline().strip() == "ready":
            sides[side] = process
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(options.repeats):
        for side, process in sides.items():
            assert process.stdin and process.stdout
            process.stdin.write("go\n")
            process.stdin.flush()
            seconds[side].append(float(process.stdout.readline()))
    for process in sides.values():
        process.communicate()
    return seconds


def agreement(folder: Path, side: str) -> str:
    """Mean and least cosine of a side's rows with those of Sentence Transformers."""
    from isogloss.vectors import paired_cosines

    if not (folder / f"{side}.npy").exists():
        return ""
    rows, theirs = (np.load(folder / f"{name}.npy") for name in (side, SIDES[0]))
    cosines = paired_cosines(rows, theirs)
    return f"{cosines.mean():.5f}, {cosines.min():.5f}"


def page(options: argparse.Namespace, texts: list[str], folder: Path) -> str:
    """Measure, and write the page."""
    from isogloss.runs.provenance import environment

    seconds, facts = measure(options, texts, folder), environment()
    lines = [
        f"# Encoding, {datetime.datetime.now(tz=datetime.UTC).date()}",
        "",
        f"{len(texts):,} sentences, {len(set(texts)):,} of them different, "
        f"{Path(options.model).name}, median of {options.repeats} turns; "
        f"{facts.processors} processors, {facts.machine}, torch {facts.packages['torch']}, "
        f"sentence-transformers {facts.packages['sentence-transformers']}.",
        "",
        "| side | sentences/s | slowest, fastest | against the first | mean, least cosine |",
        "|---|---|---|---|---|",
    ]
    first = statistics.median(seconds[SIDES[0]])
    for side, taken in seconds.items():
        middle = statistics.median(taken)
        lines.append(
            f"| {side} | {len(texts) / middle:,.0f} | {len(texts) / max(taken):,.0f}, "
            f"{len(texts) / min(taken):,.0f} | {first / middle:.2f} | "
            f"{agreement(folder, side)} |"
        )
    left_out = [side for side in SIDES if side not in seconds]
    lines += ["", f"Did not start: {', '.join(left_out)}."] if left_out else []
    return "\n".join(lines) + "\n"


def memory(options: argparse.Namespace, folder: Path) -> str:
    """The peak of `isogloss encode` on many short lines."""
    source, out = folder / "lines.txt", folder / "lines.npy"
    with source.open("w", encoding="utf-8") as stream:
        stream.writelines(f"a short line, number {n}\n" for n in range(options.lines))
    words = ["encode", "--model", options.model, "--in", str(source), "--out", str(out)]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "isogloss", *words], check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rate = options.lines / (time.perf_counter() - start)
    return (
        f"{options.lines:,} lines, {Path(options.model).name}: peak {peak:,.0f} MiB, "
        f"{rate:,.0f} lines/s\n"
    )


def main() -> None:
    """Measure, print, write."""
    options = parse()
    if options.serve:
        texts = json.loads(options.texts.read_text(encoding="utf-8"))
        serve(options.serve, options.model, texts, options.texts.parent)
        return
    if options.quick:
        options.sentences, options.repeats = 512, 2
    with tempfile.TemporaryDirectory() as folder:
        if options.memory:
            print(memory(options, Path(folder)))
            return
        from isogloss.data import load_parallel

        texts = list(getattr(load_parallel(options.pairs).sentences, options.side))
        texts = list(dict.fromkeys(texts)) if options.distinct else texts
        drawn = random.Random(0).sample(texts, min(options.sentences, len(texts)))
        text = page(options, drawn, Path(folder))
    print(text)
    if options.out or not options.quick:
        date = datetime.datetime.now(tz=datetime.UTC).date()
        out = options.out or HERE / "results" / f"encoding-{date}.md"
        out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
